"""Phrases of every family at any written dynamics, as songs that were read from bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from duv_studio.engine.midi import midi_file
from duv_studio.engine.midi.song import Song
from tests.midi_builder import NoteTuple, TrackSpec, build_song

PPQ = 480
PROGRAMS = {"piano": 0, "guitar": 25, "bass": 33, "strings": 40, "other": 56}
FAMILIES = (*PROGRAMS, "drums")
RANGES = {"bass": (28, 52), "strings": (55, 84)}
KICK, SNARE, HAT, CRASH = 36, 38, 42, 49

Dynamics = Callable[[float], float]  # beat -> velocity


def song_of(family: str, notes: Sequence[NoteTuple], **options: object) -> Song:
    """A song of one track."""
    spec = TrackSpec(notes, channel=9 if family == "drums" else 0, program=PROGRAMS.get(family))
    return midi_file.parse(build_song([spec], ppq=PPQ, **options))  # type: ignore[arg-type]


def phrase(family: str, bars: int, velocity: Dynamics, seed: int = 0) -> Song:
    """Detached eighths: a melody that wanders, or a rock beat with a crash every four bars."""
    if family == "drums":
        return song_of(family, beat(bars, velocity))
    rng, (low, high) = np.random.default_rng(seed), RANGES.get(family, (48, 79))
    pitch, notes = (low + high) // 2, []
    for k in range(bars * 8):
        pitch = int(np.clip(pitch + rng.integers(-3, 4), low, high))
        notes.append((k * PPQ // 2, PPQ * 9 // 20, pitch, round(velocity(k / 2))))
    return song_of(family, notes)


def beat(bars: int, velocity: Dynamics) -> list[NoteTuple]:
    """Hats in eighths, kick on 1 and 3, snare on 2 and 4, a crash on the one of every fourth bar."""
    notes = []
    for k in range(bars * 8):
        struck = [HAT] + [KICK] * (k % 4 == 0) + [SNARE] * (k % 4 == 2) + [CRASH] * (k % 32 == 0)
        notes += [(k * PPQ // 2, PPQ // 8, drum, round(velocity(k / 2))) for drum in struck]
    return notes


def flat(velocity: int) -> Dynamics:
    """All at one velocity, as sequencers write."""
    return lambda beat: velocity


def blocks(bars: int, soft: int = 45, loud: int = 105) -> Dynamics:
    """Soft and loud in turn, so many bars each."""
    return lambda beat: loud if int(beat / (4 * bars)) % 2 else soft


def crescendi(bars: float, soft: int = 30, loud: int = 110) -> Dynamics:
    """From soft to loud over so many bars, again and again."""
    return lambda beat: soft + (loud - soft) * (beat % (4 * bars)) / (4 * bars)


def sections(*levels: int, bars: int = 4) -> Dynamics:
    """Levels of so many bars each, from the first again when all have been."""
    return lambda beat: levels[int(beat / (4 * bars)) % len(levels)]


def with_accents(dynamics: Dynamics, weight: int = 15) -> Dynamics:
    """The same with a louder first beat of every bar."""
    return lambda beat: dynamics(beat) + (weight if beat % 4 == 0 else 0)


def with_jitter(dynamics: Dynamics, width: int = 8, seed: int = 0) -> Dynamics:
    """The same with random velocities around, as a sequencer's humanize button makes them."""
    rng = np.random.default_rng(seed)
    return lambda beat: float(np.clip(dynamics(beat) + rng.integers(-width, width + 1), 1, 127))
