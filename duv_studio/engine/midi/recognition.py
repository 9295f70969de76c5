"""What a track is: its family, why, and what speaks against it, from all that a file says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.drum_patterns import Likeness, likeness
from duv_studio.engine.midi.drum_switches import KitSwitch
from duv_studio.engine.midi.instrument_names import family_of_name, is_double_bass, is_hand, is_loose
from duv_studio.engine.midi.instruments import DRUM_CHANNEL, GM_PROGRAM_NAMES, family_of_program
from duv_studio.engine.midi.song import Family, Notes

_HIGHEST_BASS = 57  # median pitch up to which a file that is called a bass is one
# Programs that choose a drum kit of GS, XG or GM2 on channel 10.
_KIT_PROGRAMS = frozenset((0, 1, 8, 16, 24, 25, 26, 27, 28, 30, 32, 33, 40, 48, 49, 50, 56, 127))
_KIT_RANGE = (27, 87)  # the drums of GM2's standard kit
_ALIKE = {Family.DRUMS, Family.PERCUSSION}


@dataclass(frozen=True)
class Clues:
    """What is known of a track; only channel, program and name need to be."""

    channel: int  # from 0
    program: int | None  # 0..127
    name: str
    own_name: bool = True  # the name is the track's alone, not that of a chunk of several channels
    switch: KitSwitch | None = None
    notes: Notes | None = None
    ppq: int = 480
    file_name: str = ""  # without suffix, where nothing else in the file could be meant


@dataclass(frozen=True)
class Recognised:
    """A family, one short phrase why, and one that says what speaks against it, "" where nothing does."""

    family: Family
    reason: str
    doubt: str = ""


def recognise(clues: Clues) -> Recognised:
    """Return what a track is taken for.

    A switch of the file itself (`drum_switches`) is stronger than channel 10, that is stronger than all else; then a
    chosen program, the name, the name of the file, the notes. What is left is a piano, as it sounds in a player.
    """
    if clues.switch is not None and clues.switch.is_kit:
        return _kit(clues, clues.switch.reason)
    if clues.channel == DRUM_CHANNEL and clues.switch is None:
        return _kit(clues, "channel 10")
    found = _melodic(clues)
    if clues.channel == DRUM_CHANNEL and clues.switch is not None:
        return Recognised(found.family, f"{clues.switch.reason}, {found.reason}", found.doubt)
    return found


def _kit(clues: Clues, reason: str) -> Recognised:
    return Recognised(Family.DRUMS, reason, _doubt_of_kit(clues, reason))


def _doubt_of_kit(clues: Clues, reason: str) -> str:
    """What speaks against drums: a name, or a program and pitches that no kit has."""
    named = family_of_name(clues.name) if clues.own_name else None
    if named not in (None, Family.DRUMS, Family.PERCUSSION):
        return f'drums by {reason}, but named "{clues.name.strip()}"'
    program, notes = clues.program or 0, clues.notes
    if named is None and program not in _KIT_PROGRAMS and notes is not None and len(notes):
        low, high = _KIT_RANGE
        if float(np.mean((notes.pitch < low) | (notes.pitch > high))) > 0.1:
            return f"drums by {reason}, but program {program} is {GM_PROGRAM_NAMES[program]}"
    return ""


def _melodic(clues: Clues) -> Recognised:
    """A track on an ordinary channel."""
    named = family_of_name(clues.name)
    if clues.program:
        return _of_program(clues, clues.program, named)
    if named is not None:
        return Recognised(named, f'named "{clues.name.strip()}"')
    if is_hand(clues.name):
        return Recognised(Family.PIANO, f'named "{clues.name.strip()}", a hand of a pianist')
    return _of_file_or_notes(clues) or _default(clues)


def _of_program(clues: Clues, program: int, named: Family | None) -> Recognised:
    """What a chosen program says; but no one calls drums what is none, and kits have programs of their own."""
    reason = f"program {program}, {GM_PROGRAM_NAMES[program]}"
    called = f'named "{clues.name.strip()}"'
    family = family_of_program(program)
    if named is None or not clues.own_name or _agree(family, clues.name, program):
        return Recognised(family, reason)
    if named in _ALIKE and clues.notes is not None and _could_be_drums(clues.notes):
        return Recognised(named, called, f"{called}, but {reason}")
    return Recognised(family, reason, f"{reason}, but {called}")


def _agree(family: Family, name: str, program: int) -> bool:
    """Whether name and program can mean one instrument: sounds bear the names of what they imitate or are added to."""
    said = {family_of_name(part) for part in re.split(r"[/+&,]", name)} - {None}
    meant = {family, family_of_name(GM_PROGRAM_NAMES[program])}
    if said & meant or is_loose(name) or (said <= _ALIKE and family in _ALIKE):
        return True
    if said <= {Family.PERCUSSION, Family.OTHER} and family is Family.OTHER:
        return True
    return family is Family.BASS and is_double_bass(name)


def _of_file_or_notes(clues: Clues) -> Recognised | None:
    """What the name of the file or the notes say, of a track that says nothing itself."""
    notes = clues.notes
    if notes is None or not len(notes):
        return None
    alike = likeness(notes, clues.ppq)
    by_file = family_of_name(clues.file_name)
    if by_file is Family.DRUMS and (alike is not Likeness.NONE or _could_be_drums(notes)):
        return Recognised(Family.DRUMS, f'the file is called "{clues.file_name}"')
    if alike is Likeness.SURE:
        return Recognised(Family.DRUMS, "pitches, lengths and repetition of a drum kit")
    if by_file is not None and clues.program is None and _could_be(by_file, notes):
        doubt = "" if by_file is Family.PIANO else f"{_says_nothing(clues)}: only the name of the file tells"
        return Recognised(by_file, f'the file is called "{clues.file_name}"', doubt)
    if alike is Likeness.POSSIBLE:
        piano = _default(clues)
        return Recognised(
            piano.family, piano.reason, f"{_says_nothing(clues)}, and its pitches could be those of drums"
        )
    return None


def _could_be(family: Family, notes: Notes) -> bool:
    """Whether notes can be what the name of a file says: no drums, and no high bass."""
    if family is Family.BASS:
        return float(np.median(notes.pitch)) <= _HIGHEST_BASS
    return family is not Family.DRUMS


def _could_be_drums(notes: Notes) -> bool:
    """Whether notes at least lie where drums do, and are not many different ones."""
    low, high = _KIT_RANGE
    inside = (notes.pitch >= low) & (notes.pitch <= high)
    return float(np.mean(inside)) > 0.9 and len(np.unique(notes.pitch)) <= 16 and float(np.median(notes.pitch)) <= 60


def _default(clues: Clues) -> Recognised:
    """A piano, which is what a player sounds; a program of 0 that the file holds is no doubt."""
    if clues.program is not None:
        return Recognised(Family.PIANO, f"program {clues.program}, {GM_PROGRAM_NAMES[clues.program]}")
    return Recognised(
        Family.PIANO, f"no program, so {GM_PROGRAM_NAMES[0]}", f"{_says_nothing(clues)}: taken for a piano"
    )


def _says_nothing(clues: Clues) -> str:
    program = "no program" if clues.program is None else f"the program {clues.program} that sequencers write by default"
    if clues.name.strip():
        return f"{program} and a name that tells no instrument"
    return f"no name and {program}"
