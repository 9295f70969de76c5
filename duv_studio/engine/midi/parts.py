"""Which notes of a MIDI file make a track: those of a channel in a chunk that one instrument plays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from duv_studio.engine.midi.drum_switches import KitSwitch, KitSwitches
from duv_studio.engine.midi.events import IntArray, frozen
from duv_studio.engine.midi.instrument_names import family_of_name
from duv_studio.engine.midi.instruments import DRUM_CHANNEL, GM_PROGRAM_NAMES, family_of_program
from duv_studio.engine.midi.metadata import SUSTAIN, Programs, TrackNames, controller_changes
from duv_studio.engine.midi.note_pairing import VOICES, first_events, joined_arrays, pair_notes
from duv_studio.engine.midi.several_channels import join_channels
from duv_studio.engine.midi.smf import MidiChunk, SmfFile
from duv_studio.engine.midi.song import Family, Notes
from duv_studio.engine.midi.strands import Strand

# Programs between which a player changes and stays the same instrument to the ear of an arranger: piano patches, a
# guitarist's pedals, a trumpet's mute. All others are instruments of their own.
_SAME_INSTRUMENT: tuple[tuple[int, ...], ...] = (
    (*range(0, 6), 7),
    tuple(range(8, 15)),
    tuple(range(16, 21)),
    (21, 23),
    (*range(24, 32), 120),
    tuple(range(32, 40)),
    (40, 110),
    (52, 53, 54),
    (56, 59),
    (61, 62, 63),
    tuple(range(64, 68)),
    (68, 69),
    (72, 73),
    tuple(range(80, 88)),
    tuple(range(88, 96)),
    tuple(range(96, 104)),
    (113, *range(115, 120)),
    tuple(range(121, 128)),
)
_INSTRUMENT_OF = {program: group[0] for group in _SAME_INSTRUMENT for program in group}
# Plucked, trembling and many strings: ways of playing, so part of whichever strings play before or after.
_ANY_STRINGS = (44, 45, *range(48, 52))
_NO_PROGRAM = -1
_NOTE_ON = 0x90
_EVENTS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Part:
    """The notes of one track, with what the file says of it; most fields are those of Track."""

    chunk: int
    port: int
    channel: int
    name: str
    program: int | None
    notes: Notes
    pedal: bool
    part: str = ""
    own_name: bool = True  # the name is this channel's alone, not that of a chunk of several
    switch: KitSwitch | None = None  # what the file says of drums on this channel

    @property
    def is_kit(self) -> bool:
        """Whether a player sounds drums on this channel."""
        return self.channel == DRUM_CHANNEL if self.switch is None else self.switch.is_kit


def parts_of(smf: SmfFile) -> Iterator[Part]:
    """Every track of the file: by chunk, port, channel, and where instruments change on a channel by these.

    The channels of one instrument, such as those of an MPE zone, are one track.
    """
    programs, switches = Programs(smf), KitSwitches(smf)
    for strand in join_channels(smf, list(_strands(smf, programs)), programs.of_notes):
        place = (strand.chunk, strand.port, strand.channel)
        switch = switches.of_notes(*place, strand.notes.onset)
        whole = Part(*place, strand.name, None, strand.notes, strand.pedal, own_name=strand.own_name, switch=switch)
        yield from _by_instrument(whole, strand.program)


def _strands(smf: SmfFile, programs: Programs) -> Iterator[Strand]:
    """The notes of every port and channel of every chunk."""
    for run in _runs(smf):
        by_chunk = _notes([smf.chunks[number] for number in run])
        for number, by_voice in zip(run, by_chunk, strict=True):
            chunk = smf.chunks[number]
            names = TrackNames(smf, chunk)
            is_only = len({voice % 16 for voice in by_voice}) == 1
            for voice, notes in by_voice.items():
                port, channel = divmod(voice, 16)
                pedal = len(controller_changes(chunk, channel, SUSTAIN)[0]) > 0
                name, own = names.of(channel, is_only), names.is_own(channel, is_only)
                program = programs.of_notes(number, port, channel, notes)
                yield Strand(number, port, channel, name, notes, program, pedal, own)


def _runs(smf: SmfFile) -> Iterator[list[int]]:
    """The numbers of the chunks with notes, so many at a time as make a task of some size."""
    run: list[int] = []
    events = 0
    for number, chunk in enumerate(smf.chunks):
        if chunk.events.has(_NOTE_ON):
            run.append(number)
            events += len(chunk.events)
        if events >= _EVENTS_AT_ONCE:
            yield run
            run, events = [], 0
    if run:
        yield run


def _notes(chunks: list[MidiChunk]) -> list[dict[int, Notes]]:
    """The notes of every port and channel (port * 16 + channel) of each chunk; what never ends lasts as its chunk."""
    found, tick = pair_notes(*chunks), joined_arrays([chunk.events.tick for chunk in chunks])
    on = np.flatnonzero(found.is_on)
    on = on[np.lexsort((found.voice[on] % 128, tick[found.event[on]], found.voice[on] // 128))]
    on_event, partner = found.event[on], found.partner[on]
    number, voice = np.divmod(found.voice[on] // 128, VOICES // 128)
    first = first_events(chunks)[number]
    off_event = np.where(partner >= 0, found.event[partner], -1)
    onset = tick[on_event]
    end = np.where(off_event >= 0, tick[off_event], np.array([chunk.end_tick for chunk in chunks])[number])
    off_event = np.where(off_event >= 0, off_event - first, -1)
    arrays = (onset, end - onset, found.voice[on] % 128, found.velocity[on], on_event - first, off_event)
    begins = np.flatnonzero(np.diff(found.voice[on] // 128, prepend=-1)).tolist()
    result: list[dict[int, Notes]] = [{} for _ in chunks]
    for begin, stop in pairwise([*begins, len(on)]):
        result[int(number[begin])][int(voice[begin])] = Notes(*(frozen(array[begin:stop]) for array in arrays))
    return result


def _by_instrument(whole: Part, program: IntArray) -> Iterator[Part]:
    """The part, or a part for each instrument that its programs (n,), -1 for none, choose; the first to play first.

    A note that sounds across a change belongs to the instrument with which it begins. The first instrument has the
    name that the file gives, as it had it alone; to the name of a later one its sound is added.
    """
    if (program == program[:1]).all():
        yield replace(whole, program=_program(program, whole.name))
        return
    instrument = _instruments(program, whole.name)
    is_kit = whole.is_kit or family_of_name(whole.name) is Family.DRUMS  # whose programs are kits
    if is_kit or (instrument == instrument[:1]).all():
        yield replace(whole, program=_program(program, whole.name))
        return
    kinds, first = np.unique(instrument, return_index=True)
    for kind in kinds[np.argsort(first)]:
        at = np.flatnonzero(instrument == kind)
        own = replace(whole, program=_program(program[at], whole.name), notes=whole.notes.only(at))
        yield own if at[0] == 0 else _named_apart(own)


def _named_apart(part: Part) -> Part:
    sound = GM_PROGRAM_NAMES[part.program or 0]
    return replace(part, name=f"{part.name} · {sound}" if part.name else "", part=str(part.program or 0))


def _program(program: IntArray, name: str) -> int | None:
    """The first program that the notes are played with; not 0 where the name says that no one chose it."""
    said = program[program >= 0]
    chosen = said[said > 0]
    named = family_of_name(name)
    if len(chosen) and named is not family_of_program(0) and named is family_of_program(int(chosen[0])):
        return int(chosen[0])
    return int(said[0]) if len(said) else None


def _instruments(program: IntArray, name: str) -> IntArray:
    """A number for the instrument of each note, (n,), the same for programs that are one instrument."""
    chosen = np.flatnonzero(program > 0)
    untold = np.arange(len(program)) < (chosen[0] if len(chosen) else len(program))
    known, at = np.unique(program, return_inverse=True)
    instrument = np.array([_INSTRUMENT_OF.get(max(int(p), 0), int(p)) for p in known], np.int64)[at]
    _join_strings(program, instrument)
    if untold.any() and (family := family_of_name(name)) is not None:
        # Before a program is chosen the name says what plays, as it does where none ever is.
        likely = [i for i in chosen.tolist() if family_of_program(int(program[i])) is family]
        instrument[untold] = instrument[likely[0]] if likely else _NO_PROGRAM
    return instrument


def _join_strings(program: IntArray, instrument: IntArray) -> None:
    """Count ways of playing strings, in place, for the strings that play before them, or else first."""
    is_way = np.isin(program, _ANY_STRINGS)
    strings = np.flatnonzero(np.isin(program, (40, 41, 42, 43, 110)))
    if not is_way.any():
        return
    if not len(strings):
        instrument[is_way] = _ANY_STRINGS[0]
        return
    before = np.searchsorted(strings, np.flatnonzero(is_way)) - 1
    instrument[is_way] = instrument[strings[np.maximum(before, 0)]]
