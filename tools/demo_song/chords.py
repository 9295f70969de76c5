"""The form and the chords of the score as chords in time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tools.demo_song.score import FORM, FRETS

BAR = 4.0  # quarters
_STRINGS = (40, 45, 50, 55, 59, 64)  # open strings of the guitar


class Chord(NamedTuple):
    """A chord where it sounds; onset and length in quarters."""

    section: str
    bar: int  # within the section
    onset: float
    length: float
    name: str

    @property
    def shape(self) -> list[int]:
        """Pitches of the guitar's fingering, from low to high."""
        return [o + int(f) for o, f in zip(_STRINGS, FRETS[self.name], strict=True) if f != "x"]

    @property
    def classes(self) -> set[int]:
        """The chord's pitch classes, 0 for C."""
        return {pitch % 12 for pitch in self.shape}


@cache
def chords() -> tuple[Chord, ...]:
    """All chords of the song in order."""
    found: list[Chord] = []
    onset = 0.0
    for section, bars in FORM:
        for bar, names in enumerate(bars):
            length = BAR / len(names.split())
            for name in names.split():
                found.append(Chord(section, bar, onset, length, name))
                onset += length
    return tuple(found)


def is_last(chord: Chord) -> bool:
    """Whether the song ends with this chord."""
    return chord == chords()[-1]


def section_starts() -> Iterator[tuple[float, str]]:
    """Onset in quarters and name of each section."""
    onset = 0.0
    for section, bars in FORM:
        yield onset, section
        onset += BAR * len(bars)
