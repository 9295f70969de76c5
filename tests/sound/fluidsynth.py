"""FluidSynth as a judge: the same notes by it and by the synthesizer, and how their levels differ."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from duv_studio.sound import RATE
from duv_studio.sound.soundfont.bank import DRUMS
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from tests.midi_builder import TrackSpec, build_song

VELOCITIES = (48, 64, 80, 96, 112, 127)
SPACING, LENGTH = 2.0, 1.0  # seconds
GAIN = 0.5  # FluidSynth's, low enough that nothing clips
FILTER_GAIN = 1.15  # dB that FluidSynth's filter adds to everything, even where it is open
SHORT = RATE // 20  # frames of one level
_TICKS = 960  # a second: 480 a quarter note, 120 quarter notes a minute
_FAINT = 60.0  # dB below the loudest: levels that nobody compares

Stereo = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """An instrument and the keys to try."""

    name: str
    bank: int
    program: int
    keys: tuple[int, ...]


CASES = (
    Case("piano", 0, 0, (36, 60, 84)),
    Case("drums", DRUMS, 0, (36, 38, 42, 46, 49, 51)),
    Case("steel guitar", 0, 25, (40, 52, 64)),
    Case("overdriven guitar", 0, 29, (40, 52, 64)),
    Case("fingered bass", 0, 33, (28, 36, 43)),
    Case("strings", 0, 48, (48, 60, 72)),
    Case("violin", 0, 40, (55, 67, 79)),
    Case("trumpet", 0, 56, (60, 67)),
)


@dataclass(frozen=True)
class Difference:
    """Of one instrument: our level minus FluidSynth's in dB by key and velocity, and how its 50 ms levels correlate."""

    case: Case
    levels: NDArray[np.float64]  # (keys, velocities)
    correlation: float  # the least of all notes

    @property
    def largest(self) -> float:
        """The largest difference of a velocity's level, dB."""
        return float(np.abs(self.levels).max())


def is_there() -> bool:
    """Whether FluidSynth's command is installed."""
    return shutil.which("fluidsynth") is not None


def compare(case: Case, synth: Synth, soundfont: Path, folder: Path) -> Difference:
    """Play all keys at all velocities on both."""
    notes = [(key, velocity) for key in case.keys for velocity in VELOCITIES]
    theirs, ours = _theirs(case, notes, soundfont, folder), _ours(case, notes, synth)
    levels, correlations = [], []
    for index in range(len(notes)):
        start = _frames(index)
        stop = start + round(0.95 * SPACING * RATE)
        levels.append(_level(ours[start:stop]) - _level(theirs[start:stop]) + FILTER_GAIN)
        correlations.append(_correlation(ours[start:stop], theirs[start:stop]))
    return Difference(case, np.array(levels).reshape(len(case.keys), -1), min(correlations))


def _theirs(case: Case, notes: Sequence[tuple[int, int]], soundfont: Path, folder: Path) -> Stereo:
    song, sound = folder / "notes.mid", folder / "notes.wav"
    song.write_bytes(_song(case, notes))
    command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-g", str(GAIN), "-o", "audio.file.format=float"]
    command += [
        "-o",
        "synth.reverb.active=0",
        "-o",
        "synth.chorus.active=0",
        "-F",
        str(sound),
        str(soundfont),
        str(song),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    assert rate == RATE
    heard = np.asarray(samples / GAIN, np.float32)
    return np.pad(heard, ((0, max(0, _frames(len(notes)) - len(heard))), (0, 0)))


def _song(case: Case, notes: Sequence[tuple[int, int]]) -> bytes:
    """All notes one after the other, as loud and as dry as a channel goes."""
    channel = 9 if case.bank == DRUMS else 0
    controllers = ((7, 127), (11, 127), (91, 0), (93, 0))
    events = [(0, bytes([0xB0 | channel, number, value])) for number, value in controllers]
    timed = [(round(_frames(index) / RATE * _TICKS), note) for index, note in enumerate(notes)]
    played = [(start, round(LENGTH * _TICKS), key, velocity) for start, (key, velocity) in timed]
    spec = TrackSpec(played, channel, program=case.program, events=events)
    return build_song([spec], tempos=[(0, 120.0)])


def _ours(case: Case, notes: Sequence[tuple[int, int]], synth: Synth) -> Stereo:
    heard = np.zeros((_frames(len(notes)) + RATE, 2), np.float32)
    for index, (key, velocity) in enumerate(notes):
        start = _frames(index)
        for layer in synth.voice(Tone(case.bank, case.program, key, velocity, LENGTH)).layers:
            samples = layer.samples(0, min(layer.frames, len(heard) - start))
            angle = (layer.pan + 0.5) * np.pi / 2
            heard[start : start + len(samples)] += samples[:, None] * np.array(
                [np.cos(angle), np.sin(angle)], np.float32
            )
    return heard


def _frames(index: int) -> int:
    return round((0.1 + index * SPACING) * RATE)


def _level(samples: Stereo) -> float:
    return float(10 * np.log10(np.square(samples, dtype=np.float64).sum(axis=1).mean() + 1e-20))


def _correlation(ours: Stereo, theirs: Stereo) -> float:
    levels = np.array([
        [_level(heard[at : at + SHORT]) for at in range(0, len(heard) - SHORT, SHORT)] for heard in (ours, theirs)
    ])  # fmt: skip
    clear = (levels > levels.max() - _FAINT).any(axis=0)
    return float(np.corrcoef(levels[:, clear])[0, 1]) if clear.sum() > 2 else 1.0
