"""Keys that recipes for the guide's first training script hold and that nothing here reads: a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from duv_studio.training.schema.document import Loc, without_keys

_NEVER_READ = "was never read; delete it"
_MANIFEST = "is not read here: make a manifest with duv-studio enrich, name it in manifest, and delete this key"

RETIRED: dict[Loc, str] = {
    ("train_csv",): _MANIFEST,
    ("valid_csv",): _MANIFEST,
    ("valid_split",): f"{_NEVER_READ}: the share that train_split leaves judges",
    ("shuffle",): "is not read here; delete it: windows are always drawn in random order",
    ("targets_mode",): f"{_NEVER_READ}: what is predicted is what features.targets names",
    ("save_every",): f"{_NEVER_READ}: the best adapter is saved after each validation, and a checkpoint to go on from",
    ("eval_every",): f"{_NEVER_READ}: every epoch ends with a validation",
    ("inference",): f"{_NEVER_READ}: intensity and regular expressions are given when a song is humanized",
    ("features", "normalize"): f"{_NEVER_READ}: features are always normalised, by the base's scale",
    ("features", "scaler_out"): "is not read here; delete it: the scale of the features is in the model's file",
}


def retired_keys(values: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Where each of these keys is, and its sentence."""
    for loc, why in RETIRED.items():
        section = values.get(str(loc[0])) if len(loc) > 1 else values
        if isinstance(section, Mapping) and loc[-1] in section:
            yield loc, f"{'.'.join(map(str, loc))} {why}."


def without_retired(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without these keys."""
    return without_keys(values, lambda loc: loc in RETIRED)
