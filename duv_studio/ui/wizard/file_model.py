"""The files of a survey as rows: what becomes of each and why, sorted and filtered by the model itself."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from duv_studio.training.lora.survey import FAILED, OK, SKIPPED, TEST, TRAIN, VAL, FileRow
from duv_studio.ui import icons, theme
from duv_studio.ui.messages import sentence
from duv_studio.ui.wizard.run_numbers import clock
from duv_studio.ui.words import count, plain_tip, tr

AnyIndex = QModelIndex | QPersistentModelIndex
_ICONS = {OK: ("ok", "success"), SKIPPED: ("info", "text_muted"), FAILED: ("error", "error")}
_ORDER = {FAILED: 0, SKIPPED: 1, OK: 2, TRAIN: 0, VAL: 1, TEST: 2, "": 3}


class Column(IntEnum):
    """What is said of a file, from left to right."""

    FILE = 0
    NOTES = 1
    LENGTH = 2
    PART = 3
    WHY = 4


_KEYS: dict[Column, Callable[[FileRow], Any]] = {
    Column.FILE: lambda row: row.name.casefold(),
    Column.NOTES: lambda row: row.notes,
    Column.LENGTH: lambda row: row.seconds,
    Column.PART: lambda row: (_ORDER[row.part], _ORDER[row.status]),
    Column.WHY: lambda row: (_ORDER[row.status], row.why),
}


class FileModel(QAbstractTableModel):
    """Thousands of rows: sorting and filtering look at tuples, not at a proxy that asks for every cell."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[FileRow, ...] = ()
        self._shown: list[FileRow] = []
        self._text, self._status = "", ""
        self._sorted_by: tuple[Column, bool] | None = None  # column, whether downwards
        self._icons: dict[str, tuple[str, Any]] = {}  # status -> theme and icon

    @property
    def shown(self) -> tuple[FileRow, ...]:
        """The rows as they stand."""
        return tuple(self._shown)

    def set_rows(self, rows: tuple[FileRow, ...]) -> None:
        """Show the files of another survey, sorted and filtered as before."""
        self._all = rows
        self._arrange()

    def set_filter(self, text: str, status: str = "") -> None:
        """Show only files whose name or remark holds the text, whatever its case, and of this status ("": of all)."""
        self._text, self._status = text.strip().casefold(), status
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; by none with -1, as the files were read."""
        self._sorted_by = (Column(column), order == Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self._arrange()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - an invalid index, as Qt has it
        """The files that pass the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Always the same."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row, column = self._shown[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return remark(row) if column == Column.WHY else _text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_tip(row))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (Column.NOTES, Column.LENGTH):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DecorationRole and column == Column.FILE:
            return self._icon(row.status)
        if role == Qt.ItemDataRole.ForegroundRole and row.status != OK:
            return theme.current().color("text_muted")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = section in (Column.NOTES, Column.LENGTH)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        names = (tr("File"), tr("Notes"), tr("Length"), tr("Used to"), tr("Remark"))
        return names[section] if role == Qt.ItemDataRole.DisplayRole else None

    def _arrange(self) -> None:
        self.beginResetModel()
        rows = [row for row in self._all if self._passes(row)]
        if self._sorted_by is not None:
            column, downwards = self._sorted_by
            rows.sort(key=_KEYS[column], reverse=downwards)
        self._shown = rows
        self.endResetModel()

    def _passes(self, row: FileRow) -> bool:
        if self._status and row.status != self._status:
            return False
        return not self._text or self._text in row.name.casefold() or self._text in remark(row).casefold()

    def _icon(self, status: str) -> Any:
        look = theme.current()
        kept = self._icons.get(status)
        if kept is None or kept[0] != look.name:
            name, color = _ICONS[status]
            kept = look.name, icons.pixmap(name, 16, str(getattr(look, color)), 2.0)
            self._icons[status] = kept
        return kept[1]


def remark(row: FileRow) -> str:
    """Return why a file, or some of it, is left out."""
    if row.status == FAILED:
        return tr("Cannot be read: {why}", why=row.why)
    if row.status == SKIPPED:
        return tr("Skipped: {why}", why=row.why)
    return tr("Other tracks: {why}", why=row.why) if row.why else ""


def part_word(part: str) -> str:
    """Return what a part of the songs is for."""
    return {TRAIN: tr("learn"), VAL: tr("stop"), TEST: tr("judge")}.get(part, "")


def _text(row: FileRow, column: Column) -> str:
    used = row.status == OK
    return {
        Column.FILE: row.name,
        Column.NOTES: f"{row.notes:,}" if used else "",
        Column.LENGTH: clock(row.seconds) if used else "",
        Column.PART: part_word(row.part),
        Column.WHY: remark(row) if used else sentence(row.why),  # the icon tells the rest
    }[column]


def _tip(row: FileRow) -> str:
    lines = [str(row.path) if row.path is not None else row.name]
    if row.status == OK:
        lines.append(f"{count(row.tracks, 'track', 'tracks')}, {count(row.notes, 'note', 'notes')}")
    return "\n".join([*lines, *([remark(row)] if row.why else [])])
