"""How far every note of a song may change, worked out once per song: what the blend looks up at each slider move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray, Notes, PerSong, Song, Track
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.performance.boundaries import NEVER
from duv_studio.engine.performance.correlated_noise import uniforms

_SHORTEST_S = 0.030
_SHORTEST_QUARTERS = 1 / 16  # a 64th note
_LONGEST_BARS = 4
_LONGEST_FACTOR = 2
_KNEE_LOW, _KNEE_HIGH = 8.0, 118.0  # MIDI velocity; changes that lead beyond are bent


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
    return _remembered(in_felt_beats(song))


def _work_out(song: Song) -> tuple[TrackLimits, ...]:
    in_channel = zip(song.tracks, _next_in_channel(song), _overlapping_in_chunk(song), strict=True)
    return tuple(_limits(song, track, following, overlapped) for track, following, overlapped in in_channel)


_remembered = PerSong(_work_out)


def _limits(song: Song, track: Track, next_in_channel: IntArray, overlapped: NDArray[np.bool_]) -> TrackLimits:
    notes = track.notes
    shortest, longest = _duration_range(song, notes, next_in_channel, overlapped)
    velocity = notes.velocity.astype(np.float64)
    # Fixed per note and the same for every user seed, so that nothing flickers while a slider moves. Kept off 0 and 1:
    # an unchanged velocity must come back exactly.
    round_up = 0.001 + 0.998 * uniforms(f"rounding/{track.index}", (len(notes),))
    return TrackLimits(shortest, longest, np.minimum(velocity, _KNEE_LOW), np.maximum(velocity, _KNEE_HIGH), round_up)


def _duration_range(
    song: Song, notes: Notes, next_in_channel: IntArray, overlapped: NDArray[np.bool_]
) -> tuple[IntArray, IntArray]:
    duration = notes.duration
    floor = np.maximum(_SHORTEST_S * song.tempo.bpm_at(notes.onset) / 60, _SHORTEST_QUARTERS) * song.ppq
    bars = _LONGEST_BARS * song.meter.position(notes.onset).length * song.ppq
    ceiling = np.minimum(_LONGEST_FACTOR * duration, np.maximum(bars, duration)).astype(np.int64)
    ceiling = np.minimum(ceiling, room_before_next(notes, next_in_channel))
    if notes.channel is not None:
        ceiling = np.minimum(ceiling, _room_on_channel(notes.channel, notes))
    ceiling = np.minimum(ceiling, np.minimum(longest_into_rest(notes, song.ppq), NEVER).astype(np.int64))
    fixed = (duration <= 0) | (notes.off_event < 0) | overlapped
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
    return _sharing_time(notes.voice, notes.onset, notes.end)


def _sharing_time(voice: IntArray, onset: IntArray, end: IntArray) -> NDArray[np.bool_]:
    """Which notes, in any order, share time with another of their voice, (n,)."""
    order = np.lexsort((onset, voice))
    same = np.diff(voice[order]) == 0
    # Each voice is lifted above all ticks of the one before, so that one running maximum serves all of them.
    lift = np.append(0, np.cumsum(~same))[: len(order)] * (end.max(initial=0) + 1)
    begin, latest_end = onset[order] + lift, np.maximum.accumulate(end[order] + lift)
    shares = np.zeros(len(order), bool)
    shares[1:] = latest_end[:-1] > begin[1:]
    shares[:-1] |= same & (end[order][:-1] > onset[order][1:])
    result = np.empty(len(order), bool)
    result[order] = shares
    return result


def _overlapping_in_chunk(song: Song) -> list[NDArray[np.bool_]]:
    """For each track, which notes (n,) share time with another of their voice in their chunk, on whichever track."""
    result = [overlapping(track.notes) for track in song.tracks]
    parts = [track for track in song.tracks if track.part]
    for chunk, port, channel in {(track.chunk, track.port, track.channel) for track in parts}:
        own = [t for t in song.tracks if (t.chunk, t.port, t.channel) == (chunk, port, channel)]
        voice, onset, end = (
            np.concatenate(arrays) for arrays in zip(*((t.voice, t.notes.onset, t.notes.end) for t in own), strict=True)
        )
        bounds = np.cumsum([len(track.notes) for track in own])[:-1]
        for track, shared in zip(own, np.split(_sharing_time(voice, onset, end), bounds), strict=True):
            result[track.index] = shared
    return result


def _room_on_channel(channel: IntArray, notes: Notes) -> IntArray:
    """Longest durations (n,) that keep notes clear of the next on their own channel of several, whatever its pitch.

    A string has one pitch at a time, and what bends the next note of an MPE controller would bend the tail before it.
    """
    lift = int(notes.onset.max(initial=0)) + 1
    key = channel * lift + notes.onset
    following = _next_key(key, np.unique(key), lift)
    return following - notes.onset - (notes.end < following)


def _next_of_pitch(notes: Notes) -> IntArray:
    """Onset of the next note of the same pitch, in ticks (n,), beyond all ticks where there is none."""
    order = np.argsort(notes.voice, kind="stable")
    same = np.diff(notes.voice[order]) == 0
    following = np.full(len(order), NEVER)
    following[order[:-1][same]] = notes.onset[order[1:][same]]
    return following


def _next_in_channel(song: Song) -> list[IntArray]:
    """For each track, the tick (n,) at which its channel next strikes each note's pitch after the note's own onset.

    Two tracks often share a channel, as the hands of a pianist do, and so the keys: a note-off of one hand would cut
    the other's note. The sequences of a type 2 file are not played together.
    """
    if song.source.format == 2 or not song.tracks:
        return [np.full(len(track.notes), NEVER) for track in song.tracks]
    # Numbered from 0, so that a pitch of any port and channel can be lifted above all ticks of the others.
    numbers = np.unique(np.concatenate([track.voice for track in song.tracks]), return_inverse=True)[1]
    bounds = np.cumsum([len(track.notes) for track in song.tracks])[:-1]
    lift = song.end_tick + 1
    keys = [
        number * lift + track.notes.onset for track, number in zip(song.tracks, np.split(numbers, bounds), strict=True)
    ]
    struck = np.unique(np.concatenate(keys))
    return [_next_key(key, struck, lift) for key in keys]


def _next_key(key: IntArray, struck: IntArray, lift: int) -> IntArray:
    place = np.searchsorted(struck, key, side="right")
    following = np.append(struck, NEVER)[place]
    return np.where(following // lift == key // lift, following % lift, NEVER)
