"""A short list of files that can be added, taken away and typed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.widgets.path_list import PathRows
from duv_studio.ui.wizard.recipe.number_field import number_text

_ROWS = 2


class PathList(QWidget):
    """Files, one in a row; F2 or a double click types another name, Del takes the row away."""

    edited = Signal(object)  # tuple of names

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self.list = PathRows(_ROWS, Qt.TextElideMode.ElideLeft)
        self.list.setAccessibleName(field.label)
        self.list.removal_wanted.connect(self._on_remove)
        self.list.itemChanged.connect(self._tell)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.add = QPushButton(tr("Add…"))
        self.add.clicked.connect(self._on_add)
        self.remove = QPushButton(tr("Remove"))
        self.remove.clicked.connect(self._on_remove)
        self.setFocusProxy(self.list)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE_XS)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.list)
        column.addLayout(buttons)
        self._on_selection()

    @property
    def names(self) -> tuple[str, ...]:
        """What the rows say."""
        return tuple(self.list.item(k).text() for k in range(self.list.count()))

    def show_value(self, value: Any) -> None:
        """Show what is written."""
        names = value if isinstance(value, tuple) else () if value is None else (value,)
        texts = tuple(map(number_text, names))
        if texts != self.names:
            self._fill(texts)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self.list, "state", "error" if is_wrong else "")

    def _fill(self, names: tuple[str, ...]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for name in names:
            item = QListWidgetItem(name)
            item.setToolTip(plain_tip(name))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self._on_selection()

    def _on_add(self) -> None:
        found, _ = QFileDialog.getOpenFileNames(self, tr("Manifests"), "", tr("Manifests (*.jsonl);;All files (*)"))
        new = tuple(path for path in found if path not in self.names)
        if new:
            self._fill((*self.names, *new))
            self._tell()

    def _on_remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.list.takeItem(row)
            self._tell()

    def _on_selection(self) -> None:
        self.remove.setEnabled(bool(self.list.selectedItems()))

    def _tell(self) -> None:
        self.edited.emit(tuple(name for name in self.names if name))
