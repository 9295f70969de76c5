"""The features by the names that recipes and manifests give them, and which columns of the model's input each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TARGETS = ("velocity", "dur_beats")


@dataclass(frozen=True)
class Columns:
    """Columns of FLOAT_FEATURES and tables of INDEX_SIZES through which the model reads a feature."""

    floats: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()


INPUTS = {
    "beat_pos": Columns(("bar_sin", "bar_cos"), ("beat",)),
    "beat_frac": Columns((), ("beat_frac",)),
    "pitch": Columns(("register",), ("pitch",)),
    "dur_beats": Columns(("dur_beats", "dur_seconds", "gap"), ()),
    "prev_ioi": Columns(("prev_ioi",), ()),
    "next_ioi": Columns(("next_ioi", "next_ioi_seconds"), ()),
    "is_downbeat": Columns(("is_downbeat",), ()),
    "vel_norm": Columns(("vel_norm", "spread", "hint_memory", "hint_pitch", "hint_place"), ("velocity_state",)),
}


def hidden_columns(inputs: Iterable[str]) -> Columns:
    """The columns that a model goes without when it may read only `inputs`; names of hints are passed over."""
    read = set(inputs)
    left_out = [columns for name, columns in INPUTS.items() if name not in read]
    return Columns(
        tuple(column for columns in left_out for column in columns.floats),
        tuple(column for columns in left_out for column in columns.indices),
    )
