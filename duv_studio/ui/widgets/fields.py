"""Controls of the panels: slider with number, list of choices, checked pattern, foldable section, bare scroll area."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons, theme
from duv_studio.ui.widgets.slider import Slider

LABEL_WIDTH = 74
NUMBER_WIDTH = 62
# Not ButtonSymbols.NoButtons: with a style sheet that styles the buttons it leaves the text one pixel of room.
_NO_BUTTONS = """
QAbstractSpinBox { padding-right: 4px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { image: none; }
"""


class NumberBox(QSpinBox):
    """A whole number that is typed or stepped with the arrow keys, and that the wheel does not turn in passing."""

    def __init__(self, low: int, high: int, suffix: str = "", prefix: str = "", *, to_right: bool = False) -> None:
        super().__init__()
        self._side = Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft
        self.setRange(low, high)
        self.setSuffix(suffix)
        self.setPrefix(prefix)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setAcceptDrops(False)  # a dropped file is meant for the window
        self.lineEdit().setTextMargins(0 if to_right else theme.SPACE_S, 0, 2, 0)

    def showEvent(self, event: QShowEvent) -> None:
        """Bring the number back to its side: being polished with a style sheet has centred it."""
        super().showEvent(event)
        self.setAlignment(self._side)

    def changeEvent(self, event: QEvent) -> None:
        """The same after a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.setAlignment(self._side)

    def event(self, event: QEvent) -> bool:
        """Leave Space, which no number has, to playing; letters are nothing here, not commands by mistake."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.text() == " ":
            event.ignore()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceRow(QWidget):
    """Label and a list to choose from, which the wheel does not turn in passing."""

    chosen = Signal(object)  # what the choice stands for, by the user

    def __init__(self, text: str, choices: Sequence[tuple[str, str]], help_text: str) -> None:
        super().__init__()
        self.box = _ChoiceBox()
        for words, meant in choices:
            self.box.addItem(words, meant)
        self.box.setAccessibleName(text.replace("&", ""))
        self.setToolTip(help_text)
        label = QLabel(text)
        label.setBuddy(self.box)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(label)
        row.addWidget(self.box, 1)
        self.box.activated.connect(self._on_chosen)

    def set_choice(self, meant: str) -> None:
        """Show a choice without telling anyone."""
        self.box.setCurrentIndex(self.box.findData(meant))

    def _on_chosen(self) -> None:
        self.chosen.emit(self.box.currentData())


class _ChoiceBox(QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        event.ignore()


class SliderRow(QWidget):
    """Label, slider and number of one amount; a step of the slider is 1 / `steps` of it."""

    changed = Signal(float)  # by the user
    held = Signal()
    released = Signal()

    def __init__(self, text: str, help_text: str, slider: Slider, suffix: str = "", *, steps: int = 1) -> None:
        super().__init__()
        self._steps = steps
        self.slider = slider
        self.number = NumberBox(slider.minimum(), slider.maximum(), suffix, to_right=True)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.number.setStyleSheet(_NO_BUTTONS)
        name = text.replace("&", "")
        for control in (self.slider, self.number):
            control.setAccessibleName(name)
            control.setAccessibleDescription(help_text)
        self.setToolTip(help_text)
        labelled_row(self, text, self.slider, self.number)
        self.slider.valueChanged.connect(self._on_changed)
        self.number.valueChanged.connect(self._on_changed)
        self.slider.sliderPressed.connect(self.held)
        self.slider.sliderReleased.connect(self.released)

    def set_amount(self, amount: float) -> None:
        """Show an amount without telling anyone."""
        self._show(round(amount * self._steps))

    def _on_changed(self, value: int) -> None:
        self._show(value)
        self.changed.emit(value / self._steps)

    def _show(self, value: int) -> None:
        for control in (self.slider, self.number):
            control.blockSignals(True)
            control.setValue(value)
            control.blockSignals(False)


def share_row(text: str, help_text: str, most: float = 1.0) -> SliderRow:
    """A row for a share 0..1 in percent, or for one that may go beyond 1 to exaggerate."""
    highest = round(most * 100)
    goes_beyond = highest > 100
    captions = ("", "", tr("exaggerated")) if goes_beyond else None
    slider = Slider(0, highest, detent=100 if goes_beyond else None, captions=captions)
    return SliderRow(text, help_text, slider, " %", steps=100)


def labelled_row(owner: QWidget, text: str, slider: Slider, right: QWidget) -> None:
    """Lay out a label, a slider, and what stands at its right."""
    label = QLabel(text)
    label.setBuddy(slider)
    label.setFixedWidth(LABEL_WIDTH)
    row = QHBoxLayout(owner)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_S)
    row.addWidget(label)
    row.addWidget(slider, 1)
    row.addWidget(right)


class PatternLine(QLineEdit):
    """A line for a regular expression; tells when typing begins and ends."""

    held = Signal()
    released = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Typing begins."""
        super().focusInEvent(event)
        self.held.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Typing ends."""
        super().focusOutEvent(event)
        self.released.emit()


class PatternField(QWidget):
    """Label, line and verdict of a regular expression."""

    changed = Signal(str)

    def __init__(self, text: str, placeholder: str, help_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = PatternLine()
        self.line.setPlaceholderText(placeholder)
        self.line.setStyleSheet("QToolButton { padding: 0; border: 0; min-height: 0; background: transparent; }")
        self.line.setAcceptDrops(False)  # a dropped file is meant for the window
        self._clear = self.line.addAction(icons.icon("close"), QLineEdit.ActionPosition.TrailingPosition)
        icons.assign(self._clear, "close")
        self._clear.setToolTip(tr("Clear"))
        self._clear.triggered.connect(self.line.clear)
        self._clear.setVisible(False)
        self.line.setAccessibleName(text.replace("&", ""))
        self.line.setAccessibleDescription(help_text)
        self.setToolTip(help_text)
        label = QLabel(text)
        label.setBuddy(self.line)
        label.setFixedWidth(LABEL_WIDTH)
        self.verdict = QLabel()
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        self.verdict.setWordWrap(True)
        self.verdict.hide()
        self.verdict.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_S)
        grid.setVerticalSpacing(2)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.line, 0, 1)
        grid.addWidget(self.verdict, 1, 1)
        # Not textEdited: the cross inside the line empties it without "editing".
        self.line.textChanged.connect(self._on_text)
        self._told = ""

    def set_text(self, text: str) -> None:
        """Show a pattern without telling anyone."""
        self._told = text
        if text != self.line.text():
            self.line.setText(text)

    def set_verdict(self, text: str, is_error: bool) -> None:
        """Say what the pattern does, or what is wrong with it."""
        self.verdict.setText(text)
        self.verdict.setVisible(bool(text))
        set_property(self.verdict, "role", "error" if is_error else "muted")
        set_property(self.line, "state", "error" if is_error else "")

    def _on_text(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if text != self._told:
            self._told = text
            self.changed.emit(text)


class Fold(QWidget):
    """A heading that opens and closes what lies below it."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.button = QToolButton()
        self.button.setText(f" {title}")
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(10, 10))
        self.button.setStyleSheet("QToolButton:checked { background: transparent; border-color: transparent; }")
        self.button.toggled.connect(self._on_toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.button)
        column.addWidget(content)
        self._on_toggled(False)

    def open(self) -> None:
        """Show the content."""
        self.button.setChecked(True)

    def _on_toggled(self, is_open: bool) -> None:
        self.content.setVisible(is_open)
        icons.assign(self.button, "chevron-up" if is_open else "chevron-down")


