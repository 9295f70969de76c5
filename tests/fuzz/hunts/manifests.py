"""Manifests of trainings: lines are tracks whose numbers can be learned from, or the place of a mistake is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

import numpy as np

from duv_studio.training.data.manifest.filters import fingerprint
from duv_studio.training.data.manifest.lines import line_of, read_lines
from tests.fuzz.homes import move_home
from tests.fuzz.hunt import Broken, Hunt, Mutator
from tests.fuzz.mutations.values import of_lines
from tests.fuzz.mutations.words import WORDS
from tests.played_tracks import played_track

_HARM = (*("1/0", "0/4", "999999999999/4", "4/3", "-1/4", "drums", "piano"), 1e18, 1e-18, -5, 2**53, 1e300)
_GUIDE = {
    "file": "a.mid",
    "instrument": "guitar",
    "pitch": [60, 62, 64],
    "beat_pos": [0, 1, 2],
    "beat_frac": [0.0, 0.5, 0.0],
    "dur_beats": [0.5, 0.25, 1.0],
    "velocity": [60, 70, 80],
}


class ManifestHunt(Hunt):
    """What `train-lora`, `enrich` and the wizard read."""

    name = "manifests"
    suffixes = (".jsonl",)
    seconds: ClassVar[float] = 6.0
    mutators: ClassVar[Sequence[Mutator]] = (*[of_lines(_HARM)] * 12, *WORDS)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        move_home(folder)

    def seeds(self, seed: int) -> list[bytes]:
        own = [line_of(played_track(24, seed=k), file=f"{k}.mid") for k in range(3)]
        guide = [_GUIDE, _GUIDE | {"onset_beats": [0, 1.5, 2], "bar": [0, 0, 0], "meter": ["4/4"] * 3, "bpm": 120}]
        return [b"".join(json.dumps(line).encode() + b"\n" for line in lines) for lines in (own, guide, guide[:1])]

    def check(self, data: bytes, dice: Random) -> None:
        file = self.folder / "any.jsonl"
        file.write_bytes(data)
        for line, track in read_lines(file):
            for name in ("onset", "duration", "velocity", "beat", "bar_length", "bpm"):
                if not np.isfinite(getattr(track, name)).all():
                    raise Broken(f"what is learned from is finite: {name}")
            if (track.duration <= 0).any() or track.velocity.min() < 0 or track.velocity.max() > 127:
                raise Broken(f"lengths are above 0 and velocities those of MIDI: {str(line)[:80]}")
            fingerprint(track)
            json.dumps(line_of(track), allow_nan=True)
