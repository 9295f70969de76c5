"""Rows that say by name how parts are played, in every song of a batch: one a line, checked as they are typed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from duv_studio.engine.music.part_rows import parse_text
from duv_studio.engine.music.part_rules import PartRule
from duv_studio.errors import DuvError
from duv_studio.ui.document.preferences import Preferences
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import Fold, set_property
from duv_studio.ui.widgets.message_bar import sentence

_PARTS = "batch/parts"
_LINES = 3


class PartRowsField(Fold):
    """A text of rows such as `(?i)drums: protect=kick`; it opens by itself where there are some."""

    changed = Signal()

    def __init__(self, preferences: Preferences) -> None:
        content = QWidget()
        super().__init__(tr("Parts by name"), content)
        self._preferences = preferences
        self.text = _RowsText()
        self.text.setPlainText(preferences.text(_PARTS))
        self.text.setPlaceholderText(tr("(?i)drums: protect=kick\nOrgan: velocity=0"))
        self.text.setAccessibleName(tr("Parts by name"))
        help_text = tr(
            "One row a line: a regular expression on track names, a colon, and of velocity, duration, intensity,"
            " protect, keyswitch, family and include what is to be; later rows win"
        )
        self.text.setAccessibleDescription(help_text)
        self.text.setToolTip(help_text)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.text)
        column.addWidget(self.verdict)
        self.text.textChanged.connect(self._on_text)
        self._show_verdict()
        if self.text.toPlainText().strip():
            self.open()

    @property
    def rules(self) -> tuple[PartRule, ...]:
        """The rows; DuvError says which is wrong."""
        lines = (line.strip() for line in self.text.toPlainText().splitlines())
        return tuple(parse_text(line) for line in lines if line and not line.startswith("#"))

    def remember(self) -> None:
        """Keep the rows for the next time."""
        self._preferences.set_text(_PARTS, self.text.toPlainText())

    def _on_text(self) -> None:
        self._show_verdict()
        self.changed.emit()

    def _show_verdict(self) -> None:
        try:
            rules, problem = self.rules, ""
        except DuvError as error:
            rules, problem = (), sentence(error.message)
        self.verdict.setText(problem or (count(len(rules), "row", "rows") if rules else ""))
        self.verdict.setVisible(bool(self.verdict.text()))
        set_property(self.verdict, "role", "error" if problem else "muted")


class _RowsText(QPlainTextEdit):
    """As high as a few lines; Tab leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAcceptDrops(False)  # a dropped folder is meant for the window
        self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """A few lines and the frame around them."""
        return QSize(160, _LINES * self.fontMetrics().lineSpacing() + 6 * theme.SPACE_XS)
