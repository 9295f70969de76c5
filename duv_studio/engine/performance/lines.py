"""Lines: notes of which one begins about when another ends. What is detached stays so, and what is slurred, too."""

from __future__ import annotations

import re
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi import channel_messages as messages
from duv_studio.engine.midi.song import Family, FloatArray, IntArray, Song, Track
from duv_studio.engine.music.chords import chords_of, first_of_chords
from duv_studio.engine.music.piano_lengths import is_pedalled
from duv_studio.engine.performance.boundaries import end_of_track

_WINDOW = 12  # notes on either side that say what texture a note stands in
_LINE_SHARE = 0.9  # of them end before the next but one begins
_SLUR_SHARE = 0.8  # of the next note that one of a line may sound into; longer, and two voices play
_HEARD_S = 0.010  # the least that is heard, or recognised by a sampler, of an overlap or a gap
_SLUR_GROWS, _SLUR_GROWS_S = 1.25, 0.030  # an overlap stays within this factor of its size, and this much more
_SLUR_SHRINKS = 0.5
_TOUCH_QUARTERS = 1 / 16  # between the end of a note that lasts until the next and the onset of that
# Of pianists' notes that are written until another a step away begins, 98 % sound no longer than this beside it (POP909
# 81 ms, pedal included; ASAP 97 ms).
_STEPS, _BLUR_S = (-2, -1, 1, 2), 0.080

# Keyboards without a pedal: all of their phrasing is in when keys are let go.
_PLUCKED_PROGRAMS = (6, 7)  # harpsichord, clavinet
_PLUCKED_NAMES = re.compile(r"harpsi|cembal|clavecin|clavichord|spinet|virginal|clavinet", re.IGNORECASE)


class Manner(Enum):
    """How an instrument leads from note to note."""

    SINGING = "one after the other"
    DRY = "keys without a pedal"
    FREE = "no rule knows better than the model"


def manner_of(song: Song, track: Track) -> Manner:
    """Return the manner of a track: struck drums have no lines, and a pedal holds what a pianist lets go."""
    if track.family in (Family.DRUMS, Family.PERCUSSION):
        return Manner.FREE
    if track.family is not Family.PIANO:
        return Manner.SINGING
    if track.program in _PLUCKED_PROGRAMS or _PLUCKED_NAMES.search(track.name):
        return Manner.SINGING
    return Manner.FREE if is_pedalled(song, track) else Manner.DRY


def ticks_of(song: Song, seconds: float, at: IntArray) -> FloatArray:
    """Return how many ticks (n,) a time lasts at the tempo of the ticks `at` (n,)."""
    return np.asarray(seconds * song.tempo.bpm_at(at) / 60 * song.ppq)


def in_line(song: Song, track: Track) -> NDArray[np.bool_]:
    """Which notes of a track stand in a line, of single notes or of chords, (n,): it may begin and end within it."""
    notes, chord = track.notes, chords_of(song, track)
    starts = np.append(notes.onset[first_of_chords(chord)], [np.inf, np.inf])
    following, next_but_one = starts[chord + 1], starts[chord + 2]
    with np.errstate(invalid="ignore"):  # two infinite times after the last note
        into_next = np.maximum(_SLUR_SHARE * (next_but_one - following), ticks_of(song, _SLUR_GROWS_S, notes.onset))
    led = np.append(0, np.cumsum(~(notes.end - following > into_next)))
    place = np.arange(len(chord))
    low, high = np.maximum(place - _WINDOW, 0), np.minimum(place + _WINDOW + 1, len(chord))
    return np.asarray(led[high] - led[low] >= _LINE_SHARE * (high - low))


def kept_relations(song: Song, track: Track, starts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Shortest and longest durations in ticks, (n,) each, that keep how a track's notes end among all `starts`.

    `starts` are ticks, ascending, the onsets of the notes among them. A note sounds into the same of them as written. A
    gap keeps what is heard of it; an overlap stays about as large.
    """
    notes, ends = track.notes, track.notes.end
    place = np.searchsorted(starts, ends)
    following = np.append(starts, np.inf)[place]
    heard = ticks_of(song, _HEARD_S, ends)
    latest = following - np.minimum(following - ends, heard)
    last = starts[np.maximum(place - 1, 0)]
    overlap = ends - last
    chord = chords_of(song, track)
    end_of_chord = np.append(first_of_chords(chord)[1:], len(chord)) - 1  # its last note to begin
    covers, slurred = last > notes.onset, last > notes.onset[end_of_chord[chord]]
    largest = np.minimum(_SLUR_GROWS * overlap, overlap + ticks_of(song, _SLUR_GROWS_S, ends))
    latest = np.where(slurred, np.minimum(latest, last + largest), latest)
    smallest = np.minimum(overlap, np.where(slurred, np.maximum(_SLUR_SHRINKS * overlap, heard), heard))
    earliest = np.where(covers, last + smallest, notes.onset)
    return earliest - notes.onset, latest - notes.onset


def longest_beside_steps(song: Song, track: Track) -> FloatArray:
    """Longest durations in ticks, (n,), that hardly blur the next tone a step away; for keys without a pedal."""
    notes, near = track.notes, _TOUCH_QUARTERS * song.ppq
    # Each pitch is lifted above all ticks of the one before, so that one search serves all of them.
    lift = int(notes.end.max(initial=0) + near) + 1
    struck = np.sort(notes.pitch * lift + notes.onset)
    following = np.full(len(notes), np.inf)
    for step in _STEPS:
        pitch = notes.pitch + step
        found = np.searchsorted(struck, pitch * lift + np.maximum(notes.end - near, notes.onset + 1))
        key = np.append(struck, -1)[found]
        following = np.where(key // lift == pitch, np.minimum(following, key % lift), following)
    return np.maximum(following - notes.onset + ticks_of(song, _BLUR_S, notes.onset), notes.duration)


def shortest_held(song: Song, track: Track, gap_s: float, share: float) -> FloatArray:
    """Shortest durations in ticks, (n,), of notes that were written to last until another begins, 0 for the others.

    A pad whose chords are cut short leaves a hole however long it is; players let go a moment before the next: at most
    `gap_s` seconds, and `share` of the note. Where a track ends on a bar line it may be a loop, and begins again.
    """
    notes, end = track.notes, end_of_track(song, track)
    again = np.unique(end)[song.meter.is_downbeat(np.unique(end))]
    starts = np.unique(np.append(notes.onset, again))
    near = _TOUCH_QUARTERS * song.ppq
    after = starts[np.minimum(np.searchsorted(starts, notes.end - near), len(starts) - 1)]
    touches = (np.abs(after - notes.end) <= near) & (after > notes.onset)
    gap = np.minimum(ticks_of(song, gap_s, notes.end), share * notes.duration)
    return np.where(touches, notes.duration - gap, 0)


def is_led_by_switches(song: Song, track: Track) -> NDArray[np.bool_]:
    """Which notes of a track (n,) begin while its channel is mono, glides or plays legato, by its controllers."""
    sent, onset = messages.messages_of(song, track), track.notes.onset
    glides = sent.is_on(onset, messages.PORTAMENTO, messages.RESET)
    return sent.is_mono(onset) | glides | sent.is_on(onset, messages.LEGATO, messages.RESET)
