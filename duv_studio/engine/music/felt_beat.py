"""The beat as it is felt: the same sound is the same music, in eighths at 120 as in quarters at 240 beats a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite, log2

import numpy as np

from duv_studio.engine.midi.song import Family, FloatArray, PerSong, Song, Track
from duv_studio.engine.midi.time_maps import MeterMap

# Quarter notes a minute that music is usually written in where onsets of a track follow each other four times a
# second, and by how much of an octave more with each octave of density: as in the songs that the models learned from.
USUAL: dict[Family, tuple[float, float]] = {
    Family.DRUMS: (94.0, 0.2),
    Family.PIANO: (104.0, 0.3),
    Family.GUITAR: (137.0, 0.2),
    Family.BASS: (104.0, 0.1),
    Family.STRINGS: (97.0, 0.0),
    Family.OTHER: (119.0, 0.2),
    Family.PERCUSSION: (94.0, 0.2),
}
DENSITY = 4.0  # onsets a second
SLOWEST = 86.0  # quarter notes a minute; however few notes there are, quarters at 120 stay quarters
FEWEST = 32  # onsets; fewer tell no density, and are read as they are written
AT_ONCE = 0.03  # seconds; onsets closer than this to the one before count as one with it
LONGEST_WAIT = 4.0  # seconds; longer rests count as this
_COMPOUND = 3  # 3/8, 6/8, 9/8 … have eighths in threes, whatever their tempo


@dataclass(frozen=True)
class Heard:
    """What of a track decides: its family, and when its n notes begin in ascending seconds, at which written tempo."""

    family: Family
    seconds: FloatArray  # (n,)
    bpm: FloatArray  # (n,) quarter notes a minute

    @cached_property
    def starts(self) -> FloatArray:
        """When something new begins, ascending seconds."""
        return self.seconds[np.diff(self.seconds, prepend=-np.inf) > AT_ONCE]


def octaves(tracks: Sequence[Heard]) -> int:
    """How many times the written tempo is doubled (halved, where negative) until a quarter note is the felt beat.

    Which tempo is felt depends on nothing but what is heard, so that all ways to write the same sound give the same.
    """
    tracks = [track for track in tracks if len(track.seconds)]
    if sum(len(track.starts) for track in tracks) < FEWEST:
        return 0
    weight = np.array([len(track.seconds) for track in tracks])
    felt = np.average([_usual(track) for track in tracks], weights=weight)
    written = np.median(np.concatenate([track.bpm for track in tracks]))
    moved = felt - log2(written) if written > 0 and isfinite(written) else 0.0
    return round(moved)


def _usual(track: Heard) -> float:
    """The tempo, in octaves, that music of this density is usually written in."""
    tempo, slope = USUAL[track.family]
    wait = np.diff(track.starts)
    density = -float(np.log2(np.minimum(wait, LONGEST_WAIT)).mean()) - log2(DENSITY) if len(wait) else 0.0
    return max(log2(tempo) + slope * density, log2(SLOWEST))


def in_felt_beats(song: Song) -> Song:
    """The song with its clocks counting felt beats as quarter notes: same ticks and seconds, other tempo and bars.

    The same song gives the same object; a song that is written as it is felt comes back itself. Ticks are not split:
    where a song has too few of them, it stays as it is.
    """
    return _remembered(song) or song


def _heard(song: Song, track: Track) -> Heard:
    # By the families that the file tells: what the user says of one track must not change how the others are read.
    onset = track.notes.onset
    return Heard(track.guessed or track.family, song.tempo.seconds(onset), song.tempo.bpm_at(onset))


def _work_out(song: Song) -> Song | None:
    moved = octaves([_heard(song, track) for track in song.tracks])
    while moved > 0 and song.ppq % 2**moved:
        moved -= 1
    if moved == 0:
        return None
    ppq = song.ppq >> moved if moved > 0 else song.ppq << -moved
    signatures = zip(song.meter.tick, song.meter.numerator, song.meter.denominator, strict=True)
    meter = MeterMap(ppq, [(int(t), int(n), felt_denominator(int(n), int(d), moved)) for t, n, d in signatures])
    return replace(song, tempo=song.tempo.with_ppq(ppq), meter=meter)


_remembered = PerSong(_work_out)


def felt_denominator(numerator: int, denominator: int, moved: int) -> int:
    """The denominator of a time signature, where the tempo is read `moved` octaves faster.

    Most meters stay as they are, and bars are joined or split. Where half notes were written for beats, or eighths,
    the bar is right and its name is not: 4/2 becomes 4/4, and so does 4/8.
    """
    for _ in range(abs(moved)):
        if moved < 0 and denominator <= 2:
            denominator *= 2
        elif moved > 0 and denominator >= 8 and (denominator > 8 or numerator % _COMPOUND):
            denominator //= 2
    return denominator
