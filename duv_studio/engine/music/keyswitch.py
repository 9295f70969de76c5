"""Key-switches: notes beyond an instrument's range that choose an articulation and are not meant to sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.song import IntArray, Notes, Track
from duv_studio.engine.music.chords import chord_ids
from duv_studio.engine.music.instrument_ranges import PlayedRange, played_range
from duv_studio.engine.music.pitch_names import pitch_name

Mask = NDArray[np.bool_]

_GAP = 8  # semitones between the switches and everything played
_FAR = 12  # beyond the range and further away than an octave, a note is no music whatever its rhythm
_MOST_PITCHES = 12  # an octave of switches
_MOST_SHARE = 1 / 3  # of the track's notes
_MOST_BESIDE = 0.6  # of notes out of reach that are struck beside the line: a switch for each of its notes
_HELD_QUARTERS = 8  # two bars of 4/4: a switch that is latched, not struck
_BESIDE = 0.85  # share of the switches: a line that rests at one of them leaves it alone
_TOGETHER = 1 / 4  # quarter notes by which the switched note comes later
_RINGS_ON = 0.25  # of a note's length: a gate of 80 % is still a line without rests
_LEADS = 0.4  # of the line's usual step: closer to the next note than the line's own notes are
_ONE_LINE = 0.9  # share of the onsets that strike a single note
_DOUBLED = 1 / 2  # of the notes are octaves
_CHORD = 2  # notes beside the bass
_AS_LONG = 0.25  # of the length
_SHORT = 0.3  # quarter notes
_SAYS_SO = re.compile(r"\bks\b|\bkey ?switch|\bkeysw\b|\barticulations?\b")  # in a track's name


def find_keyswitches(track: Track, ppq: int) -> Mask:
    """Return which of the n notes are key-switches, (n,).

    They are few, lie eight semitones or more beyond everything else, and sound beside the line: with its notes, just
    before them, or held under them, never in their place. Cautious: drums have none, nor has a note that the
    instrument ordinarily plays; where a low note could be a bass, switches must be a row of neighbours, or short under
    a single line. A track that is called so and plays nothing else is all key-switches.
    """
    notes = track.notes
    none = np.zeros(len(notes), bool)
    known = played_range(track)
    if known is None or not len(notes):
        return none
    if _SAYS_SO.search(plain(track.name)) and not ((notes.pitch >= known.low) & (notes.pitch <= known.high)).any():
        return ~none  # a track of its own, beside that of the line
    low = _on_one_side(notes, notes.pitch, known, ppq)
    # Seen from above, high is low: the same search finds switches over the line.
    upside_down = PlayedRange(-known.highest, -known.high, -known.low, -known.lowest, known.is_known)
    high = _on_one_side(notes, -notes.pitch, upside_down, ppq)
    both = low | high
    return both if both.mean() <= _MOST_BESIDE else none


def describe_keyswitches(track: Track, found: Mask, *, named: bool = False) -> str:
    """Return a phrase that names the pitches found, or `named` by the user; "" when there are none."""
    pitches = np.unique(track.notes.pitch[found])
    if not len(pitches):
        return ""
    names = ", ".join(pitch_name(int(p)) for p in pitches[:4]) + (" …" if len(pitches) > 4 else "")
    return f"key-switch {names}, " + ("set by you" if named else "apart from what is played")


def _on_one_side(notes: Notes, height: IntArray, known: PlayedRange, ppq: int) -> Mask:
    """The switches under the line, (n,); `height` is the pitch, or its negative for those over it."""
    outside = height < known.lowest
    found = np.zeros(len(height), bool)
    for mask in _apart(height, known.low):
        candidate = _Candidate(notes, height, mask, ppq)
        if not candidate.is_few:
            continue
        if candidate.is_switch(beyond=float(outside[mask].mean()), known=known.is_known):
            found = mask
            break
    return found | _latched(notes, outside, ppq)


def _apart(height: IntArray, ordinary: int) -> Iterator[Mask]:
    """Notes under a gap and under the `ordinary` range, (n,) each, the most first."""
    ladder = np.unique(height)
    feet = ladder[:-1][np.diff(ladder) >= _GAP]
    for foot in feet[feet < ordinary][::-1]:
        yield height <= foot


@dataclass(frozen=True)
class _Candidate:
    """Notes of a track that may be switches, and the line that they would switch."""

    notes: Notes
    height: IntArray
    mask: Mask
    ppq: int

    @property
    def is_few(self) -> bool:
        return self.mask.mean() <= _MOST_BESIDE and len(np.unique(self.height[self.mask])) <= _MOST_PITCHES

    def is_switch(self, *, beyond: float, known: bool) -> bool:
        """Whether they are switches; `beyond`: share of them out of the instrument's reach, `known`: that is known."""
        share = self.mask.mean()
        if self._doubles() or self._is_in_chords():
            return False
        if beyond == 1 and self._distance > _FAR and share <= _MOST_SHARE:
            return True
        if not self._is_beside():
            return False
        if beyond == 1:
            return True
        if share > _MOST_SHARE or not self._strikes_one_at_a_time():
            return False
        line, row, short = self._is_one_line(), self._is_row(), self._is_short()
        if known:
            return line or (row and (short or beyond >= 1 / 2))
        return line + row + short >= (2 if self._distance > _FAR else 3)

    @property
    def _distance(self) -> int:
        return int(self.height[~self.mask].min() - self.height[self.mask].max())

    def _doubles(self) -> bool:
        """Whether they are octaves to notes of the line: a low register, and no switch.

        Most of them as long as those, or all of them and not short.
        """
        struck, length = self.notes.onset * 256 + self.height + 128, self.notes.duration
        line = np.flatnonzero(~self.mask)
        line = line[np.argsort(struck[line], kind="stable")]
        octave = alike = np.zeros(int(self.mask.sum()), bool)
        for interval in (12, 24):
            wanted = struck[self.mask] + interval
            near = line[np.minimum(np.searchsorted(struck[line], wanted), len(line) - 1)]
            found = struck[near] == wanted
            octave = octave | found
            alike = alike | (found & (np.abs(length[near] / np.maximum(length[self.mask], 1) - 1) < _AS_LONG))
        return bool(alike.mean() > _DOUBLED or (octave.all() and not self._is_short()))

    def _is_in_chords(self) -> bool:
        """Whether one pitch is always struck with two notes of the line or more, as long as it: the bass of chords."""
        notes = self.notes
        spans = notes.onset * (int(notes.duration.max()) + 1) + notes.duration
        line = np.sort(spans[~self.mask])
        alike = np.searchsorted(line, spans[self.mask], "right") - np.searchsorted(line, spans[self.mask], "left")
        return len(np.unique(self.height[self.mask])) == 1 and bool((alike >= _CHORD).all())

    def _is_beside(self) -> bool:
        """Whether nearly all of them are struck with a note of the line, just before one, or under one."""
        switch, line = self.notes.only(np.flatnonzero(self.mask)), self.notes.only(np.flatnonzero(~self.mask))
        step = min(_usual_step(self.notes.onset), self.ppq)
        place = np.searchsorted(line.onset, switch.onset - self.ppq / 16)
        following, last = np.append(line.onset, np.inf)[place], np.append(-np.inf, line.onset)[place]
        wait, since = following - switch.onset, switch.onset - last
        with_it = wait <= _TOGETHER * step
        at_once = (wait <= _LEADS * step) | ((switch.duration <= _SHORT * self.ppq) & (wait <= self.ppq))
        before_it = at_once & (wait <= since / 2) & (switch.end <= following + _TOGETHER * self.ppq)
        return bool((with_it | before_it | self._is_under(switch, line)).mean() >= _BESIDE)

    def _is_under(self, switch: Notes, line: Notes) -> Mask:
        """Which switches have a note of the line sounding through most of their length, (m,)."""
        following = np.append(line.onset, -1)[np.searchsorted(line.onset, line.end)]
        end = np.where(following - line.end <= _RINGS_ON * line.duration, np.maximum(following, line.end), line.end)
        latest = np.maximum.accumulate(end)
        before = np.searchsorted(line.onset, switch.onset, side="right") - 1
        sounds_until = np.where(before >= 0, latest[np.maximum(before, 0)], -1)
        overlap = np.minimum(sounds_until, switch.end) - switch.onset
        return np.asarray(overlap >= np.maximum(switch.duration, 1) / 2)

    def _strikes_one_at_a_time(self) -> bool:
        return _single_share(self.notes.onset[self.mask], self.ppq) >= _ONE_LINE

    def _is_one_line(self) -> bool:
        return _single_share(self.notes.onset[~self.mask], self.ppq) >= _ONE_LINE

    def _is_row(self) -> bool:
        """Whether their pitches are neighbours on the keyboard, as switches are and the roots of chords are not."""
        steps = np.diff(np.unique(self.height[self.mask]))
        return bool(len(steps) and steps.max() <= 2 and steps.min() == 1)

    def _is_short(self) -> bool:
        return bool(np.median(self.notes.duration[self.mask]) <= _SHORT * self.ppq)


def _usual_step(onset: IntArray) -> float:
    """Ticks between the onsets of a line; notes struck just before others count for little."""
    steps = np.diff(np.unique(onset))
    return float(np.percentile(steps, 75)) if len(steps) else 0.0


def _single_share(onset: IntArray, ppq: int) -> float:
    """Which share of the chords of ascending onsets (n,) are single notes."""
    return float((np.bincount(chord_ids(onset / ppq)) == 1).mean())


def _latched(notes: Notes, outside: Mask, ppq: int) -> Mask:
    """Notes beyond the range that are held for two bars, all of them and all at one velocity; they need no gap."""
    one_velocity = len(np.unique(notes.velocity[outside])) == 1
    long = notes.duration > _HELD_QUARTERS * ppq
    few = outside.mean() <= _MOST_SHARE and len(np.unique(notes.pitch[outside])) <= _MOST_PITCHES
    return outside & long if one_velocity and few and bool(long[outside].all()) else np.zeros(len(notes), bool)
