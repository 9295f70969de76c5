"""The notes of single channels, and of several channels as those of one instrument."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from duv_studio.engine.midi.events import IntArray, frozen
from duv_studio.engine.midi.song import Notes

_MONO_SHARE = 0.95  # of the notes begin alone


@dataclass(frozen=True)
class Strand:
    """The n notes of one port and channel of a chunk, or of all channels of one instrument."""

    chunk: int
    port: int
    channel: int  # of several: the one that speaks for all
    name: str
    notes: Notes
    program: IntArray = field(repr=False)  # (n,) in force when each note begins, -1 where there is none
    pedal: bool
    own_name: bool = True  # the name is this channel's alone, not that of a chunk of several


Members = list[int]  # places among the strands of a file, ascending


def joined(strands: Sequence[Strand], members: Sequence[int], channel: int) -> Strand:
    """The notes of several strands as one instrument's, which `channel` speaks for."""
    own = [strands[i] for i in members]
    count = [len(strand.notes) for strand in own]
    arrays = {
        name: np.concatenate([getattr(strand.notes, name) for strand in own])
        for name in ("onset", "duration", "pitch", "velocity", "on_event", "off_event")
    }
    arrays["channel"] = np.repeat([strand.channel for strand in own], count).astype(np.int64)
    arrays["chunk"] = np.repeat([strand.chunk for strand in own], count).astype(np.int64)
    order = np.lexsort((arrays["on_event"], arrays["chunk"], arrays["pitch"], arrays["onset"]))
    notes = Notes(**{name: frozen(array[order]) for name, array in arrays.items()})
    program = np.concatenate([strand.program for strand in own])[order]
    name = next((strand.name for strand in own if strand.name), "")
    pedal = any(strand.pedal for strand in own)
    return Strand(own[0].chunk, own[0].port, channel, name, notes, program, pedal)  # one instrument, so its own name


def is_mono(notes: Notes) -> bool:
    """Whether notes begin one after the other. Where they end does not count: that is what editing moves."""
    return len(np.unique(notes.onset)) >= _MONO_SHARE * len(notes)


def grouped(members: Iterable[int], key: Callable[[int], Hashable]) -> list[Members]:
    """The members in groups of equal keys, in order of appearance."""
    groups: dict[Hashable, Members] = {}
    for i in members:
        groups.setdefault(key(i), []).append(i)
    return list(groups.values())


def in_one_chunk(strands: Sequence[Strand]) -> list[Members]:
    """The strands of every chunk and port."""
    return grouped(range(len(strands)), lambda i: (strands[i].chunk, strands[i].port))
