"""The schema of an adapter's recipe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.library import DEFAULT_MODEL
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.rules import contradictions
from duv_studio.training.lora.recipe.sections import (
    FeatureSettings,
    FilterSettings,
    LoraSettings,
    Name,
    ReplaySettings,
    TrainerSettings,
    one_of,
    one_or_more,
)
from duv_studio.training.schema.fields import SchemaField, Strict, fields_of, key

FAMILIES = tuple(str(f) for f in Family if f is not Family.PERCUSSION)  # of which no recordings exist to train on


class LoraRecipe(Strict):
    """Everything that decides what an adapter becomes, apart from the code; paths start at the current folder."""

    base_checkpoint: Name | None = key(
        DEFAULT_MODEL,
        "base model: a name or a file; null trains the small network from scratch",
        label="Base model",
        basic=True,
        kind="model",
    )
    base_frozen: bool = key(True, "whether the base's own weights stay as they are")
    instrument: Annotated[str, one_of(lambda: FAMILIES)] | None = key(
        None,
        "whose playing it is; null: as the name of the recipe or output_dir says",
        allowed=f"({', '.join(FAMILIES)})",
        basic=True,
        choices=FAMILIES,
    )
    name: str | None = key(
        None,
        "name of the adapter; null: that of output_dir",
        allowed=", only of letters, digits and . _ -",
        basic=True,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    title: str = key("", "what people see as its name", basic=True)
    lora: LoraSettings = LoraSettings()
    features: FeatureSettings = FeatureSettings()
    manifest: Annotated[tuple[Name, ...], BeforeValidator(one_or_more)] = key(
        ...,
        "JSONL file of played tracks, or a list of them",
        allowed="of files, or one file",
        basic=True,
        kind="file",
        min_length=1,
    )
    train_split: float = key(
        0.9, "share of the songs to learn from; the others judge", label="Training share", gt=0, lt=1
    )
    output_dir: Name = key(
        ...,
        "folder of the results; where it is missing, checkpoints/duv_INSTRUMENT_lora",
        label="Results folder",
        basic=True,
        kind="folder",
    )
    filters: FilterSettings = FilterSettings()
    replay: ReplaySettings = ReplaySettings()
    trainer: TrainerSettings = TrainerSettings()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = [sentence for _, sentence in contradictions(self.model_dump())]
        if found:
            raise ValueError(" ".join(found))
        return self

    @property
    def from_scratch(self) -> bool:
        """Whether there is no base: then a whole model is trained, whatever `lora` holds."""
        return self.base_checkpoint is None

    @property
    def adapter_name(self) -> str:
        """`name`, or else the name of the results folder."""
        return self.name or Path(self.output_dir).name

    def family(self, path: str | Path) -> Family:
        """The family named by `instrument`, `path`, `output_dir` or `manifest`, in this order; DuvError if by none."""
        found = family_of(self.model_dump(), Path(path))
        if found is None:
            raise DuvError("does not say whose playing it is", hint="add for example instrument: guitar", file=path)
        return found


def family_of(values: Mapping[str, Any], path: Path) -> Family | None:
    """The family that a recipe is for: `instrument`, or else a word in the name of a file; None where none is."""
    named = values.get("instrument")
    if named in FAMILIES:
        return Family(named)
    manifest = one_or_more(values.get("manifest"))
    first = manifest[0] if isinstance(manifest, tuple) and manifest else ""
    for place in (path, values.get("output_dir"), first):
        if isinstance(place, str | Path):
            words = re.split("[^a-z]+", Path(place).name.lower())
            found = next((f for f in FAMILIES if f in words), None)
            if found is not None:
                return Family(found)
    return None


def recipe_schema() -> list[SchemaField]:
    """Every key of a recipe, in the order of the file."""
    return list(fields_of(LoraRecipe))
