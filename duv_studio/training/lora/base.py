"""The base model that a recipe starts from."""

from __future__ import annotations

from pathlib import Path

from duv_studio.engine.model.library import find_model
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe import LoraRecipe


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
