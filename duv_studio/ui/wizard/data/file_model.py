"""The table of surveyed files, with its filter: what is used, skipped or unreadable, and why."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from duv_studio.training.lora.survey.survey import FAILED, OK, SKIPPED, TEST, TRAIN, VAL, DataSummary, FileRow
from duv_studio.ui.i18n import clock, count, plain_tip, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.message_bar import sentence
from duv_studio.ui.widgets.table_model import RIGHT, AnyIndex, Key, RowModel
from duv_studio.ui.widgets.table_view import RowTable

_ICONS = {OK: ("ok", "success"), SKIPPED: ("info", "text_muted"), FAILED: ("error", "error")}
_ORDER = {FAILED: 0, SKIPPED: 1, OK: 2, TRAIN: 0, VAL: 1, TEST: 2, "": 3}


class Column(IntEnum):
    """What is said of a file, from left to right."""

    FILE = 0
    NOTES = 1
    LENGTH = 2
    PART = 3
    WHY = 4


_KEYS: dict[int, Key] = {
    Column.FILE: lambda row: row.name.casefold(),
    Column.NOTES: lambda row: row.notes,
    Column.LENGTH: lambda row: row.seconds,
    Column.PART: lambda row: (_ORDER[row.part], _ORDER[row.status]),
    Column.WHY: lambda row: (_ORDER[row.status], row.why),
}


class FileModel(RowModel):
    """The files as they were read, or sorted and filtered."""

    keys = _KEYS
    numbers = frozenset((Column.NOTES, Column.LENGTH))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names = (tr("File"), tr("Notes"), tr("Length"), tr("Used to"), tr("Remark"))

    def group_of(self, row: FileRow) -> str:
        """Files differ in how the survey used them."""
        return row.status

    def searched(self, row: FileRow) -> str:
        """Name and remark."""
        return f"{row.name}\n{remark(row)}"

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        row, column = self.row_at(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return remark(row) if column == Column.WHY else _text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_tip(row))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in self.numbers:
            return RIGHT
        if role == Qt.ItemDataRole.DecorationRole and column == Column.FILE:
            return self.icon(*_ICONS[row.status])
        if role == Qt.ItemDataRole.ForegroundRole and row.status != OK:
            return theme.current().color("text_muted")
        return None


def remark(row: FileRow) -> str:
    """Return why a file, or some of it, is left out."""
    if row.status == FAILED:
        return tr("Cannot be read: {why}", why=row.why)
    if row.status == SKIPPED:
        return tr("Skipped: {why}", why=row.why)
    return tr("Other tracks: {why}", why=row.why) if row.why else ""


def part_label(part: str) -> str:
    """Return what a part of the songs is for."""
    return {TRAIN: tr("learn"), VAL: tr("stop"), TEST: tr("judge")}.get(part, "")


def _text(row: FileRow, column: Column) -> str:
    used = row.status == OK
    return {
        Column.FILE: row.name,
        Column.NOTES: f"{row.notes:,}" if used else "",
        Column.LENGTH: clock(row.seconds) if used else "",
        Column.PART: part_label(row.part),
        Column.WHY: remark(row) if used else sentence(row.why),  # the icon tells the rest
    }[column]


def _tip(row: FileRow) -> str:
    lines = [str(row.path) if row.path is not None else row.name]
    if row.status == OK:
        lines.append(f"{count(row.tracks, 'track', 'tracks')}, {count(row.notes, 'note', 'notes')}")
    return "\n".join([*lines, *([remark(row)] if row.why else [])])


_WIDTHS: dict[int, int] = {Column.NOTES: 64, Column.LENGTH: 62, Column.PART: 70}


class FileTable(RowTable):
    """The files of a survey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model = FileModel()
        groups = {"": tr("All"), OK: tr("Used"), SKIPPED: tr("Skipped"), FAILED: tr("Failed")}
        super().__init__(self.model, groups, _WIDTHS, parent)
        self.model.setParent(self)

    def set_summary(self, summary: DataSummary) -> None:
        """Show the files of a survey."""
        self.set_counts({status: summary.count(status) if status else len(summary.files) for status in self.buttons})
        self.model.set_rows(summary.files)
