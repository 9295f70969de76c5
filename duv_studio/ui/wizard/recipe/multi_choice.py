"""A list of names of which each is taken or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from duv_studio.engine.features.hints import HINTS
from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import tr
from duv_studio.ui.widgets.fields import set_property

_MOST_ROWS = 8
_NAME = Qt.ItemDataRole.UserRole


class CheckList(QListWidget):
    """Rows with ticks; names that the schema lacks are shown, too, until their tick is taken away."""

    edited = Signal(object)  # tuple of names: those that stay in the order of the file

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self._known = field.choices
        self._names: tuple[str, ...] = ()
        self.setProperty("framed", True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemChanged.connect(self._on_changed)
        self._fill(())

    def show_value(self, value: Any) -> None:
        """Tick what is written."""
        names = tuple(map(str, value)) if isinstance(value, tuple) else ()
        if names != self._names or not self.count():
            self._names = names
            self._fill(names)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self, "state", "error" if is_wrong else "")

    def _fill(self, taken: Sequence[str]) -> None:
        rows = [*dict.fromkeys(name for name in taken if name not in self._known), *self._known]
        self.blockSignals(True)
        if rows != [str(self.item(k).data(_NAME)) for k in range(self.count())]:
            self.clear()
            for name in rows:
                self.addItem(self._row(name))
        for k, name in enumerate(rows):
            self.item(k).setCheckState(Qt.CheckState.Checked if name in taken else Qt.CheckState.Unchecked)
        self.blockSignals(False)
        self.viewport().update()
        self._fit()

    def _row(self, name: str) -> QListWidgetItem:
        item = QListWidgetItem(name)
        item.setData(_NAME, name)
        item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        if name in HINTS:
            item.setToolTip(HINTS[name].meaning)
        elif name not in self._known:
            item.setText(tr("{name} (unknown)", name=name))
        return item

    def _fit(self) -> None:
        rows = min(self.count(), _MOST_ROWS)
        self.setFixedHeight(rows * max(self.sizeHintForRow(0), 18) + 4)

    def _on_changed(self, item: QListWidgetItem) -> None:
        name = str(item.data(_NAME))
        if item.checkState() == Qt.CheckState.Checked:
            self._names = with_name(self._names, name, self._known)
        else:
            self._names = tuple(n for n in self._names if n != name)
        self.edited.emit(self._names)


def with_name(names: Sequence[str], new: str, order: Sequence[str]) -> tuple[str, ...]:
    """The names with one more, which stands before the first that follows it in `order`."""
    if new in names:
        return tuple(names)
    rank = {name: place for place, name in enumerate(order)}
    at = next((k for k, name in enumerate(names) if rank.get(name, -1) > rank.get(new, len(order))), len(names))
    return (*names[:at], new, *names[at:])
