"""The scaler file of a run: the numbers between notes and network, for people and for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import Rendering
from duv_studio.engine.model.transformer import (
    DURATION_BINS,
    DURATION_HIGH,
    DURATION_LOW,
    VELOCITY_BINS,
    DuvTransformer,
)
from duv_studio.engine.model.transformer import velocity_bin_width as bin_width

SCALER_SCHEMA = 1


def scaler(
    model: DuvTransformer, family: Family, rendering: Rendering | None, about: Mapping[str, Any]
) -> dict[str, Any]:
    """The numbers between notes and network: scale of the features, bins of the answers, and their calibration."""
    embed = model.embed_floats
    pairs = zip(FLOAT_FEATURES, embed.mean.tolist(), embed.std.tolist(), strict=True)
    return {
        "schema": SCALER_SCHEMA,
        "instrument": str(family),
        **about,
        "features": {name: {"mean": mean, "std": std} for name, mean, std in pairs},
        "velocity": {
            "relative_to": "the mean velocity of the input track",
            "bins": VELOCITY_BINS,
            "bin_width": bin_width(family),
        },
        "dur_beats": {
            "relative_to": "the input duration, log2",
            "bins": DURATION_BINS,
            "low": DURATION_LOW,
            "high": DURATION_HIGH,
        },
        "rendering": None if rendering is None else asdict(rendering),
    }
