"""A base model with an adapter merged into it: as fast as the base alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from math import isfinite

import torch
from torch import Tensor, nn

from duv_studio.engine.adapters.header import HINT_WEIGHT, AdapterHeader
from duv_studio.engine.features.feature_groups import hidden_columns
from duv_studio.engine.features.hints import hint_columns
from duv_studio.engine.model.transformer import DuvTransformer
from duv_studio.errors import DuvError


@torch.no_grad()
def merged(
    base: DuvTransformer, weights: Mapping[str, Tensor], header: AdapterHeader, strength: float = 1.0
) -> DuvTransformer:
    """A copy of the base, in float32 on the CPU, that plays as the adapter learned.

    `weights` and `header` are those of `load_adapter`. `strength` scales what was learned: 0 is the base, seeing what
    the adapter sees. DuvError when the adapter does not fit the network.
    """
    network = copy.deepcopy(base)
    hidden = hidden_columns(header.inputs)
    network.hide(hidden.floats, hidden.indices)
    for name in header.modules:
        layer = _layer(network, name, header)
        down, up = weights[f"{name}.lora_A.weight"], weights[f"{name}.lora_B.weight"]
        _check(name, (len(up), down.shape[1]), layer.weight, header)  # before they are multiplied
        _add(name, layer.weight, strength * header.alpha / header.r * (up @ down), header)
    if header.hints:
        network.read_hints(hint_columns(header.hints))
        assert network.hints is not None
        _check(HINT_WEIGHT, tuple(weights[HINT_WEIGHT].shape), network.hints.weight, header)
        _add(HINT_WEIGHT, network.hints.weight, strength * weights[HINT_WEIGHT], header)
    return network.eval().requires_grad_(False)


def _layer(network: DuvTransformer, name: str, header: AdapterHeader) -> nn.Linear:
    try:
        layer = network.get_submodule(name)
    except AttributeError:
        layer = None
    if not isinstance(layer, nn.Linear):
        raise _misfit(header, f"the base model has no layer {name}")
    return layer


def _check(name: str, shape: tuple[int, ...], weight: Tensor, header: AdapterHeader) -> None:
    if shape != tuple(weight.shape):
        raise _misfit(header, f"{name} is {list(shape)} in the adapter and {list(weight.shape)} in the base model")


def _add(name: str, weight: Tensor, learned: Tensor, header: AdapterHeader) -> None:
    weight += learned
    if not isfinite(float(weight.sum())):  # a sum is no number as soon as one of its terms is none
        raise _misfit(header, f"with it the weights of {name} are beyond all numbers")


def _misfit(header: AdapterHeader, why: str) -> DuvError:
    return DuvError(f'the adapter "{header.name}" does not fit the base model: {why}', hint="choose another adapter")
