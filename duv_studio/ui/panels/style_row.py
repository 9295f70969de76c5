"""The style controls: from calm to lively and from staccato to legato, or as the music asks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from duv_studio.engine.music.settings import MOST_STYLE
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import tr
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import NUMBER_WIDTH, labelled_row, set_property
from duv_studio.ui.widgets.slider import Slider

_STEPS = 10  # of the slider to one standard deviation among players


class StyleSlider(Slider):
    """A slider that goes both ways from the middle; a double click or Delete gives the choice back to the music."""

    given_back = Signal()

    def __init__(self, low: str, high: str) -> None:
        most = round(MOST_STYLE * _STEPS)
        super().__init__(-most, most, detent=0, is_bipolar=True, captions=(low, "", high))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let go, so that the second click drags nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.given_back.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Backspace give back, arrows and page keys move."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.given_back.emit()
        else:
            super().keyPressEvent(event)


class StyleRow(QWidget):
    """Label, slider between two words, and a box for "auto": then the value is None."""

    changed = Signal(object)  # float or None, by the user
    held = Signal()
    released = Signal()

    def __init__(self, text: str, low: str, high: str, help_text: str) -> None:
        super().__init__()
        self.name = text.replace("&", "")
        self._ends = (low, high)
        self.slider = StyleSlider(low, high)
        self.auto = QCheckBox(tr("auto"))
        self.auto.setFixedWidth(NUMBER_WIDTH)
        self.auto.setAccessibleName(tr("{name} as the music asks", name=self.name))
        self.slider.setAccessibleName(self.name)
        self.setToolTip(help_text)
        labelled_row(self, text, self.slider, self.auto)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.given_back.connect(self._on_given_back)
        self.slider.sliderPressed.connect(self.held)
        self.slider.sliderReleased.connect(self.released)
        self.auto.toggled.connect(self._on_auto)
        self.set_value(None)

    def set_value(self, value: float | None) -> None:
        """Show a value in standard deviations among players, or that there is none, without telling anyone."""
        for control in (self.slider, self.auto):
            control.blockSignals(True)
        self.slider.setValue(round((value or 0.0) * _STEPS))
        self.auto.setChecked(value is None)
        for control in (self.slider, self.auto):
            control.blockSignals(False)
        self.slider.set_middle_caption("" if value is None else words(value))
        low, high = self._ends
        self.slider.setAccessibleDescription(tr("{low} to {high}, now {value}", low=low, high=high, value=words(value)))
        set_property(self.slider, "state", "auto" if value is None else "")

    def _on_slider(self, steps: int) -> None:
        self._tell(steps / _STEPS)

    def _on_auto(self, is_auto: bool) -> None:
        self._tell(None if is_auto else 0.0)

    def _on_given_back(self) -> None:
        self._tell(None)

    def _tell(self, value: float | None) -> None:
        self.set_value(value)
        self.changed.emit(value)


class StyleBox(QWidget):
    """Both rows, and the document behind them."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._shown: tuple[float | None, float | None] = (None, None)
        hint = tr("A double click gives it back to the music (auto). The model reads the song again for it.")
        self.dynamics = StyleRow(
            tr("D&ynamics"), tr("calm"), tr("lively"), tr("How much loud and soft differ. {hint}", hint=hint)
        )
        self.articulation = StyleRow(
            tr("Arti&culation"), tr("staccato"), tr("legato"), tr("How long notes are held. {hint}", hint=hint)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        for row in (self.dynamics, self.articulation):
            column.addWidget(row)
            row.held.connect(document.hold)
            row.released.connect(document.release)
        self.dynamics.changed.connect(self._on_dynamics)
        self.articulation.changed.connect(self._on_articulation)
        document.settings_changed.connect(self._on_settings)
        self._on_settings()

    def _on_dynamics(self, value: float | None) -> None:
        self.document.change(self.dynamics.name, "dynamics", dynamics=value)

    def _on_articulation(self, value: float | None) -> None:
        self.document.change(self.articulation.name, "articulation", articulation=value)

    def _on_settings(self) -> None:
        shown = (self.document.settings.dynamics, self.document.settings.articulation)
        if shown == self._shown:
            return  # another slider moves, many times a second, and painting these two costs more than the notes
        self._shown = shown
        self.dynamics.set_value(self.document.settings.dynamics)
        self.articulation.set_value(self.document.settings.articulation)


def words(value: float | None) -> str:
    """Return "auto", "0" or a number with its sign."""
    if value is None:
        return tr("auto")
    return f"{'+' if value > 0 else '−'}{abs(value):.1f}" if round(value, 1) else "0"
