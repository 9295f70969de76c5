"""From the names of target_modules, globs among them, to the linear layers that they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from duv_studio.errors import DuvError

if TYPE_CHECKING:
    from duv_studio.engine.model.transformer import DuvTransformer

HINTS = "hints"  # the layer that reads hints is new and trained as it is


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

    return [name for name, module in model.named_modules() if isinstance(module, Linear) and name != HINTS]


def _means(pattern: str, name: str) -> bool:
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[k:]), pattern) for k in range(len(parts)))


def _known(pattern: str, linear: Sequence[str]) -> str:
    short = list(dict.fromkeys(re.sub(r"^blocks\.\d+\.", "", name) for name in linear))
    near = get_close_matches(pattern, short, n=1)
    return (f'did you mean "{near[0]}"? ' if near else "") + f"there are {', '.join(short)}"
