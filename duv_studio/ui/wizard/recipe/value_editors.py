"""One control for every kind of value that a recipe holds; which, the schema says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import tr
from duv_studio.ui.widgets.fields import set_property
from duv_studio.ui.wizard.recipe.multi_choice import CheckList
from duv_studio.ui.wizard.recipe.number_field import NumberField, number_text
from duv_studio.ui.wizard.recipe.path_list import PathList

# The line inside a box has the box's own edge, with the keys and without.
_BARE = "QLineEdit, QLineEdit:focus { border: 0; padding: 0; min-height: 0; background: transparent; }"


class Editor(Protocol):
    """A control that shows a value and tells what its user makes of it."""

    edited: SignalInstance

    def show_value(self, value: Any) -> None: ...
    def set_error(self, is_wrong: bool) -> None: ...


def make_editor(field: SchemaField) -> QWidget:
    """The control for a key of the schema; it is an Editor."""
    if field.type == "list":
        return CheckList(field) if field.choices else PathList(field) if field.kind else NamesField(field)
    if field.type.startswith(("whole number", "number")):
        return NumberField(field)
    if field.type.startswith("true"):
        return SwitchField()
    if field.choices:
        return ChoiceField(field)
    if field.kind == "model":
        return ModelField(field)
    return PathField(field) if field.kind else TextField(field)


def focus_of(editor: QWidget) -> QWidget:
    """The part of a control that takes the keys."""
    return editor.focusProxy() or editor


class TextField(QLineEdit):
    """A text; where it may be null, an empty one is."""

    edited = Signal(object)

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self._optional = field.is_optional
        if field.is_optional:
            self.setPlaceholderText(tr("automatic") if not field.kind else tr("none"))
        self.setAcceptDrops(False)
        self.textEdited.connect(self._on_edited)

    def show_value(self, value: Any) -> None:
        """Show what is written."""
        text = number_text(value)
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self, "state", "error" if is_wrong else "")

    def _on_edited(self, text: str) -> None:
        self.edited.emit(None if self._optional and not text else text)


class NamesField(TextField):
    """Names with commas between them."""

    def show_value(self, value: Any) -> None:
        """Show what is written; a comma that was just typed stays."""
        names = tuple(map(str, value)) if isinstance(value, tuple) else (number_text(value),)
        if _names(self.text()) != names:
            super().show_value(", ".join(names))

    def _on_edited(self, text: str) -> None:
        self.edited.emit(_names(text))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


class SwitchField(QCheckBox):
    """On or off."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        """Show what is written; what is neither is shown as neither."""
        sure = isinstance(value, bool)
        self.setTristate(not sure)
        self.setCheckState(Qt.CheckState.PartiallyChecked if not sure else _state(value))

    def set_error(self, is_wrong: bool) -> None:
        """The words below it say enough."""

    def _on_clicked(self, is_on: bool) -> None:
        self.edited.emit(is_on)


def _state(value: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if value else Qt.CheckState.Unchecked


class ChoiceField(QComboBox):
    """One of several words; null where the schema allows it; anything else as it was written."""

    edited = Signal(object)

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self._known = ([None] if field.is_optional else []) + list(field.choices)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value in self._known:
            self.addItem(tr("Automatic") if value is None else choice_label(value), value)
        self.activated.connect(self._on_activated)

    def show_value(self, value: Any) -> None:
        """Show what is written."""
        value = str(value) if value is not None and str(value) in self._known else value
        for place in reversed(range(len(self._known), self.count())):
            self.removeItem(place)
        if value not in self._known:
            self.addItem(number_text(value), value)
        self.setCurrentIndex(self._known.index(value) if value in self._known else self.count() - 1)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self, "state", "error" if is_wrong else "")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Never in passing."""
        event.ignore()

    def _on_activated(self, place: int) -> None:
        self.edited.emit(self.itemData(place))


def choice_label(value: str) -> str:
    """A word as the window writes it, a code as it is."""
    return tr(value.capitalize()) if value.isalpha() else value


class ModelField(QComboBox):
    """A model of the list, or a file's name that is typed."""

    edited = Signal(object)

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self._line = QLineEdit()
        self._line.setPlaceholderText(tr("none: a model from scratch"))
        self._line.setStyleSheet(_BARE)
        self._line.setAcceptDrops(False)
        self._line.textEdited.connect(self._on_text)
        self.setLineEdit(self._line)
        self.textActivated.connect(self._on_text)

    def showPopup(self) -> None:
        """Ask for the models only now."""
        from duv_studio.engine.model.library import list_models

        text = self.currentText()
        self.clear()
        self.addItems([info.name for info in list_models()])
        self.setCurrentIndex(self.findText(text))
        self.setEditText(text)
        super().showPopup()

    def show_value(self, value: Any) -> None:
        """Show what is written."""
        if self.currentText() != number_text(value):
            self.setEditText(number_text(value))
            self._line.setCursorPosition(0)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self, "state", "error" if is_wrong else "")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Never in passing."""
        event.ignore()

    def _on_text(self, text: str) -> None:
        self.edited.emit(text or None)


class PathField(QWidget):
    """The name of a file or folder, and a button to look for it."""

    edited = Signal(object)

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self._is_folder = field.kind == "folder"
        self.line = TextField(field)
        self.line.edited.connect(self.edited)
        self.button = QPushButton(tr("…"))
        self.button.setFixedWidth(34)
        self.button.setStyleSheet("padding: 4px 0;")
        self.button.setToolTip(tr("Choose a folder") if self._is_folder else tr("Choose a file"))
        self.button.setAccessibleName(f"{field.label}: {self.button.toolTip()}")
        self.button.clicked.connect(self._on_browse)
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)

    def show_value(self, value: Any) -> None:
        """Show what is written."""
        text = number_text(value)
        if text != self.line.text():
            self.line.show_value(value)
            self.line.setCursorPosition(len(text))  # of a long path the end tells most
        self.line.setToolTip(text)

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        self.line.set_error(is_wrong)

    def _on_browse(self) -> None:
        start = str(Path(self.line.text()).parent)
        if self._is_folder:
            path = QFileDialog.getExistingDirectory(self, tr("Folder of the results"), start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, tr("Manifest"), start, tr("Manifests (*.jsonl);;All files (*)"))
        if path:
            self.line.setText(path)
            self.edited.emit(path)
