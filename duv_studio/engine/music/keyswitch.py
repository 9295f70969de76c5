"""Key-switches: notes far outside an instrument's range that choose an articulation and are not meant to sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Family, IntArray, Track
from duv_studio.engine.music.pitch_names import pitch_name

_GAP = 12  # semitones; a register further away than an octave is not a melody's
_MOST_PITCHES = 12  # an octave of switches
_MOST_SHARE = 1 / 3  # of the track's notes
_HELD_QUARTERS = 8  # two bars of 4/4: a switch that is latched, not struck

# Lowest and highest pitch that is certainly played, with room for low tunings, five strings and harmonics.
_PLAYED: dict[Family, tuple[int, int]] = {
    Family.GUITAR: (33, 100),
    Family.BASS: (21, 84),
    Family.STRINGS: (23, 127),
    Family.OTHER: (21, 127),
}
# Solo instruments that never go lower, by General MIDI program: violin, viola, cello, and high winds.
_LOWEST_OF_PROGRAM: dict[int, int] = {40: 40, 41: 40, 42: 34} | dict.fromkeys((56, 59, *range(64, 67), 68, 69, 71), 36)
_LOWEST_OF_PROGRAM |= dict.fromkeys(range(72, 80), 40)


def find_keyswitches(track: Track, ppq: int) -> NDArray[np.bool_]:
    """Return which of the n notes are key-switches, (n,).

    Cautious: pianos, drums and percussion have none, and a note is one only outside the range of its instrument and
    either more than an octave away from everything played, or held for two bars at the one velocity of all such notes.
    """
    pitch = track.notes.pitch
    if track.family not in _PLAYED or not len(pitch):
        return np.zeros(len(pitch), bool)
    lowest, highest = _played_range(track)
    outside = (pitch < lowest) | (pitch > highest)
    apart = _isolated(pitch, pitch < lowest) | _isolated(-pitch, pitch > highest)
    found = apart | _latched(track, outside, ppq)
    return found if _plausible(pitch, found) else np.zeros(len(pitch), bool)


def describe_keyswitches(track: Track, found: NDArray[np.bool_], *, named: bool = False) -> str:
    """Return a phrase that names the pitches found, or `named` by the user; "" when there are none."""
    pitches = np.unique(track.notes.pitch[found])
    if not len(pitches):
        return ""
    names = ", ".join(pitch_name(int(p)) for p in pitches[:4]) + (" …" if len(pitches) > 4 else "")
    return f"key-switch {names}, " + ("set by you" if named else "outside the instrument's range")


def _played_range(track: Track) -> tuple[int, int]:
    lowest, highest = _PLAYED[track.family]
    return _LOWEST_OF_PROGRAM.get(track.program or 0, lowest), highest


def _isolated(height: IntArray, outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which notes lie outside and under a gap; `height` grows towards the played register."""
    ladder = np.unique(height)
    # Highest step over a gap that only notes outside the range lie under; nothing at all when there is no such gap.
    feet = ladder[:-1][np.diff(ladder) > _GAP]
    feet = feet[feet <= np.max(height[outside], initial=-128)]
    return outside & (height <= np.max(feet, initial=-129))


def _latched(track: Track, outside: NDArray[np.bool_], ppq: int) -> NDArray[np.bool_]:
    notes = track.notes
    one_velocity = len(np.unique(notes.velocity[outside])) == 1
    long = notes.duration > _HELD_QUARTERS * ppq
    return outside & long if one_velocity and bool(long[outside].all()) else np.zeros(len(notes), bool)


def _plausible(pitch: IntArray, found: NDArray[np.bool_]) -> bool:
    return bool(found.mean() <= _MOST_SHARE) and len(np.unique(pitch[found])) <= _MOST_PITCHES
