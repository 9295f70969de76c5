"""The proofs that a training owes, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.wizard.result.run_result import CheckResult


class CheckResults(QWidget):
    """A row for each: icon, what was checked, what was found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks: tuple[CheckResult, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.SPACE_S, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        self._grid.setColumnStretch(2, 1)

    def show_checks(self, checks: Sequence[CheckResult]) -> None:
        """Show others."""
        self._checks = tuple(checks)
        for widget in self.findChildren(QLabel):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        for row, check in enumerate(self._checks):
            self._add(row, check)

    def _add(self, row: int, check: CheckResult) -> None:
        top = Qt.AlignmentFlag.AlignTop
        mark, said = QLabel(), QLabel(check.said)
        color = theme.current().success if check.passed else theme.current().error
        mark.setPixmap(icons.pixmap("ok" if check.passed else "error", 16, color, self.devicePixelRatioF()))
        mark.setAccessibleName(tr("passed") if check.passed else tr("failed"))
        said.setProperty("role", "muted" if check.passed else "error")
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        for column, widget in enumerate((mark, QLabel(check.name), said)):
            self._grid.addWidget(widget, row, column, top)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.show_checks(self._checks)
        super().changeEvent(event)
