"""How the tracks are listened to: muted, alone, softer, as another instrument. It never reaches a file of MIDI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10

from PySide6.QtCore import QObject, Signal

from duv_studio.engine.midi.song import Song, Track
from duv_studio.ui.document.document import Document
from duv_studio.ui.i18n import tr

LOUDEST_DB, SOFTEST_DB = 6.0, -36.0  # of a track; below the softest is silence
UNCHANGED = 1.0
_SILENT_BELOW, _CATCH_DB = 0.01, 0.5  # the left end of a control, and how near to 0 dB it rests there


@dataclass(frozen=True)
class TrackMix:
    """How one track is listened to; `gain` is linear, `program` a General MIDI program, None: as in the file."""

    muted: bool = False
    solo: bool = False
    gain: float = UNCHANGED
    program: int | None = None


class Mixing(QObject):
    """What was chosen for the tracks of the open song, by Track.key; another song begins afresh."""

    changed = Signal()  # what is heard: mute, solo, gain
    programs_changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._tracks: dict[str, TrackMix] = {}
        self._of: Song | None = None
        document.song_changed.connect(self._on_song)

    def of(self, key: str) -> TrackMix:
        """How a track is listened to."""
        return self._tracks.get(key, TrackMix())

    # Changes

    def set_muted(self, key: str, muted: bool) -> None:
        """Silence a track, or no longer."""
        self._set(key, replace(self.of(key), muted=muted))

    def set_solo(self, key: str, solo: bool) -> None:
        """Let only the tracks sound for which this was asked; without any, mutes are what they were."""
        self._set(key, replace(self.of(key), solo=solo))

    def set_gain(self, key: str, gain: float) -> None:
        """Make a track softer or louder, as a factor."""
        self._set(key, replace(self.of(key), gain=gain))

    def set_program(self, key: str, program: int | None) -> None:
        """Let another instrument of General MIDI play a track, None: that of the file."""
        before = self.of(key)
        if program != before.program:
            self._tracks[key] = replace(before, program=program)
            self.programs_changed.emit()

    def clear_mutes(self) -> None:
        """Mute no track."""
        self._set_all({key: replace(mix, muted=False) for key, mix in self._tracks.items()})

    def clear_solos(self) -> None:
        """Let no track sound alone."""
        self._set_all({key: replace(mix, solo=False) for key, mix in self._tracks.items()})

    # What comes of it

    @property
    def has_mutes(self) -> bool:
        return any(self.of(track.key).muted for track in self._shown)

    @property
    def has_solos(self) -> bool:
        return any(self.of(track.key).solo for track in self._shown)

    def is_heard(self, key: str) -> bool:
        """Whether a track sounds: where tracks are solo, only those do, also muted ones."""
        mix = self.of(key)
        return mix.solo if self.has_solos else not mix.muted

    def gains(self) -> tuple[float, ...]:
        """Linear gain of every track of the song, mute and solo resolved."""
        solos = self.has_solos
        mixes = [self.of(track.key) for track in self._shown]
        return tuple(mix.gain if (mix.solo if solos else not mix.muted) else 0.0 for mix in mixes)

    def programs(self) -> Mapping[int, int]:
        """Tracks that another instrument plays: Song.tracks index -> program."""
        chosen = {track.index: self.of(track.key).program for track in self._shown}
        return {index: program for index, program in chosen.items() if program is not None}

    @property
    def _shown(self) -> Sequence[Track]:
        return () if self.document.song is None else self.document.song.tracks

    def _set(self, key: str, mix: TrackMix) -> None:
        self._set_all({**self._tracks, key: mix})

    def _set_all(self, tracks: dict[str, TrackMix]) -> None:
        if tracks != self._tracks:
            self._tracks = tracks
            self.changed.emit()

    def _on_song(self) -> None:
        song = self.document.song
        if not is_same_song(self._of, song):
            self._tracks = {}
        self._of = song
        self.changed.emit()
        self.programs_changed.emit()


def is_same_song(one: Song | None, other: Song | None) -> bool:
    """Whether two songs are one file that was read twice."""
    if one is None or other is None:
        return one is other
    is_one_file = one is other or (one.path is not None and one.path == other.path)
    return is_one_file and [t.key for t in one.tracks] == [t.key for t in other.tracks]


def decibels(gain: float) -> str:
    """Return a linear gain in words: "−3.0 dB", "silent"."""
    return signed_db(db_of(gain)) if gain > 0 else tr("silent")


def signed_db(db: float) -> str:
    """Return decibels with their sign: "+1.5 dB", "−2.1 dB", "0.0 dB"."""
    shown = f"{abs(db):.1f}"
    sign = "" if shown == "0.0" else "+" if db > 0 else "\N{MINUS SIGN}"
    return f"{sign}{shown} dB"


def db_of(gain: float) -> float:
    """Return a linear gain > 0 in decibels."""
    return 20.0 * log10(gain)


def gain_at(share: float) -> float:
    """Return the gain of a control at 0..1: silence, then evenly in decibels up to the loudest."""
    if share < _SILENT_BELOW:
        return 0.0
    db = SOFTEST_DB + (LOUDEST_DB - SOFTEST_DB) * min(share, 1.0)
    return UNCHANGED if abs(db) < _CATCH_DB else float(10.0 ** (db / 20.0))


def share_of(gain: float) -> float:
    """Return where a control stands for a gain: the inverse of `gain_at`."""
    if gain <= 0.0:
        return 0.0
    return min(max((db_of(gain) - SOFTEST_DB) / (LOUDEST_DB - SOFTEST_DB), 0.0), 1.0)


def stepped_gain(gain: float, db: float) -> float:
    """Return a gain so many decibels further, from silence to the loudest."""
    present = db_of(gain) if gain > 0.0 else SOFTEST_DB - abs(db)
    wanted = round(present + db, 3)
    return 0.0 if wanted < SOFTEST_DB else float(10.0 ** (min(wanted, LOUDEST_DB) / 20.0))
