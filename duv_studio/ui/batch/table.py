"""The table of a batch: the state of each file, how far those at work are, and what one may do with them."""

from __future__ import annotations

import time

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import QMenu, QStyle, QStyleOptionViewItem, QWidget

from duv_studio.engine.batch.events import FileResult, Status
from duv_studio.ui.batch.model import ALL, DONE, FAILED, FRACTION, SKIPPED, WAITING, BatchModel, Column
from duv_studio.ui.i18n import percent, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.table_view import RowTable, SentenceDelegate

_WIDTHS: dict[int, int] = {
    Column.NOTES: 62,
    Column.CHANGED: 70,
    Column.VELOCITY: 68,
    Column.DURATION: 70,
    Column.TIME: 60,
}
_ARRANGE_MS = 1000  # how often a filter or an order is kept true while rows change
_SHARE = 20  # it may take one part in so many of the time
_BAR, _NUMBER = 6, 44  # pixels: height of a bar, room for "100 %"
_LONGEST = 260  # pixels of bar and number: on a wide screen they stay together


class BatchTable(RowTable):
    """Enter or a double click asks for a file; the menu has the rest."""

    name_share = 0.5
    open_wanted = Signal(object)  # Path, of a file to be shown in the main window
    folder_wanted = Signal(object)  # Path, of a file whose folder is to be shown

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model = BatchModel()
        groups = {
            ALL: tr("All"),
            WAITING: tr("Waiting"),
            DONE: tr("Done"),
            SKIPPED: tr("Skipped"),
            FAILED: tr("Failed"),
        }
        super().__init__(self.model, groups, _WIDTHS, parent)
        self.model.setParent(self)
        self.line.setPlaceholderText(tr("Filter by name or reason"))
        self.view.setItemDelegateForColumn(Column.RESULT, ResultDelegate(self.view))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.activated.connect(self._on_activated)
        self._make_actions()
        self._kept: tuple[int, int] = (-1, 0)  # number of the current row, and how far it is scrolled
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.modelReset.connect(self._find_place)
        self._tidy = QTimer(self)
        self._tidy.setInterval(_ARRANGE_MS)
        self._tidy.timeout.connect(self.tidy_up)
        self.refresh()

    @property
    def current(self) -> FileResult | None:
        """The file that the keyboard is at."""
        index = self.view.currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    def refresh(self) -> None:
        """Say how many files each button would show."""
        self.set_counts(self.model.counts)
        self._show_numbers()

    def follow(self, runs: bool) -> None:
        """Keep filter and order true by and by while a batch runs, and once more at its end."""
        if runs:
            self._tidy.start(_ARRANGE_MS)
        else:
            self._tidy.stop()
            self.tidy_up()

    def leave_empty_group(self) -> None:
        """Show all files where none is left of the kind that was chosen."""
        if not self.model.counts[self.model.filtered_group]:
            self.choose_group(ALL)

    def tidy_up(self) -> None:
        """Filter and sort again where rows have changed; the longer it takes, the more seldom."""
        if not self.model.stale:
            return
        begin = time.perf_counter()
        self.model.arrange()
        spent = (time.perf_counter() - begin) * 1e3
        self._tidy.setInterval(max(_ARRANGE_MS, round(spent * _SHARE)))

    def _on_filter(self) -> None:
        super()._on_filter()
        self._show_numbers()

    def _show_numbers(self) -> None:
        """Files without numbers leave their columns to names and reasons."""
        some = self._tidy.isActive() or self.model.counts[DONE] > 0
        self.show_middle(some and self.model.filtered_group not in (WAITING, SKIPPED, FAILED))

    # Place

    def _keep_place(self) -> None:
        index = self.view.currentIndex()
        number = self.model.number_at(index.row()) if index.isValid() and index.row() < self.model.rowCount() else -1
        self._kept = (number, self.view.verticalScrollBar().value())

    def _find_place(self) -> None:
        number, scrolled = self._kept
        place = self.model.place_of(number) if number >= 0 else None
        if place is not None:
            self.view.setCurrentIndex(self.model.index(place, Column.FILE))
        self.view.verticalScrollBar().setValue(scrolled)

    # Wishes

    def _make_actions(self) -> None:
        self._menu = QMenu(self)
        self.open_input = self._action(tr("&Open"), self._on_open_input)
        self.open_result = self._action(tr("Open &Result"), self._on_open_result)
        self.show_input = self._action(tr("&Show in Folder"), self._on_show_input)
        self.show_result = self._action(tr("Show Result in &Folder"), self._on_show_result)
        self._menu.addSeparator()
        self.copy = self._action(tr("&Copy Reason"), self._on_copy)
        self.copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.view.addAction(self.copy)

    def _action(self, text: str, slot: object) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(slot)
        self._menu.addAction(action)
        return action

    def _on_menu(self, at: QPoint) -> None:
        if self.prepare_menu() is not None:
            self._menu.popup(self.view.viewport().mapToGlobal(at))

    def prepare_menu(self) -> QMenu | None:
        """The menu for the current row, with what cannot be done in grey; None without a row."""
        row = self.current
        if row is None:
            return None
        for action in (self.open_result, self.show_result):
            action.setEnabled(row.status is Status.OK and row.target is not None)
        self.copy.setEnabled(bool(row.why))
        return self._menu

    def _on_activated(self, index: QModelIndex) -> None:
        self.open_wanted.emit(self.model.row_at(index.row()).source)

    def _on_open_input(self) -> None:
        if self.current is not None:
            self.open_wanted.emit(self.current.source)

    def _on_open_result(self) -> None:
        if self.current is not None and self.current.target is not None:
            self.open_wanted.emit(self.current.target)

    def _on_show_input(self) -> None:
        if self.current is not None:
            self.folder_wanted.emit(self.current.source)

    def _on_show_result(self) -> None:
        if self.current is not None and self.current.target is not None:
            self.folder_wanted.emit(self.current.target)

    def _on_copy(self) -> None:
        if self.current is not None and self.current.why:
            QGuiApplication.clipboard().setText(f"{self.current.source}: {self.current.why}")


class ResultDelegate(SentenceDelegate):
    """A bar and a number where a file is at work, words everywhere else."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the cell."""
        fraction = index.data(FRACTION)
        if fraction is None:
            super().paint(painter, option, index)
            return
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        bare.text = ""
        bare.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, bare.widget)
        area = QRectF(option.rect).adjusted(theme.SPACE_S, 0, -theme.SPACE_S, 0)
        area.setWidth(min(area.width(), _LONGEST))
        self._bar(painter, area, float(fraction))

    def _bar(self, painter: QPainter, area: QRectF, fraction: float) -> None:
        look = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        room = QRectF(area.left(), area.center().y() - _BAR / 2, max(area.width() - _NUMBER, 0), _BAR)
        painter.setBrush(look.color("border"))
        painter.drawRoundedRect(room, _BAR / 2, _BAR / 2)
        painter.setBrush(look.color("accent"))
        filled = room.width() * min(max(fraction, 0.0), 1.0)
        if filled >= _BAR:
            painter.drawRoundedRect(QRectF(room.left(), room.top(), filled, _BAR), _BAR / 2, _BAR / 2)
        painter.setPen(look.color("text"))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, side, percent(fraction))
        painter.restore()
