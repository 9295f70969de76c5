"""Rows by the ten thousand as a table model that sorts and filters by itself, and changes single rows in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from duv_studio.ui.style import icons, theme

AnyIndex = QModelIndex | QPersistentModelIndex
Key = Callable[[Any], Any]
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RowModel(QAbstractTableModel):
    """Sorting and filtering look at the rows themselves, not at a proxy that asks for every cell.

    A subclass says what its columns are called, by what they are sorted, and what the filter looks at.
    """

    names: tuple[str, ...] = ()  # of the columns
    keys: Mapping[int, Key] = {}  # what a column is sorted by
    numbers: frozenset[int] = frozenset()  # columns whose words stand on the right

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Any] = ()
        self._order: Sequence[int] = ()  # which rows are shown, from top to bottom
        self._places: dict[int, int] | None = None  # where rows are shown, looked up when someone asks
        self._text, self._group = "", ""
        self._sorted_by: tuple[int, bool] | None = None  # column, whether downwards
        self._icons: dict[str, tuple[str, Any]] = {}  # name -> theme and icon

    # What a subclass says

    def group_of(self, row: Any) -> str:
        """What one may filter by with a button."""
        raise NotImplementedError

    def searched(self, row: Any) -> str:
        """The words that the typed filter looks at."""
        raise NotImplementedError

    # What is shown

    @property
    def rows(self) -> Sequence[Any]:
        """All rows, whether they are shown or not."""
        return self._rows

    @property
    def shown(self) -> tuple[Any, ...]:
        """The rows that pass the filter, as they stand."""
        return tuple(self._rows[i] for i in self._order)

    @property
    def sorted_by(self) -> int:
        """The column, -1 for none."""
        return -1 if self._sorted_by is None else self._sorted_by[0]

    @property
    def filtered_group(self) -> str:
        """The group that alone is shown; "" for all."""
        return self._group

    def row_at(self, place: int) -> Any:
        """The row that is shown there."""
        return self._rows[self._order[place]]

    def number_at(self, place: int) -> int:
        """Its number among all rows."""
        return self._order[place]

    def place_of(self, number: int) -> int | None:
        """Where a row is shown, by its number among all; None where the filter holds it back."""
        if isinstance(self._order, range):
            return number if number in self._order else None
        if self._places is None:
            self._places = {n: place for place, n in enumerate(self._order)}
        return self._places.get(number)

    # Changes

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows, sorted and filtered as before."""
        self._rows = rows
        self.arrange()

    def set_filter(self, text: str, group: str = "") -> None:
        """Show only rows whose words hold the text, whatever its case, and of this group ("": of all)."""
        self._text, self._group = text.strip().casefold(), group
        self.arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; by none with -1."""
        self._sorted_by = (column, order == Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self.arrange()

    def arrange(self) -> None:
        """Sort and filter again: rows that changed keep their place until then."""
        self.beginResetModel()
        self._order, self._places = self._arranged(), None
        self.endResetModel()

    def tell_changed(self, numbers: Sequence[int]) -> None:
        """Let views paint these rows again, neighbours together."""
        places = sorted(place for place in map(self.place_of, numbers) if place is not None)
        last = len(self.names) - 1
        for first, end in _stretches(places):
            self.dataChanged.emit(self.index(first, 0), self.index(end, last))

    def _arranged(self) -> Sequence[int]:
        rows = self._rows
        order: Sequence[int] = range(len(rows))
        if self._group:
            order = [i for i in order if self.group_of(rows[i]) == self._group]
        if self._text:
            order = [i for i in order if self._text in self.searched(rows[i]).casefold()]
        if self._sorted_by is not None:
            column, downwards = self._sorted_by
            key = self.keys[column]
            order = sorted(order, key=lambda i: key(rows[i]), reverse=downwards)
        return order

    # Qt's questions

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - an invalid index, as Qt has it
        """The rows that pass the filter."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Always the same."""
        return 0 if parent.isValid() else len(self.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in self.numbers else LEFT
        return self.names[section] if role == Qt.ItemDataRole.DisplayRole else None

    def icon(self, name: str, color: str) -> Any:
        """A small picture in a colour of the theme, drawn once."""
        look = theme.current()
        kept = self._icons.get(name)
        if kept is None or kept[0] != look.name:
            kept = look.name, icons.pixmap(name, 16, str(getattr(look, color)), 2.0)
            self._icons[name] = kept
        return kept[1]


def _stretches(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbours, of places that ascend."""
    first = last = -1
    for place in places:
        if place > last + 1:
            if first >= 0:
                yield first, last
            first = place
        elif first < 0:
            first = place
        last = place
    if first >= 0:
        yield first, last