class LimitRow(QWidget):
    """A check box and a number: off is None."""

    changed = Signal(object)  # float or None

    def __init__(self, text: str, number: QSpinBox | QDoubleSpinBox, help_text: str) -> None:
        super().__init__()
        self.check = QCheckBox(text)
        self.number = number
        self.number.setAccessibleName(text.replace("&", ""))
        self.number.setFixedWidth(84)
        self.number.setEnabled(False)
        self.setToolTip(help_text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.check, 1)
        row.addWidget(self.number)
        self.check.toggled.connect(self._on_changed)
        self.number.valueChanged.connect(self._on_changed)

    def set_value(self, value: float | None) -> None:
        """Show a limit without telling anyone."""
        for control in (self.check, self.number):
            control.blockSignals(True)
        self.check.setChecked(value is not None)
        self.number.setEnabled(value is not None)
        if value is not None:
            self.number.setValue(round(value))
        for control in (self.check, self.number):
            control.blockSignals(False)

    def _on_changed(self) -> None:
        self.number.setEnabled(self.check.isChecked())
        self.changed.emit(self.number.value() if self.check.isChecked() else None)


def set_property(widget: QWidget, name: str, value: str) -> None:
    """Give a widget a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)  # the style sheet looks at properties only when it polishes
        widget.style().polish(widget)


def bare_scroll(inside: QWidget) -> QScrollArea:
    """`inside` on the ground of whatever is around it, scrolled up and down where there is no room for all of it."""
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(inside)
    for surface in (scroll.viewport(), inside):
        surface.setAutoFillBackground(False)
    return scroll
