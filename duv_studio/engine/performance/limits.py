"""How far every note of a song may change, worked out once per song: what the blend looks up at each slider move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray, Notes, PerSong, Song, Track
from duv_studio.engine.performance.correlated_noise import uniforms

_SHORTEST_S = 0.030
_SHORTEST_QUARTERS = 1 / 16  # a 64th note
_LONGEST_BARS = 4
_LONGEST_FACTOR = 2
_KNEE_LOW, _KNEE_HIGH = 8.0, 118.0  # MIDI velocity; changes that lead beyond are bent
_NEVER = np.int64(2**60)  # a tick that no file reaches


@dataclass(frozen=True)
class TrackLimits:
    """Limits of one track's n notes; every array is (n,) and every range holds what the file says."""

    shortest: IntArray  # ticks
    longest: IntArray  # ticks, equal to `shortest` for notes whose duration stays
    knee_low: FloatArray  # velocity under which a softer note is bent, at most its own
    knee_high: FloatArray  # velocity over which a louder note is bent, at least its own
    round_up: FloatArray  # a velocity v becomes floor(v + round_up): rounding that keeps slight shades on average


def limits_of(song: Song) -> tuple[TrackLimits, ...]:
    """Return the limits of every track, remembered as long as the song lives."""
    return _remembered(song)


def _work_out(song: Song) -> tuple[TrackLimits, ...]:
    in_channel = zip(song.tracks, _next_in_channel(song), strict=True)
    return tuple(_limits(song, track, following) for track, following in in_channel)


_remembered = PerSong(_work_out)


def _limits(song: Song, track: Track, next_in_channel: IntArray) -> TrackLimits:
    notes = track.notes
    shortest, longest = _duration_range(song, notes, next_in_channel)
    velocity = notes.velocity.astype(np.float64)
    # Fixed per note and the same for every user seed, so that nothing flickers while a slider moves. Kept off 0 and 1:
    # an unchanged velocity must come back exactly.
    round_up = 0.001 + 0.998 * uniforms(f"rounding/{track.index}", (len(notes),))
    return TrackLimits(shortest, longest, np.minimum(velocity, _KNEE_LOW), np.maximum(velocity, _KNEE_HIGH), round_up)


def _duration_range(song: Song, notes: Notes, next_in_channel: IntArray) -> tuple[IntArray, IntArray]:
    duration = notes.duration
    floor = np.maximum(_SHORTEST_S * song.tempo.bpm_at(notes.onset) / 60, _SHORTEST_QUARTERS) * song.ppq
    bars = _LONGEST_BARS * song.meter.position(notes.onset).length * song.ppq
    ceiling = np.minimum(_LONGEST_FACTOR * duration, np.maximum(bars, duration)).astype(np.int64)
    ceiling = np.minimum(ceiling, room_before_next(notes, next_in_channel))
    ceiling = np.minimum(ceiling, np.minimum(longest_into_rest(notes, song.ppq), _NEVER).astype(np.int64))
    fixed = (duration <= 0) | (notes.off_event < 0) | overlapping(notes)
    shortest = np.where(fixed, duration, np.minimum(np.ceil(floor).astype(np.int64), duration))
    return shortest, np.where(fixed, duration, np.maximum(ceiling, duration))


def room_before_next(notes: Notes, next_in_channel: IntArray | None = None) -> IntArray:
    """Return the longest duration of each note, in ticks (n,), that keeps it clear of the next of its pitch.

    `next_in_channel` (n,) are ticks at which any track of the channel strikes it. One tick is left between them unless
    they touched before. Notes that nothing follows have room without end.
    """
    following = _next_of_pitch(notes)
    if next_in_channel is not None:
        following = np.minimum(following, next_in_channel)
    return following - notes.onset - (notes.end < following)


def longest_into_rest(notes: Notes, ppq: int) -> FloatArray:
    """Return durations in ticks (n,) that leave the second half of a rest of a beat or more; infinite without one."""
    following = np.append(notes.onset, np.inf)[np.searchsorted(notes.onset, notes.end)]
    rest = following - notes.end
    return np.where((rest >= ppq) & np.isfinite(rest), notes.duration + rest / 2, np.inf)


def overlapping(notes: Notes) -> NDArray[np.bool_]:
    """Return which notes share time with another of their pitch, (n,).

    Their durations stay: a note-off ends the oldest note of its pitch, so moving one could end another's note.
    """
    order = np.argsort(notes.pitch, kind="stable")
    # Each pitch is lifted above all ticks of the one before, so that one running maximum serves all of them.
    lift = notes.pitch[order] * (notes.end.max(initial=0) + 1)
    latest_end = np.maximum.accumulate(notes.end[order] + lift)
    under_earlier = np.zeros(len(order), bool)
    under_earlier[1:] = latest_end[:-1] > notes.onset[order][1:] + lift[1:]
    result = notes.end > _next_of_pitch(notes)
    result[order] |= under_earlier
    return result


def _next_of_pitch(notes: Notes) -> IntArray:
    """Onset of the next note of the same pitch, in ticks (n,), beyond all ticks where there is none."""
    order = np.argsort(notes.pitch, kind="stable")
    same = np.diff(notes.pitch[order]) == 0
    following = np.full(len(order), _NEVER)
    following[order[:-1][same]] = notes.onset[order[1:][same]]
    return following


def _next_in_channel(song: Song) -> list[IntArray]:
    """For each track, the tick (n,) at which its channel next strikes each note's pitch after the note's own onset.

    Two tracks often share a channel, as the hands of a pianist do, and so the keys: a note-off of one hand would cut
    the other's note. The sequences of a type 2 file are not played together.
    """
    if song.source.format == 2:
        return [np.full(len(track.notes), _NEVER) for track in song.tracks]
    lift = song.end_tick + 1
    keys = [track.notes.pitch * lift + track.notes.onset for track in song.tracks]
    voices = [(track.port, track.channel) for track in song.tracks]
    struck = {
        v: np.unique(np.concatenate([k for k, w in zip(keys, voices, strict=True) if w == v])) for v in set(voices)
    }
    return [_next_key(key, struck[voice], lift) for key, voice in zip(keys, voices, strict=True)]


def _next_key(key: IntArray, struck: IntArray, lift: int) -> IntArray:
    place = np.searchsorted(struck, key, side="right")
    following = np.append(struck, _NEVER)[place]
    return np.where(following // lift == key // lift, following % lift, _NEVER)
