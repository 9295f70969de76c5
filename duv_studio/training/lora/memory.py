"""Says what to lower where a training needs more memory than there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from duv_studio.engine.model.device import out_of_memory
from duv_studio.training.lora.recipe import LoraRecipe
from duv_studio.training.lora.troubles import OutOfMemory


@contextmanager
def told_out_of_memory(recipe: LoraRecipe) -> Iterator[None]:
    """Raise OutOfMemory that names the keys of the recipe that memory depends on, where a step needed too much."""
    try:
        yield
    except (MemoryError, RuntimeError) as e:
        if not out_of_memory(e):
            raise
        t = recipe.trainer
        raise OutOfMemory(
            f"out of memory with {t.batch_size} windows of {t.max_len} notes in a step",
            hint=f"lower trainer.batch_size (now {t.batch_size}) or trainer.max_len (now {t.max_len}), on which it"
            f" depends most; trainer.precision (now {t.precision}) may be fp16 or bf16, and lora.r (now"
            f" {recipe.lora.r}) smaller",
        ) from e
