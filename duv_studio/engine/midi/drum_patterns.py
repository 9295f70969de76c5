"""Whether notes without name and program are a drum kit's: by their pitches, their lengths and what strikes together.

It is cautious: a bass riff, a left hand or a synth on one key must not become drums. What could be drums and could be
something else is only said to be possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from duv_studio.engine.midi.song import FloatArray, IntArray, Notes

_KICKS, _SNARES, _SNARES_ALONE = (35, 36), (37, 38, 39, 40), (38, 40)  # claps and rims double a kick at times
_PEDAL_HAT = 44  # played with a foot, so with the ride too
_HATS, _CYMBALS = (42, 44, 46, 22, 26), (49, 51, 52, 53, 55, 57, 59)  # 22 and 26 are the edges of electronic hats
_KIT, _ALL_DRUMS = (35, 59), (22, 87)  # what lies above the kit in General MIDI's map are hand drums and effects
_FEWEST_NOTES = 8
_MOST_PITCHES = 20
_IN_KIT, _IN_ALL = 0.8, 0.97  # shares of the notes within the kit, and within all drums
_KIT_LENGTH, _TRIGGER_LENGTH = 0.52, 0.135  # beats that 9 of 10 notes do not exceed
_TOGETHER = 0.08  # share of the strikes at which several drums sound
_CHORDS = 0.34  # share of the strikes with three pitches or more, from which on they are chords
_HANDS_AND_FEET = 0.6  # share of the kicks with a snare, from which on they are tones of chords
_MOST_COMMON_HAT = 0.35  # share of the notes that hats and rides play in a one-voice pattern
_BETWEEN_HATS = 0.6  # share of the kicks and snares of a one-voice pattern that stand between two hats
_FREE_HATS = 0.3  # share of the hats of a backbeat that sound without kick and snare
_FULL_BARS = 0.7  # share of the bars (four beats) that hold both a cymbal and a drum


class Likeness(Enum):
    """How much like a drum kit notes are."""

    NONE = 0
    POSSIBLE = 1
    SURE = 2


@dataclass(frozen=True)
class _Strikes:
    """The notes of a track, sorted by onset, as strikes: notes of one moment belong together."""

    pitch: IntArray  # (n,)
    strike: IntArray  # (n,) which strike, from 0
    beat: FloatArray  # (n,) onset in beats

    @property
    def sizes(self) -> IntArray:
        """(s,) notes of every strike."""
        return np.bincount(self.strike)

    def of(self, drums: tuple[int, ...]) -> IntArray:
        """The strikes at which one of some drums sounds."""
        return np.unique(self.strike[np.isin(self.pitch, drums)])


def likeness(notes: Notes, ppq: int) -> Likeness:
    """Judge the notes of one track; `ppq` is ticks per quarter note."""
    pitch = notes.pitch
    distinct = np.unique(pitch)
    if len(pitch) < _FEWEST_NOTES or len(distinct) > _MOST_PITCHES:
        return Likeness.NONE
    if _within(pitch, _KIT) < _IN_KIT or _within(pitch, _ALL_DRUMS) < _IN_ALL:
        return Likeness.NONE
    long = float(np.quantile(notes.duration / ppq, 0.9))
    if len(distinct) <= 2:
        return _few_drums(distinct, notes, long)
    strikes = _strikes(notes, ppq)
    if long <= _KIT_LENGTH and _is_kit(strikes):
        return Likeness.SURE
    return Likeness.POSSIBLE if long <= 2 * _KIT_LENGTH and _has_drums(strikes) else Likeness.NONE


def _within(pitch: IntArray, bounds: tuple[int, int]) -> float:
    """Share of the pitches between bounds, hats aside."""
    return float(np.mean(((pitch >= bounds[0]) & (pitch <= bounds[1])) | np.isin(pitch, _HATS)))


def _few_drums(distinct: IntArray, notes: Notes, long: float) -> Likeness:
    """One or two pitches say little: triggers of equal length, far shorter than what follows them, are drums."""
    if not np.isin(distinct, (*_KICKS, *_SNARES, *_HATS)).all():
        return Likeness.NONE
    gap = np.diff(np.unique(notes.onset))
    equal = len(np.unique(notes.duration)) <= len(distinct)
    parted = bool(len(gap)) and float(np.median(gap)) >= 1.9 * float(notes.duration.max())
    return Likeness.SURE if long <= _TRIGGER_LENGTH and equal and parted else Likeness.POSSIBLE


def _strikes(notes: Notes, ppq: int) -> _Strikes:
    onset = notes.onset
    near = np.diff(onset, prepend=onset[:1]) > max(ppq // 12, 1)  # a played strike is not quite at one moment
    return _Strikes(notes.pitch, np.cumsum(near).astype(np.int64), onset / ppq)


def _is_kit(strikes: _Strikes) -> bool:
    """Whether kick, snare and cymbals play as a drummer's hands and feet do."""
    kicks, snares, hats = strikes.of(_KICKS), strikes.of(_SNARES), strikes.of(_HATS)
    if not len(kicks) or not (len(snares) or len(hats)) or _full_bars(strikes) < _FULL_BARS:
        return False
    several = float(np.mean(strikes.sizes >= 2))
    if float(np.mean(strikes.sizes >= 3)) >= _CHORDS:
        return False
    if several < _TOGETHER:
        return len(snares) > 0 and _is_one_voice_pattern(strikes)
    is_apart = _share(kicks, strikes.of(_SNARES_ALONE)) < _HANDS_AND_FEET
    return (is_apart and _meet(strikes)) or _has_backbeat(strikes)


