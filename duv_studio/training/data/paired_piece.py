"""One file to evaluate on: what was sequenced, and how a human played the very same notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.features.note_features import free_timing
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track, TrackPerformance

MIN_LENGTH = 1e-3  # seconds; a deadpan note is never taken for shorter
MIN_PLAYED = 5e-3  # seconds; a played note is never taken for shorter


@dataclass(frozen=True)
class Played:
    """How n notes are played: `velocity` (n,) in MIDI units, `log_ratio` (n,) = ln(length / deadpan length).

    The log ratio is nan where the length is unknown or means nothing, as on drums; the velocity where a note was not
    played at all.
    """

    velocity: FloatArray
    log_ratio: FloatArray

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which notes were played, (n,)."""
        return np.isfinite(self.velocity)

    def __getitem__(self, rows: NDArray[np.bool_] | IntArray) -> Played:
        return Played(self.velocity[rows], self.log_ratio[rows])


@dataclass(frozen=True)
class PieceTrack:
    """The n notes of one deadpan track that a human's performance is known of, by onset, then pitch."""

    song: Song  # the deadpan file
    index: int  # place in song.tracks
    notes: IntArray  # (n,) indices into Track.notes
    drums: bool
    pitch: IntArray  # (n,)
    velocity: FloatArray  # (n,) what the deadpan file holds
    onset: FloatArray  # (n,) quarters from the start of the file
    duration: FloatArray  # (n,) notated, quarters
    start: FloatArray  # (n,) seconds
    length: FloatArray  # (n,) notated, seconds
    beat: FloatArray  # (n,) place in the bar, quarters
    bar_length: FloatArray  # (n,) quarters
    human: Played  # lengths until the key was released
    sounding: FloatArray  # (n,) ln(length until the sound ended, pedal included / deadpan length), nan where unknown
    free: bool = False  # the onsets keep to no grid: places in the bar mean nothing
    others: tuple[Played, ...] = ()  # the same notes by other players, their velocities at this player's level

    def __len__(self) -> int:
        return len(self.notes)

    def take(self, keep: NDArray[np.bool_]) -> PieceTrack:
        """The same track with only some of its notes."""
        if keep.all():
            return self
        cut: dict[str, Any] = {k: v[keep] for k, v in self.__dict__.items() if isinstance(v, np.ndarray | Played)}
        return replace(self, **cut, others=tuple(other[keep] for other in self.others))

    def read(self, performance: TrackPerformance) -> Played:
        """The performance of these notes, its lengths measured in seconds on the file's tempo map."""
        track = self.song.tracks[self.index]
        end = track.notes.onset + performance.duration
        seconds = self.song.tempo.seconds(end[self.notes]) - self.start
        return Played(performance.velocity[self.notes].astype(np.float64), self.log_ratio(seconds))

    def log_ratio(self, seconds: FloatArray) -> FloatArray:
        """ln of lengths (n,) in seconds over the deadpan lengths; all nan on drums."""
        if self.drums:
            return np.full(len(self), np.nan)
        return np.log(np.maximum(seconds, MIN_PLAYED) / np.maximum(self.length, MIN_LENGTH))

    def played_by(self, velocity: FloatArray, seconds: FloatArray, sounding: FloatArray | None = None) -> PieceTrack:
        """This track with a human's velocities and lengths in seconds, all (n,); nan for an unknown length."""
        human = Played(velocity.astype(np.float64), self.log_ratio(seconds))
        return replace(self, human=human, sounding=self.sounding if sounding is None else self.log_ratio(sounding))


@dataclass(frozen=True)
class Piece:
    """A file's tracks, the unit over which results are averaged and resampled."""

    name: str
    family: Family
    tracks: tuple[PieceTrack, ...]
    judges: bool = True  # no model was calibrated on it: it may say whether one is calibrated well
    player: str = ""  # who played it, where that is known

    @property
    def note_count(self) -> int:
        return sum(len(track) for track in self.tracks)


def piece_track(song: Song, track: Track, notes: IntArray | Sequence[int]) -> PieceTrack:
    """The given notes of a deadpan track, put in order of onset, then pitch; `human` is the deadpan itself.

    `order_of` gives the same order for arrays that run beside `notes`.
    """
    chosen = np.asarray(notes, dtype=np.int64)
    chosen = chosen[order_of(track, chosen)]
    onset, end = track.notes.onset[chosen], track.notes.end[chosen]
    place, start = song.meter.position(onset), song.tempo.seconds(onset)
    velocity = track.notes.velocity[chosen].astype(np.float64)
    return PieceTrack(
        song=song,
        index=track.index,
        notes=chosen,
        drums=track.family is Family.DRUMS,
        pitch=track.notes.pitch[chosen],
        velocity=velocity,
        onset=onset / song.ppq,
        duration=(end - onset) / song.ppq,
        start=start,
        length=song.tempo.seconds(end) - start,
        beat=place.beat,
        bar_length=place.length,
        human=Played(velocity, np.zeros(len(chosen))),
        sounding=np.full(len(chosen), np.nan),
        free=free_timing(track.notes.onset / song.ppq),
    )


def order_of(track: Track, notes: IntArray) -> IntArray:
    """The order of notes (indices into Track.notes) by onset, then pitch."""
    return np.lexsort((track.notes.pitch[notes], track.notes.onset[notes]))
