"""What a trial found out, for the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duv_studio.training.lora.dataset.material import Material


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


def left_out(material: Material) -> list[str]:
    """What of the manifest is not used, a sentence for each reason."""
    return [
        f"{number:,} track{'s are' if number > 1 else ' is'} left out: {why}."
        for why, number in material.dropped.most_common()
    ]
