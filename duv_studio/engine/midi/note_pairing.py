"""Which note-off ends which note-on, within one MTrk chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import MOST, IntArray, frozen
from duv_studio.engine.midi.smf import MidiChunk

PORT_META = 0x21
VOICES = 256 * 2048  # ports, and of each its channels and pitches


@dataclass(frozen=True)
class NoteEvents:
    """The note-ons and note-offs of a chunk, in file order. Every array is (k,) over them unless it says otherwise.

    `voice` tells apart what can sound together: port, channel and pitch in one number. `partner` is the place (in these
    arrays) of the other end of the note: of the note-off for a note-on, of the note-on for a note-off, or -1 for a note
    never ended and for a note-off that ends nothing.
    """

    event: IntArray  # index in the chunk's events
    is_on: NDArray[np.bool_]
    voice: IntArray  # port * 2048 + channel * 128 + pitch
    velocity: IntArray  # of a note-off: its release velocity
    partner: IntArray


def ports(chunk: MidiChunk) -> IntArray:
    """The MIDI port of every event of the chunk, (e,): that of the last port meta (FF 21) before it, at first 0."""
    if not has_ports(chunk):
        return np.zeros(len(chunk.events), np.int64)
    changes = [(i, payload[0]) for i, payload in chunk.meta(PORT_META) if payload]
    first_event = np.array([i for i, _ in changes], np.int64)
    number = np.array([0, *(n for _, n in changes)], np.int64)
    return number[np.searchsorted(first_event, np.arange(len(chunk.events)), side="right")]


def has_ports(chunk: MidiChunk) -> bool:
    """Whether the chunk names a port."""
    return len(chunk.metas(PORT_META)) > 0


def note_offs(chunk: MidiChunk) -> NDArray[np.bool_]:
    """(e,) which events are note-offs, of either form, whether they end a note or not."""
    found = pair_notes(chunk)
    is_off = np.zeros(len(chunk.events), np.bool_)
    is_off[found.event[~found.is_on]] = True
    return is_off


def pair_notes(*chunks: MidiChunk) -> NoteEvents:
    """Pair note-ons and note-offs of the same port, channel and pitch: the first note to begin is the first to end.

    A note-on with velocity 0 is a note-off. A note struck again before it ended goes on sounding beside the new one,
    and the next note-off ends the older of the two. A note-off while nothing sounds ends nothing. Velocities above 127
    are read as 127; what has a pitch above 127 is no note.

    Of several chunks of a file, `event` counts through the events of all, and `voice` is VOICES larger in each.
    """
    status, start, length, explicit = (
        joined_arrays([getattr(chunk.events, name) for chunk in chunks])
        for name in ("status", "start", "length", "explicit")
    )
    event = np.flatnonzero((status >= 0x80) & (status < 0xA0))
    number = np.searchsorted(first_events(chunks), event, side="right") - 1
    raw, body = np.frombuffer(chunks[0].data, np.uint8), np.array([chunk.begin for chunk in chunks])[number]
    pitch = raw[body + start[event] + explicit[event]].astype(np.int64)
    velocity = np.minimum(raw[body + start[event] + length[event] - 1].astype(np.int64), MOST)
    if (pitch > MOST).any():
        sane = pitch <= MOST
        event, number, pitch, velocity = event[sane], number[sane], pitch[sane], velocity[sane]
    voice = (status[event].astype(np.int64) & 0x0F) * 128 + pitch + number * VOICES
    if any(map(has_ports, chunks)):
        voice += joined_arrays([ports(chunk) for chunk in chunks])[event] * 2048
    is_on = (status[event] >= 0x90) & (velocity > 0)
    return NoteEvents(frozen(event), frozen(is_on), frozen(voice), frozen(velocity), frozen(_partners(voice, is_on)))


def first_events(chunks: Sequence[MidiChunk]) -> IntArray:
    """Where the events of each chunk begin, (k,), in those of all, one chunk after the other."""
    return np.cumsum([0, *(len(chunk.events) for chunk in chunks[:-1])])


def joined_arrays(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One array after the other; a single one is not copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _partners(voice: IntArray, is_on: NDArray[np.bool_]) -> IntArray:
    """Of each voice the first note-off that ends anything ends the first note, the second the second, and so on."""
    order = np.argsort(voice, kind="stable")
    ends = _ends_a_note(voice[order], is_on[order])
    on, off = order[is_on[order]], order[ends]
    begins = np.searchsorted(voice[on], voice[off])  # where the notes of the voice begin
    rank = np.arange(len(off)) - np.searchsorted(voice[off], voice[off])
    partner = np.full(len(voice), -1, np.int64)
    partner[off] = on[begins + rank]
    partner[on[begins + rank]] = off
    return partner


def _ends_a_note(voice: IntArray, is_on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which events, sorted by voice, are note-offs that end a note: those before which one sounds.

    That is all but those that bring the balance of note-ons and note-offs lower than it ever was.
    """
    new_voice = np.diff(voice, prepend=voice[:1] - 1) != 0
    balance = np.cumsum(np.where(is_on, 1, -1))
    before = np.append(0, balance[:-1])[new_voice][np.cumsum(new_voice) - 1]
    # Each voice is set lower than all before it could reach, so that one running minimum serves for all.
    floor = -2 * len(voice) * np.cumsum(new_voice)
    lowest = np.minimum.accumulate(np.minimum(balance - before, 0) + floor)
    so_far = np.where(new_voice, floor, np.append(0, lowest[:-1]))
    ends: NDArray[np.bool_] = ~is_on & (balance - before + floor >= so_far)
    return ends
