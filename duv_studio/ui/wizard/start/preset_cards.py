"""The recipes that ship, as cards with the instrument's picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from duv_studio.engine.midi.song import Family
from duv_studio.paths import resource
from duv_studio.training.lora.recipe.load import preset_names
from duv_studio.training.lora.recipe.schema import family_of
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.track_model import family_label
from duv_studio.ui.style import icons, theme
from duv_studio.ui.wizard.start.run_table import capital

_ICONS = {Family.DRUMS: "drum"}
_ORDER = list(Family)


class PresetCards(QWidget):
    """One row of cards; one can be chosen, by mouse, or by Space on the one that the keys are at.

    They are in no QButtonGroup: that would let Tab reach none but the chosen one, and at first none is chosen.
    """

    chosen = Signal(str)  # name of the recipe
    opened = Signal(str)  # by a double click: and on to the next page

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for name in sorted(preset_names(), key=_rank):
            self.cards[name] = self._card(name)
            row.addWidget(self.cards[name])

    def show_chosen(self, name: str) -> None:
        """Mark one card, "" for none: none is chosen while another recipe is open."""
        for preset, card in self.cards.items():
            card.setChecked(preset == name)

    def take_focus(self) -> None:
        """Bring the keys to the chosen card, or to the first."""
        cards = list(self.cards.values())
        next((card for card in cards if card.isChecked()), cards[0]).setFocus()

    def _card(self, name: str) -> QToolButton:
        card = _Card()
        family = family_of({}, Path(name))
        card.setText(capital(family_label(family)) if family is not None else Path(name).stem.replace("_", " "))
        icons.assign(card, _icon(family))
        card.setProperty("preset", name)
        card.setAccessibleName(tr("Recipe for {name}", name=card.text()))
        card.setToolTip(name)
        card.clicked.connect(self._on_clicked)
        card.opened.connect(self._on_opened)
        card.moved.connect(self._on_moved)
        return card

    def _on_clicked(self) -> None:
        name = str(self.sender().property("preset"))
        self.show_chosen(name)
        self.chosen.emit(name)

    def _on_moved(self, step: int) -> None:
        cards = list(self.cards.values())
        place = cards.index(self.sender()) + step  # type: ignore[arg-type]
        cards[min(max(place, 0), len(cards) - 1)].setFocus(Qt.FocusReason.TabFocusReason)

    def _on_opened(self) -> None:
        self.opened.emit(str(self.sender().property("preset")))


class _Card(QToolButton):
    opened = Signal()
    moved = Signal(int)  # by how many cards the keys go on

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("choice", True)
        self.setCheckable(True)
        self.setIconSize(QSize(36, 36))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(96)

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Choose it and go on."""
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows lead to the next card."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)


def _rank(name: str) -> tuple[int, str]:
    family = family_of({}, Path(name))
    return (_ORDER.index(family) if family is not None else len(_ORDER), name)


def _icon(family: Family | None) -> str:
    name = _ICONS.get(family, str(family)) if family is not None else "train"
    return name if resource("icons", f"{name}.svg").is_file() else "train"
