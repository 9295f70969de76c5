"""How long every note may last among the others of its song, worked out once per song and selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, IntArray, Notes, PerSong, Song, Track
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.performance.boundaries import NEVER, bounded_ends, ends_under_switches
from duv_studio.engine.performance.lines import (
    Manner,
    in_line,
    is_led_by_switches,
    kept_relations,
    longest_beside_steps,
    manner_of,
    shortest_held,
)

_REMEMBERED = 4  # selections of key-switches per song
# Where a note was written to last until another begins, no longer silence opens, at whatever intensity.
_HOLE_S, _HOLE_SHARE = 0.25, 0.5

NOTHING_ASKED: Mapping[int, float] = MappingProxyType({})

_Range = tuple[FloatArray, FloatArray]  # shortest and longest duration


@dataclass(frozen=True)
class DurationRange:
    """Shortest and longest durations of one track's n notes in ticks, (n,) each; every range holds the written one."""

    shortest: IntArray
    longest: IntArray

    def holding(self, duration: IntArray) -> IntArray:
        """Durations (n,) within the range."""
        return np.clip(duration, self.shortest, self.longest)


@dataclass(frozen=True)
class _Ranges:
    """A track's range whatever is asked for, and where no other articulation is: lines and pads stay what they are."""

    always: DurationRange
    unasked: DurationRange

    def where(self, asked: float) -> DurationRange:
        """The range where staccato (below 0) or legato (above 0) is asked for, or neither."""
        shortest = self.always.shortest if asked < 0 else self.unasked.shortest
        longest = self.always.longest if asked > 0 else self.unasked.longest
        return DurationRange(shortest, longest)


def duration_ranges(
    song: Song, switches: Sequence[NDArray[np.bool_]] = (), asked: Mapping[int, float] = NOTHING_ASKED
) -> tuple[DurationRange, ...]:
    """Return the range of every track; the work is remembered with the song.

    Args:
        song: with the families that are chosen.
        switches: of every track, which of its notes, (n,), are key-switches; without any all notes are heard.
        asked: by track, the articulation that is asked for, -2 staccato .. 2 legato.
    """
    song = in_felt_beats(song)
    switches = switches or [np.zeros(len(track.notes), bool) for track in song.tracks]
    key = tuple(mask.tobytes() if mask.any() else b"" for mask in switches)
    made = _made_of(song)
    known = made.get(key)
    if known is None:
        if len(made) >= _REMEMBERED:
            made.pop(next(iter(list(made))), None)  # a copy: another thread may add one meanwhile
        known = made.setdefault(key, tuple(_ranges_of(song, track, switches) for track in song.tracks))
    return tuple(own.where(asked.get(track.index, 0.0)) for track, own in zip(song.tracks, known, strict=True))


_made_of: PerSong[dict[tuple[bytes, ...], tuple[_Ranges, ...]]] = PerSong(lambda song: {})


def _ranges_of(song: Song, track: Track, switches: Sequence[NDArray[np.bool_]]) -> _Ranges:
    beside = [other for other in song.tracks if _share_channel(song, track, other)]
    silent = [other.notes.only(np.flatnonzero(switches[other.index])) for other in beside]
    starts = np.unique(np.concatenate([other.notes.onset[~switches[other.index]] for other in beside]))
    heard = ~switches[track.index]
    at = np.flatnonzero(heard)
    line = replace(track, notes=track.notes.only(at))
    led = is_led_by_switches(song, line)
    always = _tighter(_by_boundaries(song, track, silent), at, _where(led, kept_relations(song, line, starts)))
    unasked = _tighter(always, at, _by_texture(song, line))
    return _Ranges(_in_ticks(always, track.notes.duration), _in_ticks(unasked, track.notes.duration))


def _share_channel(song: Song, one: Track, other: Track) -> bool:
    """Whether two tracks play on one channel; the sequences of a type 2 file never do."""
    apart = song.source.format == 2 and one.chunk != other.chunk
    return not apart and one.port == other.port and bool(set(one.channels) & set(other.channels))


def _by_boundaries(song: Song, track: Track, switches: Sequence[Notes]) -> _Range:
    lowest, highest = bounded_ends(song, track)
    for own in switches:
        highest = np.minimum(highest, ends_under_switches(track.notes, own))
    return (lowest - track.notes.onset).astype(np.float64), (highest - track.notes.onset).astype(np.float64)


def _by_texture(song: Song, track: Track) -> _Range:
    """What keeps the notes of a track, all of which are heard, in the line or the pad that they were written as."""
    manner = manner_of(song, track)
    if manner is Manner.FREE:
        return np.zeros(len(track.notes)), np.full(len(track.notes), np.inf)
    kept = kept_relations(song, track, np.unique(track.notes.onset))
    shortest, longest = _where(in_line(song, track), kept)
    if manner is Manner.DRY:
        longest = np.minimum(longest, longest_beside_steps(song, track))
    return np.maximum(shortest, shortest_held(song, track, _HOLE_S, _HOLE_SHARE)), longest


def _where(mask: NDArray[np.bool_], within: _Range) -> _Range:
    """The range where the mask (n,) holds, and any duration elsewhere."""
    return np.where(mask, within[0], 0), np.where(mask, within[1], np.inf)


def _tighter(known: _Range, at: IntArray, within: _Range) -> _Range:
    """The range (n,) with the notes `at` (m,) held within another (m,), too."""
    shortest, longest = known[0].copy(), known[1].copy()
    shortest[at] = np.maximum(shortest[at], within[0])
    longest[at] = np.minimum(longest[at], within[1])
    return shortest, longest


def _in_ticks(found: _Range, written: IntArray) -> DurationRange:
    """The range in whole ticks, with the written durations in it."""
    shortest, longest = np.ceil(found[0]), np.floor(np.minimum(found[1], NEVER))
    return DurationRange(np.minimum(shortest.astype(np.int64), written), np.maximum(longest.astype(np.int64), written))
