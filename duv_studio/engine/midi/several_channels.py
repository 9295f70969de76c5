"""Instruments that spread their notes over several channels, as one: MPE controllers, guitars with one per string."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.guitar_strings import string_channels
from duv_studio.engine.midi.instrument_names import plain
from duv_studio.engine.midi.instruments import DRUM_CHANNEL
from duv_studio.engine.midi.metadata import SUSTAIN, controller_changes
from duv_studio.engine.midi.mpe_behaviour import members_by_behaviour
from duv_studio.engine.midi.mpe_zones import Zone, zones_of
from duv_studio.engine.midi.smf import SmfFile
from duv_studio.engine.midi.song import Notes
from duv_studio.engine.midi.strands import Members, Strand, grouped, in_one_chunk, joined

ProgramOf = Callable[[int, int, int, Notes], IntArray]  # chunk, port, channel, notes -> (n,)
_FEWEST_ELSEWHERE = 2  # channels of a chunk, or chunks of one name, for a zone that another chunk announces
_Found = tuple[Members, Strand]


def join_channels(smf: SmfFile, strands: Sequence[Strand], program_of: ProgramOf) -> list[Strand]:
    """The strands with those of one instrument as one, at the place of its first.

    `program_of` looks up the program that is in force on a channel: that of an MPE zone stands on its master.
    """
    instrument: dict[int, Strand] = {}
    taken: set[int] = set()
    for members, whole in _instruments(smf, strands, program_of, taken):
        if not taken & set(members):
            instrument[members[0]] = whole
            taken |= set(members)
    return [instrument.get(i, strand) for i, strand in enumerate(strands) if i in instrument or i not in taken]


def _instruments(
    smf: SmfFile, strands: Sequence[Strand], program_of: ProgramOf, taken: Collection[int]
) -> Iterator[_Found]:
    """Members and the instrument that they make; `taken` are those of the ones before."""
    if len(strands) < 2 and not any(strand.channel for strand in strands):
        return
    zones = zones_of(smf)
    if zones:
        places = _Places(smf, strands, {zone.chunk for zone in zones})
        for zone in zones:
            for members in _announced(strands, zone, places):
                yield members, _with_master(smf, joined(strands, members, zone.master), zone.chunk, program_of)
    for among in in_one_chunk(strands) + _chunk_per_channel(smf, strands):
        for members in members_by_behaviour(smf, strands, [i for i in among if i not in taken]):
            yield members, _unannounced(smf, strands, members, program_of)
    for members in string_channels(smf, strands):
        yield members, joined(strands, members, strands[members[0]].channel)


def _chunk_per_channel(smf: SmfFile, strands: Sequence[Strand]) -> list[Members]:
    """The strands of a type 1 file that have a chunk to themselves and a channel that no other such chunk has."""
    if smf.format != 1:
        return []
    alone = [members[0] for members in grouped(range(len(strands)), lambda i: strands[i].chunk) if len(members) == 1]
    once = [m[0] for m in grouped(alone, lambda i: (strands[i].port, strands[i].channel)) if len(m) == 1]
    return grouped(once, lambda i: strands[i].port)


class _Places:
    """Where the strands of a file play, so that they are not all looked at again for each of thousands of zones."""

    def __init__(self, smf: SmfFile, strands: Sequence[Strand], announcing: Collection[int]) -> None:
        """`announcing` are the chunks that announce zones."""
        self.in_chunk = {(strands[m[0]].chunk, strands[m[0]].port): m for m in in_one_chunk(strands)}
        self.alone = {strands[m[0]].port: m for m in _chunk_per_channel(smf, strands)}
        silent = [i for i, strand in enumerate(strands) if strand.chunk not in announcing] if smf.format == 1 else []
        self.silent = {strands[m[0]].port: m for m in grouped(silent, lambda i: strands[i].port)}
        self.asked: set[tuple[int, int, tuple[int, ...], bool]] = set()


def _announced(strands: Sequence[Strand], zone: Zone, places: _Places) -> Iterator[Members]:
    """Those that play in a zone that the file announces (RPN 6): in its chunk, or else in others that announce none."""

    def inside(members: Members) -> Members:
        return [i for i in members if strands[i].channel in (zone.master, *zone.members)]

    own = inside(places.in_chunk.get((zone.chunk, zone.port), []))
    if any(strands[i].channel in zone.members for i in own):
        found = [own]
    else:
        question = (zone.port, zone.master, zone.members, bool(own))
        if question in places.asked:
            return  # these were found for an earlier zone
        places.asked.add(question)
        alike = grouped(inside(places.alone.get(zone.port, [])), lambda i: plain(strands[i].name))
        found = [max(alike, key=len, default=[])]
        if not own:
            found += grouped(inside(places.silent.get(zone.port, [])), lambda i: strands[i].chunk)
        found = [members for members in found if len(members) >= _FEWEST_ELSEWHERE]
    for members in found:
        programs = {int(p) for i in members if strands[i].channel != zone.master for p in np.unique(strands[i].program)}
        if len(programs - {-1}) <= 1:  # channels that choose sounds of their own are no members
            yield members


def _unannounced(smf: SmfFile, strands: Sequence[Strand], members: Members, program_of: ProgramOf) -> Strand:
    """The instrument of members that were known by what they do; the channel before them may be their master."""
    channels = sorted(strands[i].channel for i in members)
    # The first that does not make drums of them speaks for all.
    whole = joined(strands, members, next(channel for channel in channels if channel != DRUM_CHANNEL))
    before = channels[0] - 1
    played = {strand.channel for strand in strands if (strand.chunk, strand.port) == (whole.chunk, whole.port)}
    if before < 0 or before in played or (whole.program >= 0).any():
        return whole
    with_master = _with_master(smf, replace(whole, channel=before), whole.chunk, program_of)
    return with_master if (with_master.program >= 0).any() else whole


def _with_master(smf: SmfFile, whole: Strand, chunk: int, program_of: ProgramOf) -> Strand:
    """With what a chunk says of the master, the instrument's own channel: its programs and its pedal."""
    program = program_of(chunk, whole.port, whole.channel, whole.notes)
    pedal = whole.pedal or len(controller_changes(smf.chunks[chunk], whole.channel, SUSTAIN)[0]) > 0
    return replace(whole, program=np.where(program >= 0, program, whole.program), pedal=pedal)
