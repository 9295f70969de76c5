"""Menus of a track: which family it belongs to, and which instrument one hears it played by."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from duv_studio.engine.midi.instruments import GM_PROGRAM_NAMES, is_kit, program_label
from duv_studio.engine.midi.song import Family, Track
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.track_model import family_label
from duv_studio.ui.playback.mixing import Mixing

FAMILIES = (
    Family.PIANO, Family.GUITAR, Family.BASS, Family.STRINGS, Family.DRUMS, Family.PERCUSSION, Family.OTHER,
)  # fmt: skip
# As General MIDI calls its groups of eight programs.
_GROUPS = (
    "Piano", "Chromatic Percussion", "Organ", "Guitar", "Bass", "Strings", "Ensemble", "Brass",
    "Reed", "Pipe", "Synth Lead", "Synth Pad", "Synth Effects", "Ethnic", "Percussive", "Sound Effects",
)  # fmt: skip


class InstrumentMenu(QMenu):
    """The instruments of General MIDI; what is chosen is heard and never written. Drum kits stay what they are."""

    def __init__(self, track: Track, mixing: Mixing, parent: QWidget) -> None:
        super().__init__(tr("Instrument for &Listening"), parent)
        self._key, self._mixing = track.key, mixing
        chosen, group = mixing.of(track.key).program, QActionGroup(self)
        file = self._entry(self, tr("As in the &File: {name}", name=program_label(track)), None, chosen, group)
        self.setEnabled(not is_kit(track))
        self.addSeparator()
        for first, name in zip(range(0, len(GM_PROGRAM_NAMES), 8), _GROUPS, strict=True):
            menu = self.addMenu(tr(name))
            for program in range(first, first + 8):
                self._entry(menu, GM_PROGRAM_NAMES[program], program, chosen, group)
        file.setChecked(chosen is None)

    def _entry(self, menu: QMenu, name: str, program: int | None, chosen: int | None, group: QActionGroup) -> QAction:
        action = menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(program is not None and program == chosen)
        action.setData(program)
        group.addAction(action)
        action.triggered.connect(self._on_chosen)
        return action

    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._mixing.set_program(self._key, action.data())


class FamilyMenu(QMenu):
    """The families that a track can belong to."""

    chosen = Signal(str, object)  # Track.key, Family or None for the guess

    def __init__(self, guessed: Track, present: Track, parent: QWidget) -> None:
        super().__init__(tr("Instrument &Family"), parent)
        self._key, self._guess = guessed.key, guessed.family
        group = QActionGroup(self)
        for family in FAMILIES:
            action = self.addAction(family_label(family).capitalize())
            action.setData(family)
            action.setCheckable(True)
            action.setChecked(family is present.family)
            group.addAction(action)
        self.addSeparator()
        again = self.addAction(tr("&Guess Again: {family} ({reason})", family=family_label(guessed.family),
                                  reason=short(guessed.family_reason)))  # fmt: skip
        again.setEnabled(present is not guessed)
        self.triggered.connect(self._on_triggered)

    def _on_triggered(self, action: QAction) -> None:
        family = action.data()
        # What was guessed is not written down as a choice: then nothing is read again for it.
        self.chosen.emit(self._key, None if family is None or family == self._guess else Family(family))


def short(reason: str, most: int = 40) -> str:
    """Return a reason that fits into a menu."""
    plain = reason.replace("&", "&&")
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"
