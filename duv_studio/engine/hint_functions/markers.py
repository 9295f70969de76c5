"""The sections of a song by what its markers call them."""

from __future__ import annotations

import re

import numpy as np

from duv_studio.engine.hint_functions.sections import KINDS
from duv_studio.engine.midi.instruments import plain
from duv_studio.engine.midi.metadata import decode_text
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import IntArray

_TEXT, _MARKER, _CUE = 0x01, 0x06, 0x07
FEWEST = 2  # markers that name sections; one alone says little
_LONGEST = 60  # characters

# Tried in this order on the plain form of a text: "pre chorus" holds a chorus, and a "guitar solo 2" is a solo.
_NAMES = (
    ("pre_chorus", r"pre ?(chorus|refrain)|build( ?up)?|[bB] ?メロ"),
    ("chorus", r"(last |final |post )?(chorus|refrain|hook|drop)|サビ"),
    ("intro", r"intro(duction|duktion)?|イントロ|前奏"),
    ("outro", r"outro|coda|ending|fade( ?out)?|アウトロ|後奏|エンディング"),
    ("verse", r"verse|vers|strophe|couplet|estrofa|[aA] ?メロ"),
    ("bridge", r"bridge|middle (eight|8)|brucke|pont|puente|[cC] ?メロ"),
    ("solo", r"(\w+ )?solo|ソロ|間奏"),
    ("other", r"interlude|instrumental|break(down)?|transition|vamp|tag|turn ?around|zwischenspiel"),
)
_COMPILED = tuple((KINDS.index(kind), re.compile(rf"(the |\w )?({pattern})( [a-z])?$")) for kind, pattern in _NAMES)


def kind_of_text(text: str) -> int | None:
    """Index of KINDS that a text names, None for one that says something else or more."""
    words = plain(text[:_LONGEST])
    return next((kind for kind, pattern in _COMPILED if pattern.match(words)), None)


def marked_sections(smf: SmfFile) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and kinds (k,) of the sections that markers, cue points or texts name; k = 0 where they name none.

    Once sections are named, a marker with another name begins a section of kind "other".
    """
    marks: dict[int, int] = {}
    for kinds in ((_TEXT,), (_CUE,), (_MARKER,)):  # of several at one tick the marker counts
        found = _named(smf, kinds)
        named = sum(kind is not None for _, kind in found)
        if named >= FEWEST:
            strict = _TEXT in kinds  # texts hold anything
            marks |= {
                tick: KINDS.index("other") if k is None else k for tick, k in found if k is not None or not strict
            }
    ticks = sorted(marks)
    return np.array(ticks, dtype=np.int64), np.array([marks[tick] for tick in ticks], dtype=np.int64)


def _named(smf: SmfFile, kinds: tuple[int, ...]) -> list[tuple[int, int | None]]:
    return [
        (int(chunk.events.tick[index]), kind_of_text(text))
        for chunk in smf.chunks
        for kind in kinds
        for index, payload in chunk.events.meta(chunk.body, kind)
        if (text := decode_text(payload[:_LONGEST]))
    ]
