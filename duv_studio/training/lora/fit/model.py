"""The model that is trained, an adapter in a frozen base or a whole model, and how it becomes a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from duv_studio.engine.adapters.header import AdapterHeader, PlayerStatistics, pack_adapter, weights_hash
from duv_studio.engine.features.note_features import FLOAT_FEATURES
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader, Rendering, load, pack
from duv_studio.engine.model.library import find_model
from duv_studio.engine.model.transformer import (
    DURATION_BINS,
    DURATION_HIGH,
    DURATION_LOW,
    VELOCITY_BINS,
    DuvTransformer,
    ModelConfig,
    velocity_bin_width,
)
from duv_studio.errors import DuvError
from duv_studio.paths import resource
from duv_studio.training.config import load_config
from duv_studio.training.lora.dataset.material import Material
from duv_studio.training.lora.fit.lora_injection import (
    LoraShape,
    adapter_weights,
    inject_lora,
    module_names,
    restrict_inputs,
    set_adapter_weights,
)
from duv_studio.training.lora.recipe.schema import LoraRecipe

SCRATCH_SHAPE = "lite.yaml"  # the small shape learns more in the time that users have
SCALER_SCHEMA = 1
_PACKAGES = ("duv-studio", "torch", "peft", "lightning")


@dataclass
class TrainableModel:
    """A model some of which is trained. `base` is None where it was made from nothing."""

    recipe: LoraRecipe
    family: Family
    model: DuvTransformer
    base: Path | None
    base_header: ModelHeader | None
    shape: LoraShape | None  # None: all weights are trained

    @property
    def is_adapter(self) -> bool:
        """Whether an adapter comes out, and not a whole model."""
        return self.shape is not None

    def state(self) -> dict[str, torch.Tensor]:
        """A copy of what is trained."""
        return adapter_weights(self.model)

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go back to a state."""
        set_adapter_weights(self.model, state)

    def packed(self, material: Material, steps: int, rendering: Rendering | None, **more: Any) -> bytes:
        """The bytes of a file of the present state; `more` are further fields of an adapter's header."""
        if self.shape is None:
            return pack(self.model, self._model_header(steps, rendering))
        header = replace(self.adapter_header(material, steps, rendering), **more)
        return pack_adapter(self.state(), header)

    def adapter_header(self, material: Material, steps: int, rendering: Rendering | None) -> AdapterHeader:
        """The header of an adapter that was trained for so many steps."""
        recipe, shape = self.recipe, self.shape
        assert shape is not None and self.base is not None and self.base_header is not None
        return AdapterHeader(
            name=recipe.adapter_name,
            title=recipe.title or recipe.adapter_name,
            family=str(self.family),
            base=self.base_header.name,
            base_hash=weights_hash(self.base),
            r=shape.r,
            alpha=shape.alpha,
            modules=shape.modules,
            inputs=recipe.features.inputs,
            targets=_learned(recipe.features.targets, material),
            rendering=rendering,
            trained_on=tuple(Path(name).stem for name in recipe.manifest),
            songs=material.fingerprints,
            steps=steps,
            seed=recipe.trainer.seed,
            versions=versions(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _model_header(self, steps: int, rendering: Rendering | None) -> ModelHeader:
        known = {} if self.base_header is None else dict(self.base_header.rendering)
        return ModelHeader(
            name=self.recipe.adapter_name,
            title=self.recipe.title or self.recipe.adapter_name,
            licence="" if self.base_header is None else self.base_header.licence,
            licence_note="" if self.base_header is None else self.base_header.licence_note,
            shape=asdict(self.model.config),
            rendering=known | ({} if rendering is None else {str(self.family): rendering}),
            sets=() if self.base_header is None else self.base_header.sets,
            steps=steps,
            seed=self.recipe.trainer.seed,
        )

    def scaler(self, rendering: Rendering | None, player: PlayerStatistics) -> dict[str, Any]:
        """The numbers between notes and network: scale of the features, bins of the answers, and their calibration."""
        embed = self.model.embed_floats
        pairs = zip(FLOAT_FEATURES, embed.mean.tolist(), embed.std.tolist(), strict=True)
        return {
            "schema": SCALER_SCHEMA,
            "instrument": str(self.family),
            **({} if self.base is None else {"base_hash": weights_hash(self.base)}),
            "player": asdict(player),
            "versions": versions(),
            "features": {name: {"mean": mean, "std": std} for name, mean, std in pairs},
            "velocity": {
                "relative_to": "the mean velocity of the input track",
                "bins": VELOCITY_BINS,
                "bin_width": velocity_bin_width(self.family),
            },
            "dur_beats": {
                "relative_to": "the input duration, log2",
                "bins": DURATION_BINS,
                "low": DURATION_LOW,
                "high": DURATION_HIGH,
            },
            "rendering": None if rendering is None else asdict(rendering),
        }


def _learned(targets: tuple[str, ...], material: Material) -> tuple[str, ...]:
    """Without lengths where none are known: the base plays them as it would, and not as chance has it.

    Those of drums stay: no one hears them, and without them two networks would have to read every note.
    """
    if material.lengths_known or material.family is Family.DRUMS:
        return targets
    return tuple(target for target in targets if target != "dur_beats")


def make_trainable_model(recipe: LoraRecipe, family: Family, r: int, rows: Any = None) -> TrainableModel:
    """The model with what is to be trained made trainable; `r` is the rank that the material carries.

    Without a base, `rows` (n, F) of features give a new model its scale. Chance is seeded by the recipe. DuvError when
    the base is missing or has no such modules.
    """
    torch.manual_seed(recipe.trainer.seed)
    base = base_path(recipe)
    if base is None:
        return _from_scratch(recipe, family, rows)
    model, header = load(base)
    shape = None
    if recipe.lora.enable and recipe.base_frozen:
        restrict_inputs(model, recipe.features.inputs)  # adapters say in their files what they read; models read all
        names = tuple(module_names(recipe.lora.target_modules, model))
        shape = LoraShape(r, recipe.lora.alpha * r / recipe.lora.r, recipe.lora.dropout, names)
        inject_lora(model, shape)
    else:
        model.requires_grad_(True)
    return TrainableModel(recipe, family, model, base, header, shape)


def _from_scratch(recipe: LoraRecipe, family: Family, rows: Any) -> TrainableModel:
    shape = load_config(resource("configs", SCRATCH_SHAPE)).model
    model = DuvTransformer(ModelConfig(**shape.model_dump()))
    if rows is not None:
        model.embed_floats.fit(torch.from_numpy(rows))
    return TrainableModel(recipe, family, model, None, None, None)


def versions() -> dict[str, str]:
    """What made a file."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def base_path(recipe: LoraRecipe) -> Path | None:
    """The base model's file; None where a model is trained from scratch. DuvError where there is none."""
    if recipe.base_checkpoint is None:
        return None
    try:
        return find_model(recipe.base_checkpoint)
    except DuvError as e:
        raise DuvError(
            f"Base checkpoint not found: {recipe.base_checkpoint}",
            hint="train a base first (duv-studio train-base), name one that is installed, for example base-open,"
            " or set base_checkpoint: null to train from scratch",
        ) from e
