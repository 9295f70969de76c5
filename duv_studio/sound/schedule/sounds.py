"""Which preset of a SoundFont each note is played with: bank, program, and whether a drum kit sounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duv_studio.engine.midi.channel_messages import BANK, BANK_FINE, PROGRAM
from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.instruments import is_kit
from duv_studio.engine.midi.metadata import Programs
from duv_studio.engine.midi.song import Family, PerSong, Song, Track
from duv_studio.sound.schedule.messages import Messages

KIT_BANK = 128  # of a SoundFont
_GM2_MELODIC = 121  # CC 0, under which CC 32 chooses the variation


@dataclass(frozen=True)
class Presets:
    """Bank and program of n notes, (n,) each."""

    bank: IntArray
    program: IntArray


programs_of: PerSong[Programs] = PerSong(lambda song: Programs(song.source))


def plays_kit(track: Track) -> bool:
    """Whether drums sound: where the file says so, where the user does, and where it names drums but no program."""
    named = track.family is Family.DRUMS and (track.program is None or track.guessed is not None)
    return is_kit(track) or named


def presets(song: Song, track: Track, which: IntArray, channel: int, messages: Messages, chosen: int | None) -> Presets:
    """The presets of the notes at the ascending indices `which` (n,) of a track, which stand on one channel.

    `chosen` is a program that stands in for those of the file, for listening. The bank is the one that was selected
    when the program in force was chosen, as GS instruments do: CC 0, but CC 32 in the banks of GM2. What a bank does
    not hold, the SoundFont plays with bank 0.
    """
    notes = track.notes.only(which)
    if chosen is not None:
        bank = np.full(len(notes), KIT_BANK if plays_kit(track) else 0, np.int64)
        return Presets(bank, np.full(len(notes), chosen, np.int64))
    program = _programs(song, track, which, channel)
    if plays_kit(track):
        own = program if is_kit(track) else np.zeros_like(program)  # a melodic program names no kit
        return Presets(np.full(len(notes), KIT_BANK, np.int64), np.maximum(own, 0))
    return Presets(_banks(messages, notes.onset), np.maximum(program, 0))


def _programs(song: Song, track: Track, which: IntArray, channel: int) -> IntArray:
    """The program in force when each note begins, (n,), -1 where there is none.

    That of a channel of an MPE zone may stand on its master, which speaks for the track.
    """
    notes, programs = track.notes.only(which), programs_of(song)
    own = programs.of_notes(track.chunk, track.port, channel, notes)
    if channel == track.channel:
        return own
    return np.where(own >= 0, own, programs.of_notes(track.chunk, track.port, track.channel, notes))


def _banks(messages: Messages, onset: IntArray) -> IntArray:
    """The bank of the program in force at onsets (n,), (n,)."""
    own = messages.only(BANK, BANK_FINE, PROGRAM)
    if not (own.number == BANK).any():
        return np.zeros(len(onset), np.int64)
    bank, fine = (_in_force(own, number) for number in (BANK, BANK_FINE))
    variation = np.where(bank == _GM2_MELODIC, fine, bank)
    at = np.flatnonzero(own.number == PROGRAM)
    if not len(at):
        return np.append(0, variation)[np.searchsorted(own.tick, onset, side="right")]
    # Before any program change the first counts: sequencers send it late.
    change = np.maximum(np.searchsorted(own.tick[at], onset, side="right") - 1, 0)
    return np.asarray(variation[at[change]])


def _in_force(messages: Messages, number: int) -> IntArray:
    """The value of a controller after each message, (k,), at first 0."""
    last = np.maximum.accumulate(np.where(messages.number == number, np.arange(len(messages)), -1))
    return np.asarray(np.where(last >= 0, messages.value[last], 0))