def _meet(strikes: _Strikes) -> bool:
    """Whether a cymbal sounds with several drums or a drum with several cymbals; fifths and octaves run in parallel."""
    drums = np.isin(strikes.pitch, (*_KICKS, *_SNARES, _PEDAL_HAT))
    cymbals = np.isin(strikes.pitch, _HATS + _CYMBALS)
    pairs = {
        (low, high)
        for low in np.unique(strikes.pitch[drums]).tolist()
        for high in np.unique(strikes.pitch[cymbals]).tolist()
        if low != high and len(np.intersect1d(strikes.of((low,)), strikes.of((high,)))) >= 2
    }
    return len(pairs) > min(len({low for low, _ in pairs}), len({high for _, high in pairs}))


def _has_backbeat(strikes: _Strikes) -> bool:
    """Whether snares or claps fall on the second and fourth beats alone, with hats that are not tied to them."""
    snare = np.isin(strikes.pitch, _SNARES)
    beat = strikes.beat[snare] % 4
    on_backbeat = (np.abs(beat - 1) < 0.1) | (np.abs(beat - 3) < 0.1)
    hats, drums = strikes.of(_HATS), strikes.of(_KICKS + _SNARES)
    free = 1 - len(np.intersect1d(hats, drums)) / max(len(hats), 1)
    return snare.sum() >= 4 and float(np.mean(on_backbeat)) > 0.9 and len(hats) >= 4 and free >= _FREE_HATS


def _is_one_voice_pattern(strikes: _Strikes) -> bool:
    """Whether drums that hardly ever sound together still play a beat: kicks and snares, each between two hats."""
    pitch = strikes.pitch
    hats = np.isin(pitch, (*_HATS, 51, 53, 59))
    drums = np.isin(pitch, _KICKS + _SNARES)
    if float(np.mean(hats | drums)) < 0.9 or float(np.mean(hats)) < _MOST_COMMON_HAT:
        return False
    inner = np.flatnonzero(drums[1:-1]) + 1
    return bool(len(inner)) and float(np.mean(hats[inner - 1] & hats[inner + 1])) >= _BETWEEN_HATS


def _full_bars(strikes: _Strikes) -> float:
    """Share of the groups of four beats with notes that hold a cymbal and a drum, and more than one drum pitch."""
    bar = (strikes.beat // 4).astype(np.int64)
    cymbals = np.unique(bar[np.isin(strikes.pitch, _HATS + _CYMBALS)])
    drums = np.unique(bar[np.isin(strikes.pitch, _KICKS + _SNARES)])
    return len(np.intersect1d(cymbals, drums)) / len(np.unique(bar))


def _share(one: IntArray, other: IntArray) -> float:
    """Share of the rarer kind of strikes that are of both kinds."""
    fewer = min(len(one), len(other))
    return len(np.intersect1d(one, other)) / fewer if fewer else 0.0


def _has_drums(strikes: _Strikes) -> bool:
    """Whether the pitches at least allow for a kit: a kick and a snare that are not one chord, or a kick and a hat."""
    kicks, snares, hats = strikes.of(_KICKS), strikes.of(_SNARES), strikes.of(_HATS)
    return len(kicks) > 0 and (len(snares) > 0 or len(hats) > 0) and _share(kicks, snares) < 1.0
