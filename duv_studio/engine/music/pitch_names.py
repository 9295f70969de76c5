"""Pitches as people write them: C4 is 60, as are "60" and "B#3"; ranges and lists of them."""

from __future__ import annotations

import re

from duv_studio.errors import DuvError
from duv_studio.text_width import shortened

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}
_PITCH = r"(?:[A-Ga-g][#♯b♭]?-?\d{1,3}|\d{1,3})"
_RANGE = re.compile(rf"({_PITCH})\s*(?:-|–|\.\.)\s*({_PITCH})")
_NAME = re.compile(r"([A-Ga-g])([#♯b♭]?)(-?\d{1,3})")


def pitch_name(pitch: int) -> str:
    """Return the name of a MIDI pitch, C4 being 60."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def parse_pitch(text: str) -> int | None:
    """The MIDI pitch 0..127 of a name or number, C4 being 60; None for other text and for pitches that MIDI lacks."""
    named = _NAME.fullmatch(text)
    if named is not None:
        letter, sign, octave = named.groups()
        pitch = _SEMITONES[letter.upper()] + _SHIFTS[sign] + 12 * (int(octave) + 1)
    elif re.fullmatch(r"\d{1,3}", text):
        pitch = int(text)
    else:
        return None
    return pitch if 0 <= pitch <= 127 else None


def parse_pitches(text: str) -> frozenset[int] | None:
    """The pitches of one word: a pitch, or a range from low to high such as C0-B0 or 24..35; None for other text."""
    single = parse_pitch(text)
    if single is not None:
        return frozenset({single})
    ends = _RANGE.fullmatch(text)
    low, high = (parse_pitch(end) for end in ends.groups()) if ends else (None, None)
    if low is None or high is None or low > high:
        return None
    return frozenset(range(low, high + 1))


def check_pitches(word: str, what: str, also: str = "") -> frozenset[int]:
    """`parse_pitches` with a DuvError that says how pitches are written; `also` names what else there could be."""
    pitches = parse_pitches(word)
    if pitches is None:
        raise DuvError(
            f'{what} is "{shortened(word)}", which names no pitch',
            hint=f"write pitches as C1 (C4 is 60) or 24, from G9 (127) down to C-1 (0), and ranges as C0-B0{also}",
        )
    return pitches


def ranges_text(pitches: frozenset[int] | set[int]) -> str:
    """Write pitches down so that they can be read again: "C0-B0, E1"."""
    parts: list[str] = []
    rest = sorted(pitches)
    while rest:
        length = next((i for i in range(1, len(rest)) if rest[i] != rest[0] + i), len(rest))
        first, last = pitch_name(rest[0]), pitch_name(rest[length - 1])
        parts += [f"{first}-{last}"] if length > 2 else [pitch_name(p) for p in rest[:length]]
        rest = rest[length:]
    return ", ".join(parts)
