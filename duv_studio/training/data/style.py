"""How lively and how legato a track is played, measured against the usual playing of its family."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from duv_studio import paths
from duv_studio.engine.features.note_features import Style
from duv_studio.engine.midi.song import Family, FloatArray
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack

FARTHEST = 3.0  # standard deviations; a track farther out is reported as this far
MIN_SPREAD = 1.0  # MIDI velocity units; an evener track counts as this uneven
LEAST_SD = 0.1  # octaves, so that a family whose tracks are all alike is not blown up
MIN_TRACKS = 3
SCALE_FILE = "style_scale.json"
_PARTS = ("dynamics", "articulation")


@dataclass(frozen=True)
class Usual:
    """Mean and standard deviation of a descriptor over the tracks of a family, both in octaves."""

    mean: float = 0.0
    sd: float = 1.0

    def score(self, value: float) -> float:
        return float(np.clip((value - self.mean) / self.sd, -FARTHEST, FARTHEST))


@dataclass(frozen=True)
class StyleScale:
    """What is usual in each family: log2 of velocity's standard deviation, and mean log2 of played over written."""

    dynamics: Mapping[Family, Usual]
    articulation: Mapping[Family, Usual]

    @classmethod
    def of(cls, tracks: Sequence[PlayedTrack]) -> StyleScale:
        """Measure every family's tracks."""
        families = {f: [t for t in tracks if t.family is f] for f in Family}
        return cls(
            {f: _usual([dynamics(t) for t in ts]) for f, ts in families.items()},
            {f: _usual([articulation(t) for t in ts]) for f, ts in families.items()},
        )

    def style_of(self, track: PlayedTrack) -> Style:
        """The style of a track; the articulation is None where its lengths are unknown."""
        held = articulation(track)
        return Style(
            dynamics=self.dynamics[track.family].score(dynamics(track)),
            articulation=self.articulation[track.family].score(held) if np.isfinite(held) else None,
        )


def dynamics(track: PlayedTrack) -> float:
    """Log2 of the standard deviation of velocity."""
    return float(np.log2(max(float(np.std(track.velocity)), MIN_SPREAD)))


def articulation(track: PlayedTrack) -> float:
    """Mean log2 of played over written length, nan where nothing is known."""
    played = played_lengths(track)
    known = np.isfinite(played)
    return float(np.mean(np.log2(played[known] / track.duration[known]))) if known.any() else float("nan")


def played_lengths(track: PlayedTrack) -> FloatArray:
    """The played lengths (n,) in beats that a rendering is to have, nan where unknown.

    A piano whose pedal is hidden from the model is rendered by how long it sounds, so that is what counts there.
    """
    return track.sustained_duration if track.family is Family.PIANO and not track.pedal else track.played_duration


def _usual(values: Sequence[float]) -> Usual:
    known: FloatArray = np.array([v for v in values if np.isfinite(v)])
    if len(known) < MIN_TRACKS:
        return Usual()
    return Usual(float(known.mean()), max(float(known.std()), LEAST_SD))


@cache
def shipped_scale() -> StyleScale:
    """The scale of the tracks that the base that ships learned from; DuvError when the file is not as it was made."""
    return read_scale(paths.resource(SCALE_FILE))


def read_scale(path: Path) -> StyleScale:
    """The scale that `scale_json` wrote."""
    try:
        families = json.loads(path.read_text(encoding="utf-8"))["families"]
        dynamics, articulation = (
            {
                family: Usual(float(families[family][part]["mean"]), float(families[family][part]["sd"]))
                for family in Family
            }
            for part in _PARTS
        )
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise DuvError("is no table of what is usual in playing", file=path, hint="install DUV Studio again") from e
    return StyleScale(dynamics, articulation)


def scale_json(tracks: Sequence[PlayedTrack], sets: Sequence[str]) -> str:
    """What is usual in the tracks of these data sets, in octaves, as text of the file that ships."""
    scale = StyleScale.of(tracks)
    families = {}
    for family in Family:
        usual = {"dynamics": scale.dynamics[family], "articulation": scale.articulation[family]}
        parts = {part: {"mean": round(of.mean, 6), "sd": round(of.sd, 6)} for part, of in usual.items()}
        families[str(family)] = {"tracks": sum(track.family is family for track in tracks), **parts}
    content = {"unit": "octaves (log2)", "sets": list(sets), "families": families}
    return json.dumps(content, indent=1) + "\n"
