"""Where the windows come from that a base model learns from tables by."""

from __future__ import annotations

from collections.abc import Sequence

from duv_studio.training.base_config import Curriculum
from duv_studio.training.data.played_track import PlayedTrack
from duv_studio.training.data.style_scale import shipped_scale
from duv_studio.training.data.windows import WindowSource


def source_of(tracks: Sequence[PlayedTrack], curriculum: Curriculum, window: int, seed: int) -> WindowSource:
    """Windows whose styles are told by the scale that ships, so that lively means the same to every model."""
    source = WindowSource(tracks, curriculum, window, seed)
    source.styles = shipped_scale()
    return source
