"""The headline of a result: one word about the adapter, and the sentences that say why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from duv_studio.engine.adapters.header import HARMS, IMPROVES, NO_CLEAR_CHANGE
from duv_studio.engine.adapters.score_rows import LOOKUP
from duv_studio.training.lora.fit.run_files import was_validated
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.wizard.result.run_result import FAILED, INTERRUPTED, Outcome

_LOOKS = {"success": "ok", "error": "error", "warning": "warning", "accent": "info"}  # colour -> icon
_FIGURES = re.compile(" with the (base|metrical lookup), ")  # of sentences whose figures the plot shows
# What is said of a model without a base, which is compared with the mean of each place in the bar.
_WITHOUT_BASE = {
    IMPROVES: ("success", "It plays more like you than the mean of each place in the bar"),
    HARMS: ("error", "The mean of each place in the bar plays better"),
}


class VerdictCard(QFrame):
    """An icon, a headline, sentences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = "accent"
        self.setProperty("card", True)
        self._icon = QLabel()
        self.headline = _plain("title")
        self.text = _plain("")
        words = QVBoxLayout()
        words.setSpacing(theme.SPACE_XS)
        words.addWidget(self.headline)
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def show_outcome(self, outcome: Outcome) -> None:
        """Say what became of a run."""
        self._color, headline, fallback = _said(outcome)
        self.headline.setText(headline)
        self.text.setText("\n".join((*reasons(outcome.sentences), *_stopped(outcome))) or fallback)
        self.text.setToolTip("\n".join(outcome.sentences))
        self.text.setVisible(bool(self.text.text()))
        self.setAccessibleName(f"{headline}. {self.text.text()}")
        self._tint()

    def _tint(self) -> None:
        color = str(getattr(theme.current(), self._color))
        self._icon.setPixmap(icons.pixmap(_LOOKS[self._color], 24, color, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the coloured edge, as messages have it."""
        super().paintEvent(event)
        QPainter(self).fillRect(1, 5, 3, self.height() - 10, theme.current().color(self._color))


def reasons(sentences: Sequence[str]) -> list[str]:
    """Return the sentences that say why, without those whose figures the plot shows if there are others."""
    return [s for s in sentences if not _FIGURES.search(s)] or list(sentences)


def _said(outcome: Outcome) -> tuple[str, str, str]:
    """Return colour, headline, and what is said where the run gave no reasons."""
    if outcome.status == FAILED:
        return "error", tr("It did not learn what it should"), tr("A check failed: see below.")
    if outcome.status == INTERRUPTED and not outcome.verdict:
        return "warning", tr("Stopped before its end"), ""
    if outcome.reference == LOOKUP and outcome.verdict in _WITHOUT_BASE:
        color, headline = _WITHOUT_BASE[outcome.verdict]
        return color, tr(headline), ""
    if outcome.verdict == IMPROVES:
        return "success", tr("It plays more like you than the model alone"), ""
    if outcome.verdict == NO_CLEAR_CHANGE:
        return "accent", tr("No clear change"), ""
    if outcome.verdict == HARMS:
        return "error", tr("The model alone plays better"), ""
    return "accent", tr("Trained, and not judged"), tr("No song was left over that it had never seen.")


def _stopped(outcome: Outcome) -> list[str]:
    """Return where the run was stopped and what can be done about it, as the buttons below are called."""
    if outcome.status != INTERRUPTED:
        return []
    ways = []
    if outcome.is_unjudged:
        ways.append(tr("It has not been judged yet: “Judge Now” lets it play the songs that it has never heard."))
    if outcome.can_resume:
        ways.append(tr("“Resume” goes on from there."))
    return [" ".join((_where(outcome.about), *ways))]


def _where(about: Mapping[str, Any]) -> str:
    steps, planned = about.get("steps"), about.get("planned_steps")
    if not steps or not planned:
        return tr("It was stopped.")
    if steps >= planned and about.get("verdict"):
        return tr("It was stopped after its last step.")
    if steps >= planned:
        return tr("It was stopped after its last step, before the songs that it has never heard had judged it.")
    n, most = f"{steps:,}", f"{planned:,}"
    if was_validated(about) or about.get("verdict"):
        return tr("It was stopped at step {n} of {most}.", n=n, most=most)
    early = tr("before it was first tried on songs that it does not learn from")
    return tr("It was stopped at step {n} of {most}, {early}.", n=n, most=most, early=early)


def _plain(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if role:
        label.setProperty("role", role)
    else:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
