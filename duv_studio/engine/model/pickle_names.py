"""What a pickle names, read without running it: texts, and whether it calls anything but what rebuilds weights."""

from __future__ import annotations

import io
import pickletools
import re
from dataclasses import dataclass
from typing import Any

# What torch writes beside plain data; everything else that a pickle calls is code of somebody's.
_WEIGHTS = re.compile(
    r"torch [A-Za-z0-9]*Storage|torch (float|bfloat|u?int|complex)\d+|torch (bool|Size|device|Tensor)"
    r"|torch\.storage \w*Storage|torch\._utils _rebuild_(tensor(_v2)?|parameter)|torch\._tensor _rebuild_from_type_v2"
    r"|torch\.nn\.parameter Parameter|torch\.serialization _get_layout|collections OrderedDict"
)
_TEXTS = {"BINUNICODE", "SHORT_BINUNICODE", "UNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "STRING"}
_CALLS = {"GLOBAL", "INST"}
_UNSEEN = {"EXT1", "EXT2", "EXT4", "OBJ"}  # call what they do not name here
_MOST_PICKLES = 5  # that a file of torch before 1.6 holds, one behind the other


@dataclass(frozen=True)
class Pickled:
    """What was found in a file."""

    texts: tuple[str, ...] = ()
    code: bool = False


def read_pickles(data: bytes) -> Pickled | None:
    """What the pickles at the beginning of `data` name; None where not even one operation can be read.

    Data that break off are read as far as they go. The time is linear in them, and nothing is built.
    """
    stream, found, whole = io.BytesIO(data), _Names(), 0
    for _ in range(_MOST_PICKLES):
        try:
            if found.add_pickle(stream):
                return Pickled(tuple(found.texts), code=True)
        except Exception:  # of a damaged pickle, or of weights that follow
            break
        whole += 1
    return Pickled(tuple(found.texts)) if whole or found.texts else None


class _Names:
    """The texts of pickles in their order, and those that the running one remembers to name them again."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add_pickle(self, stream: io.BytesIO) -> bool:
        """Read the next pickle; whether it calls code."""
        memo: dict[Any, str] = {}
        last, before = "", ""  # what was pushed, "" where it was no text
        for operation, argument, _ in pickletools.genops(stream):
            name = operation.name
            if name in _CALLS and not _WEIGHTS.fullmatch(str(argument)):
                return True
            if name == "STACK_GLOBAL" and not _WEIGHTS.fullmatch(f"{before} {last}"):
                return True
            if name in _UNSEEN:
                return True
            if name == "MEMOIZE" or name.endswith("PUT"):
                memo[len(memo) if argument is None else argument] = last
            elif name not in ("PROTO", "FRAME"):
                before, last = last, memo.get(argument, "") if name.endswith("GET") else self._text(name, argument)
        return False

    def _text(self, name: str, argument: object) -> str:
        if name not in _TEXTS:
            return ""
        self.texts.append(str(argument))
        return self.texts[-1]
