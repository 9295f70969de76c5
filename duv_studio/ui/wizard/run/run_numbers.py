"""How far a training is, in numbers: epoch, step, speed, time, and the best so far."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from duv_studio.time_left import about
from duv_studio.ui.i18n import UNKNOWN, clock, tr
from duv_studio.ui.style import theme
from duv_studio.ui.training.run_history import NOTES_PER_SECOND
from duv_studio.ui.training.session import TrainingSession


class RunNumbers(QFrame):
    """A row of numbers with small names above."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.values: dict[str, QLabel] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.SPACE_L, theme.SPACE_S, theme.SPACE_L, theme.SPACE_S)
        self._row.setSpacing(theme.SPACE_L)
        estimate = tr("An estimate, from the first step on; it ends sooner where nothing improves any more")
        for key, name, tip in (
            ("epoch", tr("Epoch"), tr("Passes over the training notes")),
            ("step", tr("Step"), tr("Batches that were learned from")),
            ("speed", tr("Notes per second"), tr("Of the last steps, validation apart")),
            ("elapsed", tr("Elapsed"), tr("Interruptions left out")),
            ("remaining", tr("Time left"), estimate),
            ("best", tr("Best validation loss"), tr("The adapter of this step is the one that is kept")),
        ):
            self._add(key, name, tip)

    def _add(self, key: str, name: str, tip: str) -> None:
        heading, value = QLabel(name), QLabel(UNKNOWN)
        heading.setProperty("role", "muted")
        font = value.font()
        font.setBold(True)
        value.setFont(font)
        value.setAccessibleName(name)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout()
        column.setSpacing(2)
        for label in (heading, value):
            label.setToolTip(tip)
            column.addWidget(label)
        self._row.addLayout(column, 1)
        self.values[key] = value

    def show_session(self, session: TrainingSession) -> None:
        """Show where a session stands now."""
        for key, text in numbers(session).items():
            if self.values[key].text() != text:
                self.values[key].setText(text)


def numbers(session: TrainingSession) -> dict[str, str]:
    """Return the words for each number."""
    h, recipe = session.history, session.recipe
    speed, best = h.last(NOTES_PER_SECOND), h.best
    epochs = f" / {recipe.trainer.epochs}" if recipe is not None else ""
    return {
        "epoch": f"{h.epoch + 1}{epochs}" if h.step else UNKNOWN,
        "step": f"{h.step:,} / {h.steps:,}" if h.steps else UNKNOWN,
        "speed": f"{speed:,.0f}" if math.isfinite(speed) else UNKNOWN,
        "elapsed": clock(session.elapsed) if session.recipe is not None else UNKNOWN,
        "remaining": about(session.remaining) if session.remaining > 0 else UNKNOWN,
        "best": UNKNOWN if best is None else tr("{loss} at step {n}", loss=f"{best[1]:.3f}", n=f"{best[0]:,}"),
    }
