"""A table of many rows with its filter: a line to type in, and a button with a number for each group of rows."""

from __future__ import annotations

from collections.abc import Mapping

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
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.table_model import RowModel

_LEAST = 60  # of the last column, which gets what is left
_LEAST_NAME = 140
_ROW = 26


class RowTable(QWidget):
    """The rows of a model; the first column is a name, the last one a sentence, those between have fixed widths."""

    name_share = 0.62  # of the room that the columns between leave

    def __init__(
        self, model: RowModel, groups: Mapping[str, str], widths: Mapping[int, int], parent: QWidget | None = None
    ) -> None:
        """`groups` are the words on the buttons, that for all rows under ""; `widths` are in pixels."""
        super().__init__(parent)
        self._model, self._words, self._widths = model, groups, widths
        self.line = self._make_line()
        self.buttons = self._make_buttons()
        self.view = self._make_view()
        self.nothing = QLabel(tr("No file passes the filter."))
        self.nothing.setProperty("role", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        model.modelReset.connect(self._look)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Say how many rows each group has."""
        for group, button in self.buttons.items():
            n = counts.get(group, 0)
            text = f"{self._words[group]} {n:,}"
            if button.text() != text:
                button.setText(text)
            button.setEnabled(n > 0 or button.isChecked())

    def choose_group(self, group: str) -> None:
        """Press one of the buttons."""
        self.buttons[group].setChecked(True)
        self._on_filter()

    def show_middle(self, shown: bool) -> None:
        """Show the columns between, or leave their room to the others."""
        if shown == any(self.view.isColumnHidden(column) for column in self._widths):
            for column in self._widths:
                self.view.setColumnHidden(column, not shown)
            self._share_out()

    def _make_line(self) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(tr("Filter by name or remark"))
        line.setAccessibleName(tr("Filter the files"))
        line.setClearButtonEnabled(False)
        line.setAcceptDrops(False)  # a dropped folder is meant for whatever is around it
        self._clear = line.addAction(icons.icon("close"), QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setToolTip(tr("Clear"))
        self._clear.setVisible(False)
        self._clear.triggered.connect(line.clear)
        icons.assign(self._clear, "close")
        line.setStyleSheet("QToolButton { padding: 0; border: 0; min-height: 0; background: transparent; }")
        line.textChanged.connect(self._on_filter)
        return line

    def _make_buttons(self) -> dict[str, QToolButton]:
        self._group = QButtonGroup(self)
        found = {}
        last = len(self._words) - 1
        for i, (group, word) in enumerate(self._words.items()):
            button = QToolButton()
            button.setText(word)
            button.setCheckable(True)
            button.setProperty("segment", "first" if i == 0 else "last" if i == last else "middle")
            button.clicked.connect(self._on_filter)
            self._group.addButton(button)
            found[group] = button
        found[""].setChecked(True)
        return found

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self._model)
        view.setAccessibleName(tr("Files"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setItemDelegateForColumn(0, NameDelegate(view))
        view.setItemDelegateForColumn(self._last, SentenceDelegate(view))
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
        for column, width in self._widths.items():
            view.setColumnWidth(column, width)
        view.setColumnWidth(self._last, _LEAST)
        view.setSortingEnabled(True)
        return view

    @property
    def _last(self) -> int:
        return self._model.columnCount() - 1

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
        """Names get what numbers leave, and sentences the rest."""
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        taken = sum(width for column, width in self._widths.items() if not self.view.isColumnHidden(column))
        rest = self.width() - taken - 20
        self.view.setColumnWidth(0, max(int(rest * self.name_share), _LEAST_NAME))

    def _on_filter(self) -> None:
        self._clear.setVisible(bool(self.line.text()))
        chosen = next(group for group, button in self.buttons.items() if button.isChecked())
        self._model.set_filter(self.line.text(), chosen)

    def _look(self) -> None:
        self.nothing.setVisible(self._model.rowCount() == 0)
        if self.nothing.isVisible():
            self.nothing.raise_()


class NameDelegate(QStyledItemDelegate):
    """A file's name stays whole as long as there is room: the folders before it are cut short first."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        folder, slash, name = option.text.rpartition("/")
        metrics, room = option.fontMetrics, text_room(option)
        if slash and metrics.horizontalAdvance(option.text) > room:
            rest = max(room - metrics.horizontalAdvance(slash + name), 0)
            short = metrics.elidedText(folder, Qt.TextElideMode.ElideLeft, rest) or "…"
            option.text = short + slash + name


def text_room(option: QStyleOptionViewItem) -> int:
    """Pixels for the words of a cell."""
    style = option.widget.style()
    whole = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, option.widget).width()
    margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, option.widget) + 1
    return whole - 2 * margin


class SentenceDelegate(QStyledItemDelegate):
    """Of a sentence the beginning tells most, of a name its ends."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight
