"""The table of files with its filter: everything, what is used, what is skipped, what cannot be read."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.training.lora.survey import FAILED, OK, SKIPPED, DataSummary
from duv_studio.ui import icons, theme
from duv_studio.ui.wizard.file_model import Column, FileModel
from duv_studio.ui.words import tr

_WIDTHS = {Column.NOTES: 64, Column.LENGTH: 62, Column.PART: 70}
_LEAST = 60  # of the remark, which gets what is left
_ROW = 26


class FileTable(QWidget):
    """A line to type in, four buttons with numbers, and the rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FileModel(self)
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Filter by name or remark"))
        self.line.setAccessibleName(tr("Filter the files"))
        self.line.setClearButtonEnabled(False)
        self.line.setAcceptDrops(False)  # a dropped folder is meant for the page
        self._clear = self.line.addAction(icons.icon("close"), QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setToolTip(tr("Clear"))
        self._clear.setVisible(False)
        self._clear.triggered.connect(self.line.clear)
        icons.assign(self._clear, "close")
        self.line.setStyleSheet("QToolButton { padding: 0; border: 0; min-height: 0; background: transparent; }")
        self.line.textChanged.connect(self._on_filter)
        self.buttons = self._make_buttons()
        self.view = self._make_view()
        self.nothing = QLabel(tr("No file passes the filter."))
        self.nothing.setProperty("role", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def set_summary(self, summary: DataSummary) -> None:
        """Show the files of a survey."""
        for status, button in self.buttons.items():
            n = summary.count(status) if status else len(summary.files)
            button.setText(f"{_name(status)} {n:,}")
            button.setEnabled(n > 0 or button.isChecked())
        self.model.set_rows(summary.files)
        self._look()

    def _make_buttons(self) -> dict[str, QToolButton]:
        self._group = QButtonGroup(self)
        found = {}
        for status, place in (("", "first"), (OK, "middle"), (SKIPPED, "middle"), (FAILED, "last")):
            button = QToolButton()
            button.setText(_name(status))
            button.setCheckable(True)
            button.setProperty("segment", place)
            button.clicked.connect(self._on_filter)
            self._group.addButton(button)
            found[status] = button
        found[""].setChecked(True)
        return found

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setAccessibleName(tr("Files"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setItemDelegateForColumn(Column.WHY, _Sentence(view))
        view.setTabKeyNavigation(False)
        view.setCornerButtonEnabled(False)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # measuring rows would ask for all
        view.verticalHeader().setDefaultSectionSize(_ROW)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setStretchLastSection(True)
        for column, width in (_WIDTHS | {Column.WHY: _LEAST}).items():
            view.setColumnWidth(column, width)
        view.setSortingEnabled(True)
        return view

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(0)
        self.buttons[""].ensurePolished()
        self.line.setMinimumHeight(self.buttons[""].sizeHint().height())
        row.addWidget(self.line, 1)
        row.addSpacing(theme.SPACE_S)
        for button in self.buttons.values():
            row.addWidget(button)
        self._stack = QStackedLayout()
        self._stack.setStackingMode(QStackedLayout.StackingMode.StackAll)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.nothing)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(row)
        column.addLayout(self._stack, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names get what numbers leave, and remarks the rest."""
        super().resizeEvent(event)
        rest = self.width() - sum(_WIDTHS.values()) - 20
        self.view.setColumnWidth(Column.FILE, max(int(rest * 0.62), 140))

    def _on_filter(self) -> None:
        self._clear.setVisible(bool(self.line.text()))
        chosen = next(status for status, button in self.buttons.items() if button.isChecked())
        self.model.set_filter(self.line.text(), chosen)
        self._look()

    def _look(self) -> None:
        self.nothing.setVisible(self.model.rowCount() == 0)
        if self.nothing.isVisible():
            self.nothing.raise_()


class _Sentence(QStyledItemDelegate):
    """Of a sentence the beginning tells most, of a name its ends."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


def _name(status: str) -> str:
    return {"": tr("All"), OK: tr("Used"), SKIPPED: tr("Skipped"), FAILED: tr("Failed")}[status]
