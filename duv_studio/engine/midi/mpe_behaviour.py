"""MPE controllers that do not say that they are one, known by how they spread their notes over channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.mpe_zones import is_expression
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.strands import Members, Strand, grouped, is_mono, joined

_FEWEST_MEMBERS, _FEWEST_NOTES = 4, 16
_FEWEST_BARE = 5  # channels, where nothing but their turns tells them from parts of an ensemble
_EXPRESSED = 0.8  # of a member channel's notes have bends, pressure or CC 74 of their own
_TURNS, _BARE_TURNS = 0.8, 0.9  # of the notes go to the channel after the last one's
_TOGETHER = 0.5  # of the onsets are chords of all channels: an ensemble
_REGISTERS = 0.3  # of the variance of pitch lies between channels of which nothing but turns is seen: voices differ


def members_by_behaviour(smf: SmfFile, strands: Sequence[Strand], among: Sequence[int]) -> list[Members]:
    """Groups of the strands `among` which a controller spreads its notes."""
    if len(among) < _FEWEST_MEMBERS:
        return []
    same = [i for i in among if (strands[i].program == strands[i].program[0]).all()]
    alike = grouped(same, lambda i: (plain(strands[i].name), int(strands[i].program[0])))
    return [found for members in alike if (found := _members(smf, strands, members))]


def _members(smf: SmfFile, strands: Sequence[Strand], alike: Sequence[int]) -> Members:
    """Those of strands of one name and program that are a controller's, [] for none."""
    mono = [i for i in alike if is_mono(strands[i].notes)]
    expressed = [i for i in mono if _expressed(smf, strands[i], at_onset=False) >= _EXPRESSED]
    fresh = [i for i in expressed if _expressed(smf, strands[i], at_onset=True) >= _EXPRESSED]
    if _are_enough(strands, fresh, _FEWEST_MEMBERS):
        return fresh
    if _are_enough(strands, expressed, _FEWEST_MEMBERS) and _take_turns(strands, expressed, _TURNS):
        return expressed
    if _are_enough(strands, mono, _FEWEST_BARE) and _take_turns(strands, mono, _BARE_TURNS, _REGISTERS):
        return mono
    return []


def _are_enough(strands: Sequence[Strand], members: Sequence[int], fewest: int) -> bool:
    return len(members) >= fewest and sum(len(strands[i].notes) for i in members) >= max(
        _FEWEST_NOTES, 2 * len(members)
    )


def _expressed(smf: SmfFile, strand: Strand, *, at_onset: bool) -> float:
    """Share of the notes with bends, pressure or CC 74 of their own: before the next begins, or at their very onset."""
    chunk, notes = smf.chunks[strand.chunk], strand.notes
    at = np.flatnonzero(is_expression(chunk, strand.channel))
    if not len(at):
        return 0.0
    if at_onset:
        return float(np.isin(notes.onset, chunk.events.tick[at]).mean())
    before = np.searchsorted(at, np.append(np.sort(notes.on_event), len(chunk.events)))
    return float((np.diff(before) > 0).mean())


def _take_turns(strands: Sequence[Strand], members: Sequence[int], least: float, registers: float = 1.0) -> bool:
    """Whether notes go round the channels one after the other, and chords begin with whichever is next.

    An ensemble that strikes together goes round, too, but it begins anew with each chord. `registers` is the most that
    the channel may say of the pitch.
    """
    notes = joined(strands, members, 0).notes
    assert notes.channel is not None and notes.chunk is not None
    order = np.lexsort((notes.on_event, notes.chunk, notes.onset))
    if len(np.unique(notes.chunk)) > 1:  # which of two chunks came first at a tick is not written
        return False
    number = np.unique(notes.channel, return_inverse=True)[1][order]
    turns = np.diff(number) % len(members) == 1
    together = np.unique(notes.onset, return_counts=True)[1] == len(members)
    goes_round = bool(turns.mean() >= least and together.mean() < _TOGETHER)
    return goes_round and _between(notes.pitch[order], number) <= registers


def _between(pitch: IntArray, number: IntArray) -> float:
    """Adjusted share of the variance of the pitches (n,) that lies between their groups (n,)."""
    size = np.bincount(number)
    if len(pitch) <= len(size) or not np.ptp(pitch):
        return 1.0
    within = np.sum((pitch - (np.bincount(number, pitch) / size)[number]) ** 2) / (len(pitch) - len(size))
    return float(1 - within / np.var(pitch, ddof=1))
