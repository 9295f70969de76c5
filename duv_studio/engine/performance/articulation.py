"""What a change of duration must respect: chords end together, lines keep their articulation, rests remain."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.music.chords import chords_of
from duv_studio.engine.performance.limits import longest_into_rest

_CHORD_SPREAD = np.log2(1.12)  # longest to shortest tail of a chord whose notes were written equally long
_LEGATO, _STAYS_LEGATO = 0.90, 0.75  # of the time to the next onset
_STACCATO, _STAYS_STACCATO = 0.45, 0.60
_GAP_S = 0.35  # the longest rest that may open where a note was written to last until another begins
_TOUCH_QUARTERS = 1 / 16  # between such a note's end and the onset that it lasts until
_OVERLAP_S = 0.030  # a line's note may reach this far into the next
_LINE_SHARE = 0.95  # of the notes end before the next onset in a track that is one line, of notes or of chords
_SHORTEST_SHARE = 0.5  # of what is written: the far tail of a distribution would cut a held note to a click
_ASKED_SHARE = 0.25  # likewise, where staccato is asked for
# Players release a chord's keys at different times, and a pianist's touch depends on the pedal: the predicted
# distribution knows better than a rule. Struck drums have no tail to agree on.
_NO_LINES = (Family.PIANO, Family.DRUMS, Family.PERCUSSION)


def shape_durations(song: Song, track: Track, log_ratio: FloatArray, asked: float = 0.0) -> FloatArray:
    """Return log2 duration ratios (n,) that are as close as possible to those given and musically sound.

    Every limit admits the written duration, and limits are intervals: a blend with what was written keeps them too.
    A line's notes change their articulation only beyond full intensity, or where the user asked for another:
    `asked` is below 0 for staccato and above for legato.
    """
    if track.family not in _NO_LINES:
        log_ratio = even_chord_tails(song, track, log_ratio)
    longest = longest_into_rest(track.notes, song.ppq)
    shortest = np.zeros(len(longest))
    if track.family not in _NO_LINES:
        shortest, line_longest = _line_limits(song, track, asked)
        longest = np.minimum(longest, line_longest)
        least = _ASKED_SHARE if asked < 0 else _SHORTEST_SHARE
        shortest = np.maximum(shortest, least * track.notes.duration)
        if asked >= 0:
            shortest = np.maximum(shortest, _held(song, track))
    duration = np.maximum(track.notes.duration, 1)
    with np.errstate(divide="ignore"):
        lowest, highest = np.log2(shortest / duration), np.log2(longest / duration)
    return np.clip(log_ratio, np.minimum(lowest, 0), np.maximum(highest, 0))


def even_chord_tails(song: Song, track: Track, log_ratio: FloatArray) -> FloatArray:
    """Draw the ratios of equally long notes of a chord together until they differ by no more than the spread."""
    notes = track.notes
    chord = chords_of(song, track)
    # The strings of a stroke begin one after the other and are damped together.
    first = np.flatnonzero(np.diff(chord, prepend=-1))
    together = (np.minimum.reduceat(notes.end, first) == np.maximum.reduceat(notes.end, first))[chord]
    length = np.where(together, 0, notes.duration)
    alike = chord * (notes.duration.max() + 1) + length
    _, group, size = np.unique(alike, return_inverse=True, return_counts=True)
    mean = (np.bincount(group, log_ratio) / size)[group]
    high, low = np.full(len(size), -np.inf), np.full(len(size), np.inf)
    np.maximum.at(high, group, log_ratio)
    np.minimum.at(low, group, log_ratio)
    scale = _CHORD_SPREAD / np.maximum(high - low, _CHORD_SPREAD)
    return np.asarray(mean + (log_ratio - mean) * scale[group])


def _held(song: Song, track: Track) -> FloatArray:
    """Shortest durations in ticks of notes that were written to last until another begins, 0 for the others.

    A pad whose chords are cut short leaves a hole however long it is; players let go a moment before the next.
    """
    notes = track.notes
    starts = np.unique(notes.onset)
    near = _TOUCH_QUARTERS * song.ppq
    after = starts[np.minimum(np.searchsorted(starts, notes.end - near), len(starts) - 1)]
    touches = (np.abs(after - notes.end) <= near) & (after > notes.onset)
    gap = _ticks(song, _GAP_S, notes.end)
    return np.where(touches, notes.duration - np.minimum(gap, (1 - _STAYS_LEGATO) * notes.duration), 0)


def _line_limits(song: Song, track: Track, asked: float) -> tuple[FloatArray, FloatArray]:
    """Shortest and longest durations in ticks that keep a line's articulation, 0 and infinite in other textures.

    Notes that reach into the next are slurred on purpose, and many samplers change their sound for it: they stay so.
    At full length, the bound is looser than the class: sequencers write notes like that by default, and of players
    of such notes a fifth (bass) to three quarters (violin) leave more than a tenth of the time to the next.
    """
    notes = track.notes
    chord = chords_of(song, track)
    starts = notes.onset[np.flatnonzero(np.diff(chord, prepend=-1))]
    ioi = np.append(starts[1:], np.inf)[chord] - notes.onset
    gate = notes.duration / ioi
    overlap = _ticks(song, _OVERLAP_S, notes.onset)
    if (notes.duration <= ioi + overlap).mean() < _LINE_SHARE:
        return np.zeros(len(notes)), np.full(len(notes), np.inf)
    legato = (gate >= _LEGATO) & np.isfinite(ioi) & (asked >= 0)
    stays = np.where(gate > 1, 1.0, _STAYS_LEGATO)
    shortest = np.where(legato, stays * np.where(legato, ioi, 0), 0)
    staccato = (gate < _STACCATO) & (asked <= 0)
    return shortest, np.where(staccato, _STAYS_STACCATO * ioi, ioi + overlap)


def _ticks(song: Song, seconds: float, at: IntArray) -> FloatArray:
    """How many ticks (n,) a time lasts at the tempo of the ticks `at` (n,)."""
    return np.asarray(seconds * song.tempo.bpm_at(at) / 60 * song.ppq)
