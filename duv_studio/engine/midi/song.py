"""A MIDI file as tracks of note arrays, tempo and meter. Immutable, so it may cross threads."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duv_studio.engine.midi.smf import SmfFile
    from duv_studio.engine.midi.time_maps import MeterMap, TempoMap

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
T = TypeVar("T")


class Family(StrEnum):
    """The instrument families that the model knows apart."""

    PIANO = "piano"
    GUITAR = "guitar"
    BASS = "bass"
    STRINGS = "strings"
    DRUMS = "drums"
    OTHER = "other"
    PERCUSSION = "percussion"


@dataclass(frozen=True)
class Notes:
    """The n notes of one track, sorted by onset, pitch and place in the file. Every array is (n,) int64, read-only."""

    onset: IntArray  # ticks from the start of the file
    duration: IntArray  # ticks, 0 for a note whose note-off stands at its own tick
    pitch: IntArray  # 0..127
    velocity: IntArray  # 1..127
    on_event: IntArray  # index of the note-on in its chunk's events
    off_event: IntArray  # index of the note-off in its chunk's events, -1 for a note never ended
    # Of a track on several channels or in several chunks, those of each note; None: all on the track's own.
    channel: IntArray | None = None
    chunk: IntArray | None = None

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def end(self) -> IntArray:
        """Ticks of the note-offs, (n,)."""
        return self.onset + self.duration

    @property
    def voice(self) -> IntArray:
        """What can sound beside each other in the track, (n,): the pitch, with its channel where there are several."""
        return self.pitch if self.channel is None else self.channel * 128 + self.pitch

    def only(self, which: IntArray) -> Notes:
        """The notes at the ascending indices `which` (m,)."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{name: array[which] for name, array in given.items() if array is not None})


@dataclass(frozen=True)
class Track:
    """The notes that one instrument plays on a channel (and port) of a chunk: what a musician calls a track."""

    index: int  # place in Song.tracks
    chunk: int  # which MTrk chunk of the file, from 0
    port: int  # MIDI port, 0 where the file names none
    channel: int  # 0..15; 9 is the drum channel of General MIDI
    name: str  # decoded for display and regular expressions, "" when the file has none
    program: int | None  # the first that its notes are played with, None when there is none
    family: Family
    family_reason: str  # why that family, for `inspect` and tooltips
    notes: Notes
    pedal: bool = False  # sustain-pedal messages reach this channel in its chunk
    guessed: Family | None = None  # what the file says it is, where the user says that it is something else
    part: str = ""  # tells apart the instruments that play one after the other on a channel, "" for the first
    kit: bool | None = None  # the file itself makes it a drum kit (or none); None: General MIDI's rule, channel 10
    doubt: str = ""  # what speaks against the family that was guessed, "" where nothing does
    velocity_note: str = ""  # why velocity means little here, "" where it tells how loud a note is

    @property
    def key(self) -> str:
        """Names this track within its file whatever else is selected: settings hang on it."""
        place = f"{self.chunk}:{self.port}:{self.channel}"
        return f"{place}:{self.part}" if self.part else place

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels of its notes, ascending: one, or those over which an MPE controller or a guitar spreads them."""
        return (self.channel,) if self.notes.channel is None else tuple(np.unique(self.notes.channel).tolist())

    @property
    def voice(self) -> IntArray:
        """What can sound beside each other in the file, (n,): port * 2048 + channel * 128 + pitch."""
        channel = self.channel if self.notes.channel is None else 0
        return (self.port * 16 + channel) * 128 + self.notes.voice


@dataclass(frozen=True)
class TrackPerformance:
    """How one track's n notes are played: velocity 1..127 and duration in ticks, both (n,) int64."""

    velocity: IntArray
    duration: IntArray
    # What gave way so that the velocities stay within MIDI's range: their level, in units, and their spread, a factor.
    level_shift: float = 0.0
    spread_factor: float = 1.0


Performance = tuple[TrackPerformance, ...]  # one entry per Song.tracks, in the same order


@dataclass(frozen=True)
class Song:
    """A MIDI file that was read: its tracks, its clocks, and the untouched source they came from."""

    source: SmfFile
    tracks: tuple[Track, ...]
    tempo: TempoMap
    meter: MeterMap
    end_tick: int  # last tick of any event
    path: Path | None = None
    warnings: tuple[str, ...] = field(default=())  # what was lost in reading, one sentence each
    notices: tuple[str, ...] = field(default=())  # what is odd in the file, with nothing lost; one sentence each

    @property
    def ppq(self) -> int:
        """Ticks per quarter note, as the clocks count."""
        return self.tempo.ppq

    @property
    def note_count(self) -> int:
        return sum(len(t.notes) for t in self.tracks)

    def as_written(self) -> Performance:
        """The performance that the file already holds."""
        return tuple(TrackPerformance(t.notes.velocity, t.notes.duration) for t in self.tracks)


class PerSong(Generic[T]):
    """A function of a song whose result is remembered; another thread may work it out again, to the same end."""

    def __init__(self, work_out: Callable[[Song], T]) -> None:
        self._work_out = work_out
        self._known: dict[int, tuple[weakref.ref[Song], T]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, song: Song) -> T:
        """Return the result for this very song, the same object every time."""
        known = self._known.get(id(song))
        if known is not None and known[0]() is song:
            return known[1]
        result, place = self._work_out(song), id(song)
        # A song holds arrays and so has no hash: it is remembered by its place, which is given up when it goes.
        self._known[place] = (weakref.ref(song, lambda gone: self._forget(place, gone)), result)
        return result

    def _forget(self, place: int, gone: weakref.ref[Song]) -> None:
        if place in self._known and self._known[place][0] is gone:
            del self._known[place]
