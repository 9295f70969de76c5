"""Puts LoRA into the linear layers of a base, or makes all of it trainable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from duv_studio.engine.features.feature_groups import hidden_columns
from duv_studio.engine.features.hints import hint_columns
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.errors import DuvError
from duv_studio.training.lora.recipe.sections import hint_names

HINT_LAYER = "hints"  # the layer that reads hints is new and trained as it is

_PEFT_NAME = "default"  # of the one adapter that is injected


@dataclass(frozen=True)
class LoraShape:
    """Rank, scale and places of the adapters (Hu et al., 2021): W + alpha / r * B @ A."""

    r: int
    alpha: float
    dropout: float
    modules: tuple[str, ...]  # full names of linear layers


def restrict_inputs(model: DuvTransformer, inputs: Sequence[str]) -> None:
    """Let the model read these features and no others, hints among them."""
    hidden = hidden_columns(inputs)
    model.hide(hidden.floats, hidden.indices)
    columns = hint_columns(hint_names(inputs))
    if columns:
        model.read_hints(columns)


def inject_lora(model: DuvTransformer, shape: LoraShape) -> None:
    """Freeze the model and put trainable LoRA matrices beside its linear layers; at first they change nothing."""
    from peft import LoraConfig, inject_adapter_in_model  # slow to import: it brings transformers

    hints = model.hints
    model.requires_grad_(False)
    how = LoraConfig(
        r=shape.r,
        lora_alpha=shape.alpha,  # type: ignore[arg-type]  # only ever divided by r
        lora_dropout=shape.dropout,
        target_modules=list(shape.modules),
        bias="none",
    )
    inject_adapter_in_model(how, model, adapter_name=_PEFT_NAME)
    if hints is not None:
        hints.requires_grad_(True)


def trainable_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def adapter_weights(model: nn.Module) -> dict[str, Tensor]:
    """What training changed, as adapter files name it; copies."""
    return {name.replace(f".{_PEFT_NAME}.", "."): p.detach().clone() for name, p in trainable_parameters(model).items()}


def set_adapter_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """The reverse of `adapter_weights`."""
    with torch.no_grad():
        for name, p in trainable_parameters(model).items():
            p.copy_(weights[name.replace(f".{_PEFT_NAME}.", ".")])


def lora_b_matrices(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The matrices that are 0 before training and must not be 0 after it."""
    return ((name, p) for name, p in model.named_parameters() if ".lora_B." in name)


class lora_disabled:  # noqa: N801 - reads as a statement: with lora_disabled(model)
    """The base as it is, while the statement runs."""

    def __init__(self, model: DuvTransformer) -> None:
        self.model = model

    def __enter__(self) -> None:
        self._switch(False)
        self.hints, self.model.hints = self.model.hints, None
        self.reads = self.model.reads_floats.clone(), self.model.reads_indices.clone()
        self.model.hide((), ())

    def __exit__(self, *_: object) -> None:
        self.model.reads_floats.copy_(self.reads[0])
        self.model.reads_indices.copy_(self.reads[1])
        self.model.hints = self.hints
        self._switch(True)

    def _switch(self, on: bool) -> None:
        from peft.tuners.tuners_utils import BaseTunerLayer

        for module in self.model.modules():
            if isinstance(module, BaseTunerLayer):
                module.enable_adapters(on)


def module_names(patterns: Sequence[str], model: DuvTransformer) -> list[str]:
    """Full names of the linear layers that the patterns mean, in the model's order.

    A pattern is the end of a name, such as attn.q_proj, in which * stands for anything. DuvError for one that means no
    layer; it names those that there are.
    """
    linear = linear_layers(model)
    found: set[str] = set()
    for pattern in patterns:
        meant = {name for name in linear if _means(pattern, name)}
        if not meant:
            raise DuvError(f'lora.target_modules: the model has no layer "{pattern}"', hint=_known(pattern, linear))
        found |= meant
    return [name for name in linear if name in found]


def linear_layers(model: DuvTransformer) -> list[str]:
    """Full names of the layers that can be adapted."""
    from torch.nn import Linear

    return [name for name, module in model.named_modules() if isinstance(module, Linear) and name != HINT_LAYER]


def _means(pattern: str, name: str) -> bool:
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[k:]), pattern) for k in range(len(parts)))


def _known(pattern: str, linear: Sequence[str]) -> str:
    short = list(dict.fromkeys(re.sub(r"^blocks\.\d+\.", "", name) for name in linear))
    near = get_close_matches(pattern, short, n=1)
    return (f'did you mean "{near[0]}"? ' if near else "") + f"there are {', '.join(short)}"
