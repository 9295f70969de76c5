"""One key of the recipe in the form: its label, its control, its way back, and what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import plain_tip, tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.message_bar import sentence
from duv_studio.ui.wizard.recipe.number_field import number_text
from duv_studio.ui.wizard.recipe.value_editors import Editor, SwitchField, focus_of, make_editor

LABEL_WIDTH = 112
_BACK = 24
_FEW = 6  # choices that can be listed in a sentence


class FormRow(QWidget):
    """What the schema says of a key, as a row of the form."""

    edited = Signal(str, object)  # path, value
    reset_wanted = Signal(str)  # path
    entered = Signal(str)  # path: the keys go to it now

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self.field = field
        self.widget = make_editor(field)
        self.editor: Editor = self.widget  # type: ignore[assignment]
        self.editor.edited.connect(self._on_edited)
        self.label = QLabel(tr(field.label))
        self.label.setBuddy(focus_of(self.widget))
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setWordWrap(True)
        self.back = self._back_button()
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "error")
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.problem.hide()
        self.setToolTip(plain_tip(help_text(field)))
        for part in (self.widget, focus_of(self.widget)):
            part.setAccessibleName(tr(field.label))
            part.setAccessibleDescription(help_text(field))
        focus_of(self.widget).installEventFilter(self)
        self._lay_out()

    def show_value(self, value: Any, problem: str, *, can_reset: bool) -> None:
        """Show what is written in the recipe, and what is wrong with it."""
        self.editor.show_value(value)
        self.set_problem(problem)
        if can_reset and self.back.icon().isNull():  # few are ever seen, and an icon costs 3 ms
            icons.assign(self.back, "reset")
        self.back.setVisible(can_reset)

    def set_problem(self, problem: str) -> None:
        """Say what is wrong, "" for nothing."""
        self.editor.set_error(bool(problem))
        self.problem.setText(_short(problem, self.field))
        self.problem.setVisible(bool(problem))
        words = f"{problem} {help_text(self.field)}".strip()
        focus_of(self.widget).setAccessibleDescription(words)

    def take_focus(self) -> None:
        """Bring the keys here."""
        focus_of(self.widget).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the control gets the keys."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit(self.field.path)
        return super().eventFilter(watched, event)

    def _back_button(self) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(14, 14))
        button.setFixedWidth(_BACK)
        button.setStyleSheet("padding: 2px;")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setToolTip(tr("Back to what the recipe said"))
        button.setAccessibleName(tr("Reset {name}", name=self.field.label))
        button.clicked.connect(self._on_reset)
        button.hide()
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_S)
        grid.setVerticalSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        narrow = self.widget.maximumWidth() < 1000 or isinstance(self.widget, SwitchField)
        line.addWidget(self.widget, 0 if narrow else 1)
        if self.field.unit:
            line.addWidget(_muted(tr(self.field.unit)))
        if narrow:
            line.addStretch(1)
        top = Qt.AlignmentFlag.AlignTop if self.widget.sizeHint().height() > 60 else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.label, 0, 0, top)
        grid.addLayout(line, 0, 1)
        grid.addWidget(self.back, 0, 2, top)
        grid.addWidget(self.problem, 1, 1, 1, 2)
        grid.setColumnMinimumWidth(2, _BACK)
        grid.setColumnStretch(1, 1)

    def _on_edited(self, value: object) -> None:
        self.edited.emit(self.field.path, value)

    def _on_reset(self) -> None:
        self.take_focus()
        self.reset_wanted.emit(self.field.path)


def help_text(field: SchemaField) -> str:
    """What a key is, what may be written, and what it is when nothing is."""
    default = "" if field.required else default_text(field.default)
    allowed = tr("It must be {what}.", what=field.allowed) if field.range or field.choices else ""
    usual = tr("Usually {value}.", value=default) if default else ""
    return " ".join(part for part in (sentence(field.help), allowed, usual) if part)


def named_help(field: SchemaField) -> str:
    """The same with the label before it, unless it begins with that itself."""
    label, text = tr(field.label), help_text(field)
    return text if text.lower().startswith(f"{label.lower()}:") else f"{label}: {text}"


def default_text(default: Any) -> str:
    """A default in words; "" where there is none worth saying."""
    if isinstance(default, tuple):
        return ", ".join(map(str, default)) if len(default) <= 4 else ""
    if isinstance(default, bool):
        return tr("on") if default else tr("off")
    return number_text(default)


def _short(problem: str, field: SchemaField) -> str:
    """A problem without the key's own name, which stands beside it, and without the names that a list shows."""
    if len(field.choices) > _FEW:
        problem = re.sub(r"(; did you mean \"[^\"]*\"\?) It must be one of [^.]*\.", r"\1", problem)
    return problem.replace(f"{field.path} is ", f"{field.label} is ").replace(f"{field.path} ", f"{field.label} ")


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label
