"""A trial before a training: its material, its model, and one real batch, to say what it will take. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duv_studio.engine.midi.song import Family
from duv_studio.errors import Cancelled
from duv_studio.training.lora.machine import DeviceInfo, devices_here
from duv_studio.training.lora.recipe import LoraRecipe

if TYPE_CHECKING:
    from duv_studio.training.lora.dataset.material import Material
    from duv_studio.training.lora.devices import Devices

__all__ = ["DeviceInfo", "TrainedPart", "Trial", "devices_here", "trial"]


@dataclass(frozen=True)
class TrainedPart:
    """One kind of layer, or of matrix, that is trained."""

    name: str  # "attn.q_proj"
    layers: int  # how many there are of it
    numbers: int  # that are trained in all of them


@dataclass(frozen=True)
class Trial:
    """What a training will take. Times are for all of it where nothing stops it early; 0 where nothing is trained."""

    seconds_per_step: float
    seconds_per_epoch: float  # its validation included
    steps: int
    epochs: int
    total_seconds: float  # without the judgement at the end
    peak_bytes: int  # of the device, the model included
    trainable: int  # numbers
    parameters: int  # of the whole model
    parts: tuple[TrainedPart, ...]
    device: str  # its name
    sentences: tuple[str, ...]  # what one may want to know
    warnings: tuple[str, ...]  # what one should know

    @property
    def trains(self) -> bool:
        """Whether weights are trained; with very little playing only its statistics are measured."""
        return self.steps > 0


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
    from duv_studio.training.lora import devices as known
    from duv_studio.training.lora.dataset.material import gather
    from duv_studio.training.lora.trial_steps import measure

    on = known.devices(devices) if isinstance(devices, str) else devices
    material = gather(recipe, family)
    _check(cancelled)
    if not material.tier.trains and not recipe.from_scratch:
        return _of_statistics(material, on.name)
    return measure(recipe, material, on, workers, lambda: _check(cancelled))


def _of_statistics(material: Material, device: str) -> Trial:
    return Trial(0.0, 0.0, 0, 0, 0.0, 0, 0, 0, (), device, tuple(left_out(material)), (material.tier.sentence,))


def left_out(material: Material) -> list[str]:
    """What of the manifest is not used, a sentence for each reason."""
    return [
        f"{number:,} track{'s are' if number > 1 else ' is'} left out: {why}."
        for why, number in material.dropped.most_common()
    ]


def _check(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled
