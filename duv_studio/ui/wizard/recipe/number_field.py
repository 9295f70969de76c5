"""A number that is typed or stepped, and that shows what is no number as it was written."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox

from duv_studio.training.schema.fields import SchemaField
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import set_property

_WIDTH = 118
_Step = QAbstractSpinBox.StepEnabledFlag


class NumberField(QAbstractSpinBox):
    """Takes whatever is typed: the recipe says what is wrong with it, here and in the text alike."""

    edited = Signal(object)  # int, float, None where nothing may stand, or the text that is no number

    def __init__(self, field: SchemaField) -> None:
        super().__init__()
        self.field = field
        self._whole = field.type.startswith("whole")
        if field.is_optional:
            self.lineEdit().setPlaceholderText(tr("off"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(_WIDTH)
        self.lineEdit().setAcceptDrops(False)
        self.lineEdit().setTextMargins(theme.SPACE_S, 0, 2, 0)
        self.lineEdit().textEdited.connect(self._on_typed)

    def show_value(self, value: Any) -> None:
        """Show what is written in the recipe; what is being typed stays where it means the same."""
        if parse_number(self.text(), self._whole) != value or not self.text():
            self.lineEdit().setText(number_text(value))

    def set_error(self, is_wrong: bool) -> None:
        """Mark it, or not."""
        set_property(self, "state", "error" if is_wrong else "")

    def stepBy(self, steps: int) -> None:
        """Go up or down; what is no number becomes the default."""
        value = parse_number(self.text(), self._whole)
        new = stepped(value, steps, self.field) if not isinstance(value, str) else self.field.default
        if new is not None and new != value:
            self.lineEdit().setText(number_text(new))
            self.lineEdit().selectAll()
            self.edited.emit(new)

    def stepEnabled(self) -> _Step:
        """Both ways; the ends are kept by `stepBy`."""
        return _Step.StepUpEnabled | _Step.StepDownEnabled

    def validate(self, text: str, position: int) -> Any:
        """Everything may be typed."""
        return QValidator.State.Acceptable, text, position

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the number to the left: being polished with a style sheet has centred it."""
        super().showEvent(event)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft)

    def changeEvent(self, event: QEvent) -> None:
        """The same after a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.setAlignment(Qt.AlignmentFlag.AlignLeft)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _on_typed(self, text: str) -> None:
        is_off = self.field.is_optional and not text.strip()
        self.edited.emit(None if is_off else parse_number(text, self._whole))


def parse_number(text: str, whole: bool) -> int | float | str:
    """The number that was typed, also with a decimal comma; else the text itself."""
    text = text.strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text.replace(",", ".", 1))
    except ValueError:
        return text
    return text if whole or not math.isfinite(value) else value


def number_text(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e9 else repr(value)
    return "" if value is None else str(value)


def stepped(value: int | float, steps: int, field: SchemaField) -> int | float:
    """The number `steps` steps further within the limits: whole ones by 1, others by 1 of their first digit."""
    if field.type.startswith("whole"):
        return int(min(max(value + steps, field.low), field.high))
    number = float(value)
    for _ in range(abs(steps)):
        new = float(f"{number + math.copysign(_step(number, steps > 0, field), steps):.10g}")
        is_out = new < field.low or new > field.high or (new in (field.low, field.high) and _is_open(field, new))
        number = number if is_out else new
    return number


def _step(number: float, up: bool, field: SchemaField) -> float:
    if number == 0:
        return 0.01 if field.high <= 1 else 0.1
    size = abs(number)
    if size > 1 or (size == 1 and up):
        return 1.0
    share = field.low >= 0 and field.high <= 1 and size >= 0.1
    decade = math.floor(math.log10(size) + 1e-9)
    first = 10.0**decade
    return 0.01 if share else first / 10 if not up and math.isclose(size, first) else first


def _is_open(field: SchemaField, end: float) -> bool:
    """Whether a number must stay apart from this end."""
    return f"above {end:g}" in field.range or f"below {end:g}" in field.range
