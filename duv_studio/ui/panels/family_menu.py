"""The choice of an instrument family for one track, and the way back to the guess."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from duv_studio.engine.midi.song import Family, Track
from duv_studio.ui.i18n import tr
from duv_studio.ui.panels.track_model import family_word

FAMILIES = (
    Family.PIANO, Family.GUITAR, Family.BASS, Family.STRINGS, Family.DRUMS, Family.PERCUSSION, Family.OTHER,
)  # fmt: skip


class FamilyMenu(QMenu):
    """The families that a track can belong to."""

    chosen = Signal(str, object)  # Track.key, Family or None for the guess

    def __init__(self, guessed: Track, present: Track, parent: QWidget) -> None:
        super().__init__(tr("Instrument &Family"), parent)
        self._key, self._guess = guessed.key, guessed.family
        group = QActionGroup(self)
        for family in FAMILIES:
            action = self.addAction(family_word(family).capitalize())
            action.setData(family)
            action.setCheckable(True)
            action.setChecked(family is present.family)
            group.addAction(action)
        self.addSeparator()
        again = self.addAction(tr("&Guess Again: {family} ({reason})", family=family_word(guessed.family),
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
