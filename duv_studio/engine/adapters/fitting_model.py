"""Which installed model an adapter was made for: its weights tell, for a name passes on to what is trained anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from duv_studio.engine.adapters.header import IMPROVES, AdapterHeader
from duv_studio.engine.adapters.library import AdapterInfo, automatic_with, known_hash, list_adapters
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import read_header
from duv_studio.engine.model.library import ModelInfo, list_models
from duv_studio.errors import DuvError


@dataclass(frozen=True)
class LeftBehind:
    """An adapter of an earlier base model of the same name as one that plays, and that earlier model."""

    adapter: AdapterInfo
    model: ModelInfo

    def __str__(self) -> str:
        made_for, name = called(self.model), self.model.name
        return (
            f'the adapter "{self.adapter.name}" does not play: it was made for {made_for}; --model {name} plays with it'
        )


def fitting_model(header: AdapterHeader) -> ModelInfo | None:
    """The installed model with the weights that an adapter was made for, one of the name that it says first."""
    for model in sorted(list_models(), key=lambda model: model.name != header.base):
        try:
            if known_hash(model.path) == header.base_hash:
                return model
        except DuvError:  # damaged: it is no base for anything
            continue
    return None


def called(model: ModelInfo) -> str:
    """Name and title of a model, for a sentence."""
    return f'"{model.name}" ({model.title})' if model.title else f'"{model.name}"'


def of_earlier_bases(base: Path) -> list[LeftBehind]:
    """All adapters that fit an installed model which once had the name of this one, with other weights.

    DuvError where the model cannot be read.
    """
    found = list_adapters()
    if not found:
        return []
    name, weights = read_header(base).name, known_hash(base)
    earlier = [info for info in found if info.header.base == name and info.header.base_hash != weights]
    models = ((info, fitting_model(info.header)) for info in earlier)
    return [LeftBehind(info, model) for info, model in models if model is not None]


def left_behind(base: Path, families: Collection[Family] = tuple(Family)) -> list[LeftBehind]:
    """The user's own adapters that played these families by themselves before the base was trained anew.

    Where another adapter plays by itself now, none is missed.
    """
    own = [left for left in of_earlier_bases(base) if left.adapter.own and left.adapter.header.verdict == IMPROVES]
    if not own:
        return []
    missed = set(families) - automatic_with(base).keys()
    return [left for left in own if left.adapter.family in missed]
