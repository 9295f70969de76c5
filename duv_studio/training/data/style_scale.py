"""What is usual in each family's playing, as it ships: users have no data sets to measure a style against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from duv_studio import paths
from duv_studio.engine.midi.song import Family
from duv_studio.errors import DuvError
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.style import StyleScale, Usual

SCALE_FILE = "style_scale.json"
_PARTS = ("dynamics", "articulation")


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
