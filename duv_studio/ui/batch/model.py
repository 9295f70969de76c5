"""The files of a batch as rows that change while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt

from duv_studio.engine.batch.events import BatchEvent, FileFinished, FileResult, Planned, Progressed, Started, Status
from duv_studio.ui.batch import row_text as words
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.table_model import RIGHT, AnyIndex, Key, RowModel

ALL, WAITING, DONE, SKIPPED, FAILED = "", "waiting", "done", "skipped", "failed"
FRACTION = Qt.ItemDataRole.UserRole + 1  # how much of a file is predicted; None where nothing is being predicted
_GROUPS = {
    Status.WAITING: WAITING,
    Status.WORKING: WAITING,
    Status.OK: DONE,
    Status.SKIPPED: SKIPPED,
    Status.FAILED: FAILED,
}
_ICONS = {Status.OK: ("ok", "success"), Status.SKIPPED: ("info", "text_muted"), Status.FAILED: ("error", "error")}
_PARTLY = ("warning", "warning")
_ORDER = {Status.FAILED: 0, Status.WORKING: 1, Status.WAITING: 2, Status.SKIPPED: 3, Status.OK: 4}


class Column(IntEnum):
    """What is said of a file, from left to right."""

    FILE = 0
    NOTES = 1
    CHANGED = 2
    VELOCITY = 3
    DURATION = 4
    TIME = 5
    RESULT = 6


_KEYS: dict[int, Key] = {
    Column.FILE: lambda row: row.name.casefold(),
    Column.NOTES: lambda row: row.notes,
    Column.CHANGED: lambda row: row.notes_changed,
    Column.VELOCITY: lambda row: row.mean_velocity_change,
    Column.DURATION: lambda row: row.mean_duration_change,
    Column.TIME: lambda row: row.seconds,
    Column.RESULT: lambda row: (_ORDER[row.status], row.why),
}
_WORDS: dict[int, Callable[[FileResult], str]] = {
    Column.FILE: lambda row: row.name,
    Column.NOTES: words.notes,
    Column.CHANGED: words.changed,
    Column.VELOCITY: words.velocity,
    Column.DURATION: words.duration,
    Column.TIME: words.seconds,
    Column.RESULT: words.result,
}


class BatchModel(RowModel):
    """Takes news in by the hundred; a row's number is its place in the batch."""

    keys = _KEYS
    numbers = frozenset((Column.NOTES, Column.CHANGED, Column.VELOCITY, Column.DURATION, Column.TIME))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        velocity, duration = tr("Velocity"), tr("Duration")
        self.names = (tr("File"), tr("Notes"), tr("Changed"), velocity, duration, tr("Time"), tr("Result"))
        self.counts: Counter[str] = Counter()  # of rows in each group
        self._rows: list[FileResult] = []
        self._fractions: dict[int, float] = {}
        self._stale = False

    def show_rows(self, rows: Iterable[FileResult]) -> None:
        """Show the files of another batch, or what was planned for them."""
        mine = list(rows)
        self.counts = Counter(_GROUPS[row.status] for row in mine)
        self.counts[ALL] = len(mine)
        self._fractions.clear()
        self.set_rows(mine)

    def take(self, events: Sequence[BatchEvent]) -> None:
        """Take in what was reported; only rows that changed are painted again."""
        touched: dict[int, None] = {}
        for one in events:
            if isinstance(one, Planned):
                self.show_rows(one.rows)
                touched.clear()
            elif isinstance(one, Started):
                self._become(replace(self._rows[one.index], status=Status.WORKING), touched)
            elif isinstance(one, Progressed):
                if one.fraction > 0 and self._rows[one.index].status is Status.WORKING:
                    self._fractions[one.index] = one.fraction
                    touched[one.index] = None
            elif isinstance(one, FileFinished):
                self._become(one.result, touched)
        self.tell_changed(list(touched))

    def let_go(self) -> None:
        """Nothing is at work any more: what was begun waits again."""
        touched: dict[int, None] = {}
        for row in tuple(self._rows):
            if row.status is Status.WORKING:
                self._become(replace(row, status=Status.WAITING), touched)
        self.tell_changed(list(touched))

    @property
    def stale(self) -> bool:
        """Whether rows changed by which it is filtered or sorted."""
        return self._stale and bool(self._group or self._text or self.sorted_by > Column.FILE)

    def arrange(self) -> None:
        """Sort and filter again."""
        self._stale = False
        super().arrange()

    def group_of(self, row: FileResult) -> str:
        """Files differ in their state."""
        return _GROUPS[row.status]

    def searched(self, row: FileResult) -> str:
        """Name and reason."""
        return f"{row.name}\n{row.why}" if row.why else row.name

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        row, column = self._seen(index.row()), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _WORDS[column](row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in self.numbers else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return _color(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column == Column.RESULT:
            return self._picture(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(words.tip(row))
        if role == FRACTION and row.status is Status.WORKING:
            fraction = self._fractions.get(row.index, 0.0)
            return fraction if fraction < 1 else None  # then it is written
        return None

    def _seen(self, place: int) -> FileResult:
        """The row that is there. Of the files that a worker took and reads ahead, those wait that it does not play."""
        row = self.row_at(place)
        read_ahead = row.status is Status.WORKING and row.index not in self._fractions
        return replace(row, status=Status.WAITING) if read_ahead else row

    def _become(self, row: FileResult, touched: dict[int, None]) -> None:
        before = _GROUPS[self._rows[row.index].status]
        self.counts[before] -= 1
        self.counts[_GROUPS[row.status]] += 1
        self._rows[row.index] = row
        self._fractions.pop(row.index, None)
        self._stale = True
        touched[row.index] = None

    def _picture(self, row: FileResult) -> Any:
        if row.status not in _ICONS:
            return None
        return self.icon(*(_PARTLY if row.status is Status.OK and row.why else _ICONS[row.status]))


def _color(row: FileResult, column: int) -> Any:
    if column == Column.RESULT and row.status is Status.FAILED:
        return theme.current().color("error")
    quiet = row.status in (Status.WAITING, Status.SKIPPED) and column != Column.FILE
    return theme.current().color("text_muted") if quiet or row.status is Status.SKIPPED else None
