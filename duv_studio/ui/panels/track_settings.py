"""The dialog about one track: how much reaches its velocities and lengths, what stays, which are its key-switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QLayout, QVBoxLayout, QWidget

from duv_studio.engine.midi.song import Family, Track
from duv_studio.engine.music.drum_pieces import pitches_text
from duv_studio.engine.music.part_rows import keyswitch_words, protected_words
from duv_studio.engine.music.part_rules import pitches_named
from duv_studio.engine.music.pitch_names import ranges_text
from duv_studio.errors import DuvError
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import count, tr
from duv_studio.ui.panels.track_model import display_name
from duv_studio.ui.style import theme
from duv_studio.ui.widgets.fields import PatternField, share_row
from duv_studio.ui.widgets.message_bar import sentence

WIDTH = 380
FOUND, NAMED, NONE = range(3)  # rows of the choice of key-switches
_Read = Callable[[Any, str], tuple[str, ...]]  # of a text, and of what it is called in a message


class TrackSettings(QDialog):
    """Shows the settings of one track and changes them at once, a step of undo each. It closes with its song."""

    def __init__(self, document: Document, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document, self._index = document, index
        self._key = self._track.key
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Track Settings – {name}", name=display_name(self._track)))
        self._make_controls()
        self._lay_out()
        self._connect()
        self._on_settings()

    @property
    def _track(self) -> Track:
        return self.document.tracks[self._index]

    def _make_controls(self) -> None:
        self.shares = {
            "track_velocity": share_row(
                tr("&Velocity"),
                tr("Of what reaches all tracks, how much reaches these velocities; 0 % leaves them"),
            ),
            "track_duration": share_row(
                tr("&Duration"), tr("Of what reaches all tracks, how much reaches these lengths; 0 % leaves them")
            ),
        }
        self.kept = PitchField(
            tr("&Keep"),
            tr("none, or such as kick, open hat") if self._is_drums else tr("none, or such as C1, E2-G2"),
            tr(
                "Pitches whose notes keep velocity and length: names with octave (C4 is 60), numbers, ranges, on drums"
                " also kick, snare, hat and other pieces; the model reads them and plays the rest around them"
            ),
        )
        self.switching = QComboBox()
        self.switching.addItems([tr("found by what they do"), tr("these pitches"), tr("none")])
        self.switching.setAccessibleName(tr("Key-switches"))
        self.switches = PitchField(
            tr("&Pitches"),
            tr("such as C0-B0"),
            tr("Pitches that choose an articulation: they keep velocity and length, and the model does not read them"),
        )

    @property
    def _is_drums(self) -> bool:
        return self._track.family in (Family.DRUMS, Family.PERCUSSION)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(_heading(tr("Share of what reaches the song")))
        for row in self.shares.values():
            column.addWidget(row)
        column.addSpacing(theme.SPACE_S)
        column.addWidget(_heading(tr("Notes that stay as they are")))
        column.addWidget(self.kept)
        column.addSpacing(theme.SPACE_S)
        label = _heading(tr("Key-&switches"))
        label.setBuddy(self.switching)
        column.addWidget(label)
        column.addWidget(self.switching)
        column.addWidget(self.switches)
        self.verdict = QLabel()
        self.verdict.setProperty("role", "muted")
        self.verdict.setWordWrap(True)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.verdict)
        column.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setMinimumWidth(WIDTH)
        column.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)  # it grows when a line appears

    def _connect(self) -> None:
        document = self.document
        for name, row in self.shares.items():
            row.setProperty("setting", name)
            row.changed.connect(self._on_share)
            row.held.connect(document.hold)
            row.released.connect(document.release)
        for field in (self.kept, self.switches):
            field.line.held.connect(document.hold)
            field.line.released.connect(document.release)
        self.kept.changed.connect(self._on_kept)
        self.switches.changed.connect(self._on_switches)
        self.switching.activated.connect(self._on_switching)
        document.settings_changed.connect(self._on_settings)
        document.song_changed.connect(self.close)

    # From the controls to the document

    def _on_share(self, share: float) -> None:
        name = str(self.sender().property("setting"))
        label = tr("Track Velocity") if name == "track_velocity" else tr("Track Duration")
        self.document.set_track_share(name, self._key, share, label)

    def _on_kept(self, text: str) -> None:
        words = self.kept.words_of(text, protected_words)
        if words is not None:
            self.document.set_protected_pitches(self._key, pitches_named(self._track, words), tr("Keep Notes"))

    def _on_switches(self, text: str) -> None:
        words = self.switches.words_of(text, keyswitch_words)
        if words is not None:
            self._set_switches(pitches_named(self._track, words))

    def _on_switching(self, choice: int) -> None:
        if choice == NAMED:
            # Those that were found are what one would begin with.
            found = self._track.notes.pitch[self.document.selection[self._index].keyswitches]
            self._set_switches(frozenset(found.tolist()))
            self.switches.setVisible(True)
            self.switching.setCurrentIndex(NAMED)
            self.switches.line.setFocus()
        else:
            self._set_switches(None if choice == FOUND else frozenset())
            self.switching.setCurrentIndex(choice)
            self.switches.setVisible(False)

    def _set_switches(self, pitches: frozenset[int] | None) -> None:
        self.document.set_keyswitches(self._key, pitches, tr("Key-Switches"))

    # From the document to the controls

    def _on_settings(self) -> None:
        if self._key not in [track.key for track in self.document.tracks]:  # another song, and this is closing
            return
        settings, track = self.document.settings, self._track
        for name, row in self.shares.items():
            row.set_amount(getattr(settings, name).get(self._key, 1.0))
        kept = settings.protected_pitches.get(self._key, frozenset())
        self.kept.show_pitches(pitches_text(track, kept), self.kept.means(track, protected_words) == kept)
        named = settings.keyswitches.get(self._key)
        if named is None or named or self.switching.currentIndex() == FOUND:
            self.switching.setCurrentIndex(FOUND if named is None else NAMED if named else NONE)
        self.switches.setVisible(self.switching.currentIndex() == NAMED)
        self.switches.show_pitches(
            ranges_text(named or frozenset()), self.switches.means(track, keyswitch_words) == (named or frozenset())
        )
        self._say_what_stays()

    def _say_what_stays(self) -> None:
        chosen = self.document.selection[self._index]
        stays = count(int(chosen.protected.sum()), "note stays", "notes stay")
        self.verdict.setText(
            f"{stays}: {chosen.protected_reason}"
            if chosen.protected.any()
            else tr("Every note of this track may change.")
        )


class PitchField(PatternField):
    """A line for a list of pitches, with what is wrong with it."""

    def words_of(self, text: str, read: _Read) -> tuple[str, ...] | None:
        """The words of a list, () for an empty one; None, and a verdict, for one that is wrong."""
        try:
            words = read(text, tr("this")) if text.strip(" ,") else ()
        except DuvError as error:
            self.set_verdict(sentence(error.message), True)
            return None
        self.set_verdict("", False)
        return words

    def means(self, track: Track, read: _Read) -> frozenset[int] | None:
        """The pitches of what is written, None where that is wrong."""
        words = self.words_of(self.line.text(), read)
        return None if words is None else pitches_named(track, words)

    def show_pitches(self, text: str, is_said: bool) -> None:
        """Write pitches down, unless they are what is written, in other words, or someone is writing."""
        if not is_said and not self.line.hasFocus():
            self.set_text(text)
            self.set_verdict("", False)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
