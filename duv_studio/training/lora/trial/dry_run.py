"""A trial before a training: its material, its model, and one real batch, to say what it will take. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled
from duv_studio.training.lora.recipe.schema import LoraRecipe
from duv_studio.training.lora.trial.report import Trial, left_out

if TYPE_CHECKING:
    from duv_studio.training.devices import Devices
    from duv_studio.training.lora.dataset.material import Material


def trial(
    recipe: LoraRecipe,
    family: Family,
    devices: str | Devices = "auto",
    cancelled: Callable[[], bool] = lambda: False,
    *,
    workers: int = 0,
) -> Trial:
    """Gather the material, build what is to be trained, and do steps of it on a copy that is thrown away.

    Raises what a training would, DuvError among it, so that it is known before; and Cancelled.
    """
    from duv_studio.training.warm_up import warm_up

    warm_up()
    _check(cancelled)
    from duv_studio.training import devices as known
    from duv_studio.training.lora.dataset.material import gather
    from duv_studio.training.lora.trial.measure import measure

    on = known.devices(devices) if isinstance(devices, str) else devices
    material = gather(recipe, family)
    _check(cancelled)
    if not material.tier.trains and not recipe.from_scratch:
        return _of_statistics(material, on.name)
    return measure(recipe, material, on, workers, lambda: _check(cancelled))


def _of_statistics(material: Material, device: str) -> Trial:
    return Trial(0.0, 0.0, 0, 0, 0.0, 0, 0, 0, (), device, tuple(left_out(material)), (material.tier.sentence,))


def _check(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled
