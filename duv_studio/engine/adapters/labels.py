"""How a model and the adapters in use are called."""

from __future__ import annotations

from collections.abc import Mapping

from duv_studio.engine.adapters.header import IMPROVES, AdapterHeader
from duv_studio.engine.midi.song import Family
from duv_studio.engine.model.checkpoint import ModelHeader

_MOST_NAMES = 2  # more adapters are counted
_NOT_COMMERCIAL = "not for commercial use"


def named(model: ModelHeader, adapters: Mapping[Family, AdapterHeader]) -> str:
    """The model's name and those of its adapters."""
    if len(adapters) > _MOST_NAMES:
        return f"{model.name} + {len(adapters)} adapters"
    return " + ".join([model.name, *(adapter.name for adapter in adapters.values())])


def described(model: ModelHeader, adapters: Mapping[Family, AdapterHeader]) -> str:
    """Title and licence of the model, and which adapter plays what, with its verdict unless it is that it improves."""
    words = [model.title, model.licence, "" if model.commercial else _NOT_COMMERCIAL]
    words += [about(adapter, alone=model.commercial) for adapter in adapters.values()]
    return " · ".join(word for word in words if word)


def about(adapter: AdapterHeader, *, alone: bool = True) -> str:
    """What an adapter plays, its title, and what one should know of it; `alone`: also whom its licence keeps out."""
    doubts = [] if adapter.verdict == IMPROVES else [adapter.verdict or "never judged"]
    if alone and not adapter.commercial:
        doubts.append(_NOT_COMMERCIAL)
    return f"{adapter.family} adapter “{adapter.title}”" + (f" ({', '.join(doubts)})" if doubts else "")
