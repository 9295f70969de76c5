"""Guitars and basses whose strings have a channel each, as guitar synthesizers and tablature programs write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.instrument_names import family_of_name, plain
from duv_studio.engine.midi.instruments import DRUM_CHANNEL, family_of_program
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import Family
from duv_studio.engine.midi.strands import Members, Strand, grouped, in_one_chunk, is_mono

_FEWEST_STRINGS, _MOST_STRINGS = 3, 8
_STRING_CHORDS = 0.3  # of the onsets are chords, where other instruments share the chunk with a guitar
_STROKE_QUARTERS = 1 / 16  # between neighbouring strings
_DOUBLED = 0.5  # of the notes are another channel's too: layers, not strings
_STRING = re.compile(r"\b(strings?|saite|corde|cuerda|corda|low|high|tief|hoch|[a-h])\b")
_PLUCKED = (Family.GUITAR, Family.BASS)


def string_channels(smf: SmfFile, strands: Sequence[Strand]) -> list[Members]:
    """The strands of every guitar that has a channel per string."""
    return [found for members in in_one_chunk(strands) for found in _guitars(smf, strands, members)]


def name_without_string(name: str) -> str:
    """A track's name without the string that it may speak of: "Guitar E" and "Guitar 2" are "guitar"."""
    return " ".join(_STRING.sub(" ", plain(name)).split())


def _guitars(smf: SmfFile, strands: Sequence[Strand], members: Members) -> list[Members]:
    # In a chunk of its own a guitar may play with different programs; in one with all of a band they tell it apart.
    shared = smf.format == 0
    if len(members) < _FEWEST_STRINGS + shared:
        return []
    plucked = [i for i in members if strands[i].channel != DRUM_CHANNEL and _is_plucked(strands[i])]
    alike = grouped(
        plucked,
        lambda i: (name_without_string(strands[i].name), _programs(strands[i]) if shared else _kind(strands[i])),
    )
    return [
        found
        for found in alike
        if _FEWEST_STRINGS + shared <= len(found) <= _MOST_STRINGS
        and all(is_mono(strands[i].notes) for i in found)
        and not _are_doubled(strands, found)
        and (not shared or _chords(smf, strands, found) >= _STRING_CHORDS)
    ]


def _programs(strand: Strand) -> tuple[int, ...]:
    return tuple(np.unique(strand.program).tolist())


def _kind(strand: Strand) -> Family | None:
    """The family that the first program, or without one the name speaks of."""
    program = int(strand.program[0])
    return family_of_program(program) if program > 0 else family_of_name(strand.name)


def _is_plucked(strand: Strand) -> bool:
    known = strand.program[strand.program > 0]
    return _kind(strand) in _PLUCKED and all(family_of_program(int(p)) in _PLUCKED for p in np.unique(known))


def _are_doubled(strands: Sequence[Strand], members: Sequence[int]) -> bool:
    """Whether two of the strands play much the same notes."""
    keys = [np.unique(strands[i].notes.onset * 128 + strands[i].notes.pitch) for i in members]
    pairs = [(a, b) for k, a in enumerate(keys) for b in keys[:k]]
    return any(len(np.intersect1d(a, b)) > _DOUBLED * min(len(a), len(b)) for a, b in pairs)


def _chords(smf: SmfFile, strands: Sequence[Strand], members: Sequence[int]) -> float:
    """Share of the onsets at which several of the strands are struck, as a stroke of the hand strikes them."""
    onset = np.sort(np.concatenate([strands[i].notes.onset for i in members]))
    stroke: NDArray[np.int64] = np.cumsum(np.diff(onset, prepend=onset[0]) > _STROKE_QUARTERS * smf.ppq)
    return float((np.bincount(stroke) > 1).mean())
