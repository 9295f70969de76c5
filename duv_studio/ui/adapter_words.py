"""What is said of adapters: which family each plays, and what one should know of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from duv_studio.engine.adapters.header import (
    HARMS,
    IMPROVES,
    NO_CLEAR_CHANGE,
    AdapterHeader,
)
from duv_studio.engine.midi.song import Family
from duv_studio.ui.track_model import family_word
from duv_studio.ui.words import tr

_MOST_FAMILIES = 2  # more are counted in the status bar


def adapters_of(model: Any) -> Mapping[Family, AdapterHeader]:
    """Return the adapters that play with a model (a `duv_studio.engine.Humanizer`), by family."""
    adapters: Mapping[Family, AdapterHeader] = getattr(model, "adapters", {})
    return adapters


def adapter_lines(adapters: Mapping[Family, AdapterHeader]) -> list[str]:
    """Return a line for each adapter: what it plays, how it is called, and doubts about it."""
    return [
        tr("{family}: {title}", family=family_word(family).capitalize(), title=with_doubts(adapter))
        for family, adapter in adapters.items()
    ]


def with_doubts(adapter: AdapterHeader) -> str:
    """Return the title, and what one should know before using it."""
    doubts = doubts_about(adapter)
    return f"{adapter.title} ({doubts})" if doubts else adapter.title


def doubts_about(adapter: AdapterHeader) -> str:
    """Return its verdict, unless that it improves the model, and whom its licence keeps out; "" when all is well."""
    words = [_verdict(adapter.verdict)]
    if not adapter.commercial:
        words.append(tr("not for commercial use"))
    return ", ".join(word for word in words if word)


def playing(title: str, adapters: Mapping[Family, AdapterHeader], families: Collection[Family]) -> str:
    """Return the model and the adapters that play these families, "" when none does: "Base · guitar adapter"."""
    names = [family_word(family) for family in adapters if family in families]
    if not names:
        return ""
    if len(names) > _MOST_FAMILIES:
        return tr("{title} · {n} adapters", title=title, n=len(names))
    if len(names) == 1:
        return tr("{title} · {family} adapter", title=title, family=names[0])
    return tr("{title} · {one} and {other} adapters", title=title, one=names[0], other=names[1])


def _verdict(verdict: str) -> str:
    said = {IMPROVES: "", NO_CLEAR_CHANGE: tr("no clear change"), HARMS: tr("harms")}
    return said.get(verdict, tr("never judged"))
