"""The table of everybody who played the unseen songs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from duv_studio.ui.i18n import tr
from duv_studio.ui.wizard.result.measure_text import ADAPTER_ROW, Shown

_ROW = 28


class ScoreTable(QTableWidget):
    """A row for each player, a column for each measure; the adapter's row stands out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setAccessibleName(tr("Scores on unseen songs"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)

    def show_rows(self, columns: Sequence[Shown], rows: Sequence[tuple[str, list[str]]]) -> None:
        """Show other figures."""
        self.clear()
        self.setColumnCount(len(columns) + 1)
        self.setRowCount(len(rows))
        self._show_head(columns)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for r, (name, cells) in enumerate(rows):
            for c, text in enumerate([name, *cells]):
                item = QTableWidgetItem(text)
                item.setTextAlignment(right if c else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                font = item.font()
                font.setBold(name == tr(ADAPTER_ROW))
                item.setFont(font)
                self.setItem(r, c, item)
        self.setFixedHeight(_ROW * len(rows) + self.horizontalHeader().sizeHint().height() + 2)

    def _show_head(self, columns: Sequence[Shown]) -> None:
        first = QTableWidgetItem(tr("Performance"))
        first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setHorizontalHeaderItem(0, first)
        for c, shown in enumerate(columns, start=1):
            head = QTableWidgetItem(tr(shown.heading))
            head.setToolTip(tr(shown.tip))
            head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(c, head)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if columns:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
