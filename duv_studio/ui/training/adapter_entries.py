"""What the manager shows of every adapter: instrument, base, date, verdict, size, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt

from duv_studio.engine.adapters.fitting_model import fitting_model
from duv_studio.engine.adapters.header import HARMS, IMPROVES, NO_CLEAR_CHANGE, AdapterHeader
from duv_studio.engine.adapters.library import AdapterInfo, list_adapters
from duv_studio.engine.adapters.score_rows import BASE, GAIN
from duv_studio.engine.midi.song import Family
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.panels.track_model import family_label

AnyIndex = QModelIndex | QPersistentModelIndex
_GAIN = GAIN.format(BASE)  # the row of an adapter's scores that says what it changes
# What a verdict may be of: its score, what people call it, and the sign of a gain.
_MEASURES = (("velocity_r", "velocity r", 1), ("nll", "surprise", -1), ("articulation_r", "lengths r", 1))
SORT_ROLE = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    """From left to right."""

    TITLE = 0
    FAMILY = 1
    BASE = 2
    MADE = 3
    VERDICT = 4
    SIZE = 5
    ORIGIN = 6


@dataclass(frozen=True)
class Entry:
    """One row."""

    info: AdapterInfo
    size: int  # bytes
    base: str  # title of the base model, or its name where it is not installed
    base_is_there: bool

    @property
    def header(self) -> AdapterHeader:
        """What the adapter's file says."""
        return self.info.header

    @property
    def title(self) -> str:
        """What people call it."""
        return self.header.title or self.info.name


def entries() -> list[Entry]:
    """All adapters, by family and name."""
    return [_entry(info) for info in list_adapters()]


def _entry(info: AdapterInfo) -> Entry:
    try:
        size = info.path.stat().st_size
    except OSError:
        size = 0
    model = fitting_model(info.header)
    base = info.header.base if model is None else model.title or model.name
    return Entry(info, size, base, model is not None)


def made_on(header: AdapterHeader) -> datetime | None:
    """When it was trained, by the clock of this machine; None when it does not say."""
    try:
        return datetime.fromisoformat(header.created).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def made_text(header: AdapterHeader) -> str:
    """Return the date for people."""
    made = made_on(header)
    return "–" if made is None else f"{made.day} {made:%b %Y}"


def verdict_text(header: AdapterHeader) -> str:
    """Return the verdict with the change that decides it: "Improves · velocity r +0.031"."""
    word = {IMPROVES: tr("Improves"), NO_CLEAR_CHANGE: tr("No clear change"), HARMS: tr("Harms")}.get(header.verdict)
    if word is None:
        return tr("Never judged")
    measure, gain = decisive_gain(header)
    if gain is None:
        return word
    return tr("{word} · {measure} {gain}", word=word, measure=tr(measure), gain=f"{gain:+.3f}".replace("-", "−"))


def decisive_gain(header: AdapterHeader) -> tuple[str, float | None]:
    """Return the measure whose whole interval says the same as the verdict, else that of velocities, and its change."""
    gains, way = header.scores.get(_GAIN, {}), -1 if header.verdict == HARMS else 1
    for key, name, better in _MEASURES:
        nearest = gains.get(f"{key} {'low' if better * way > 0 else 'high'}")
        if key in gains and nearest is not None and nearest * better * way > 0:
            return name, gains[key]
    return _MEASURES[0][1], gains.get("velocity_r")


def size_text(size: int) -> str:
    """Return a file's size."""
    return QLocale(QLocale.Language.English).formattedDataSize(
        size, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat
    )


class AdapterModel(QAbstractTableModel):
    """The entries as a table."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def fill(self) -> None:
        """Look again: adapters may have been added or taken away."""
        self.beginResetModel()
        self.entries = entries()
        self.endResetModel()

    def row_of(self, path: Path) -> int:
        """Where an adapter's file stands, −1 when it is not there."""
        return next((i for i, entry in enumerate(self.entries) if entry.info.path == path), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - an invalid index, as Qt has it
        """One for each adapter."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """See Column."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words above the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _headings()[Column(section)]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(Column(section))
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says."""
        if not index.isValid():
            return None
        entry, column = self.entries[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(entry, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_text(entry, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        return _sort_key(entry, column) if role == SORT_ROLE else None


def _headings() -> dict[Column, str]:
    return {
        Column.TITLE: tr("Name"),
        Column.FAMILY: tr("Instrument"),
        Column.BASE: tr("Made for"),
        Column.MADE: tr("Trained"),
        Column.VERDICT: tr("On unseen songs"),
        Column.SIZE: tr("Size"),
        Column.ORIGIN: tr("Origin"),
    }


def _text(entry: Entry, column: Column) -> str:
    if column is Column.BASE:
        return entry.base if entry.base_is_there else tr("{base} (not installed)", base=entry.base)
    if column is Column.FAMILY:
        return family_label(Family(entry.header.family)).capitalize()
    return {
        Column.TITLE: entry.title,
        Column.MADE: made_text(entry.header),
        Column.VERDICT: verdict_text(entry.header),
        Column.SIZE: size_text(entry.size),
        Column.ORIGIN: tr("Own") if entry.info.own else tr("Ships"),
    }[column]


def _sort_key(entry: Entry, column: Column) -> str | float:
    if column is Column.SIZE:
        return entry.size
    if column is Column.MADE:
        made = made_on(entry.header)
        return 0.0 if made is None else made.timestamp()
    if column is Column.VERDICT:
        return entry.header.scores.get(_GAIN, {}).get("velocity_r", -1.0)
    return _text(entry, column).casefold()


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column is Column.SIZE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
