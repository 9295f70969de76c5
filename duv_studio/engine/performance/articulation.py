"""What a change of duration must respect: chords end together, lines keep their articulation, rests remain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import FloatArray, Song, Track
from duv_studio.engine.music.chords import chords_of, first_of_chords
from duv_studio.engine.music.felt_beat import in_felt_beats
from duv_studio.engine.performance.limits import longest_into_rest
from duv_studio.engine.performance.lines import (
    Manner,
    in_line,
    kept_relations,
    longest_beside_steps,
    manner_of,
    shortest_held,
    ticks_of,
)
from duv_studio.engine.performance.note_sequences import drawn_together

_CHORD_SPREAD = np.log2(1.12)  # longest to shortest tail of a chord whose notes were written equally long
_LEGATO = 0.90  # of the time to the next onset
_STAYS_LEGATO = {Manner.SINGING: 0.75, Manner.DRY: 0.60}
_STACCATO, _STAYS_STACCATO = 0.45, 0.60
_HOLE_S, _HOLE_SHARE = 0.20, 0.25  # the longest silence before the onset that a note was written to last until
_OVERLAP_S = 0.030  # a line's note may reach this far into the next where legato is asked for
_SHORTEST_SHARE = 0.5  # of what is written: the far tail of a distribution would cut a held note to a click
_ASKED_SHARE = 0.25  # likewise, where staccato is asked for
# From one note of a line to the next that is written alike, in octaves of their length: nine in ten of players' steps
# are smaller (POP909 0.42, Bach's violin solos 0.60, basses 0.13).
_STEP_OCTAVES = 0.40
_ALIKE_OCTAVES = 0.20
_FAR = 100.0  # steps between notes that need not be alike


def shape_durations(song: Song, track: Track, log_ratio: FloatArray, asked: float = 0.0) -> FloatArray:
    """Return log2 duration ratios (n,) that are as close as possible to those given and musically sound.

    Every limit admits the written duration, and limits are intervals: a blend with what was written keeps them too.
    A line's notes change their articulation only beyond full intensity, or where the user asked for another:
    `asked` is below 0 for staccato and above for legato.
    """
    song = in_felt_beats(song)
    notes, manner = track.notes, manner_of(song, track)
    longest = longest_into_rest(notes, song.ppq)
    shortest = np.zeros(len(longest))
    # A pianist's touch depends on the pedal, and struck drums have no tails to agree on: there the predicted
    # distribution knows better than a rule.
    if manner is not Manner.FREE:
        line = in_line(song, track)
        if manner is Manner.SINGING:
            log_ratio = even_chord_tails(song, track, log_ratio)
        log_ratio = _even_steps(song, track, line, log_ratio)
        shortest, of_line = _texture_limits(song, track, line, manner, asked)
        longest = np.minimum(longest, of_line)
    duration = np.maximum(notes.duration, 1)
    with np.errstate(divide="ignore"):
        lowest, highest = np.log2(shortest / duration), np.log2(longest / duration)
    return np.clip(log_ratio, np.minimum(lowest, 0), np.maximum(highest, 0))


def even_chord_tails(song: Song, track: Track, log_ratio: FloatArray) -> FloatArray:
    """Draw the ratios of equally long notes of a chord together until they differ by no more than the spread."""
    notes = track.notes
    chord = chords_of(song, track)
    # The strings of a stroke begin one after the other and are damped together.
    first = first_of_chords(chord)
    together = (np.minimum.reduceat(notes.end, first) == np.maximum.reduceat(notes.end, first))[chord]
    length = np.where(together, 0, notes.duration)
    alike = chord * (notes.duration.max() + 1) + length
    group = np.unique(alike, return_inverse=True)[1].reshape(-1)
    return drawn_together(log_ratio, group, _CHORD_SPREAD)


def _even_steps(song: Song, track: Track, line: NDArray[np.bool_], log_ratio: FloatArray) -> FloatArray:
    """Draw the ratios of a line's neighbours that were written alike together until they differ by no more than a step.

    Half way between the lowest curve of such steps that lies above all ratios and the highest that lies below: both
    are no steeper than the step, and so is their mean; ratios that are even already stay.
    """
    notes, chord = track.notes, chords_of(song, track)
    size = np.bincount(chord)
    ratio, written = (np.bincount(chord, of) / size for of in (log_ratio, np.log2(np.maximum(notes.duration, 1))))
    first = first_of_chords(chord)
    gate = written - np.log2(np.append(np.diff(notes.onset[first]), 1))
    alike = (np.abs(np.diff(gate)) < _ALIKE_OCTAVES) | (np.abs(np.diff(written)) < _ALIKE_OCTAVES)
    whole = np.bincount(chord, line) == size
    alike &= whole[:-1] & whole[1:]
    at = _STEP_OCTAVES * np.append(0.0, np.cumsum(np.where(alike, 1.0, _FAR)))
    below = np.minimum(np.minimum.accumulate(ratio - at) + at, np.minimum.accumulate((ratio + at)[::-1])[::-1] - at)
    above = np.maximum(np.maximum.accumulate(ratio + at) - at, np.maximum.accumulate((ratio - at)[::-1])[::-1] + at)
    return np.asarray(log_ratio + ((below + above) / 2 - ratio)[chord])


def _texture_limits(
    song: Song, track: Track, line: NDArray[np.bool_], manner: Manner, asked: float
) -> tuple[FloatArray, FloatArray]:
    """Shortest and longest durations in ticks that keep lines and pads what they are.

    Notes that reach into the next are slurred on purpose, and many samplers change their sound for it: they stay so.
    A gap keeps half of itself, and a short note stays short.
    At full length, the bound is looser than the class: sequencers write notes like that by default, and of players
    of such notes a fifth (bass) to three quarters (violin) leave more than a tenth of the time to the next.
    """
    notes = track.notes
    shortest, longest = kept_relations(song, track, np.unique(notes.onset))
    ioi = _time_to_next(song, track)
    gate = notes.duration / ioi
    if asked > 0:
        longest = np.maximum(longest, ioi + ticks_of(song, _OVERLAP_S, notes.onset))
    else:
        detached = np.where(gate < _STACCATO, _STAYS_STACCATO, (1 + gate) / 2) * ioi
        longest = np.where(gate < 1, np.minimum(longest, detached), longest)
    legato = (gate >= _LEGATO) & np.isfinite(ioi)
    shortest = np.where(legato, np.maximum(shortest, _STAYS_LEGATO[manner] * np.where(legato, ioi, 0)), shortest)
    shortest, longest = np.where(line & (asked >= 0), shortest, 0), np.where(line, longest, np.inf)
    if manner is Manner.DRY and asked <= 0:
        longest = np.minimum(longest, longest_beside_steps(song, track))
    if asked >= 0:
        share = _HOLE_SHARE if manner is Manner.SINGING else 1 - _STAYS_LEGATO[manner]
        shortest = np.maximum(shortest, shortest_held(song, track, _HOLE_S, share))
    if manner is Manner.SINGING or asked < 0:
        least = _ASKED_SHARE if asked < 0 else _SHORTEST_SHARE
        shortest = np.maximum(shortest, least * notes.duration)
    return shortest, longest


def _time_to_next(song: Song, track: Track) -> FloatArray:
    """Ticks from the onset of every note to the first note of the next chord, (n,), infinite for the last."""
    onset, chord = track.notes.onset, chords_of(song, track)
    starts = onset[first_of_chords(chord)]
    return np.append(starts[1:], np.inf)[chord] - onset
