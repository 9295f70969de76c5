"""Ticks that note-offs do not pass: the end of their track, pedal presses, changes of sound, held key-switches."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.midi import channel_messages as messages
from duv_studio.engine.midi.song import IntArray, Notes, Song, Track

NEVER = np.int64(2**60)  # a tick that no file reaches

# A pedal going down holds every note whose key is down. The others end or change what sounds.
_PEDALS = (messages.SUSTAIN, messages.SOSTENUTO)
_MODES = range(messages.ALL_NOTES_OFF, messages.POLY + 1)
_CHANGES = (messages.PROGRAM, messages.BANK, messages.BANK_FINE, messages.ALL_SOUND_OFF, *_MODES)


def bounded_ends(song: Song, track: Track) -> tuple[IntArray, IntArray]:
    """Lowest and highest ticks, (n,) each, at which a track's notes may end; the written ends are among them.

    A note-off stays on its side of every pedal press, program or bank change and "all notes off" of its channel: a
    pedal holds the keys that it finds down, no more and no fewer. And it does not come after the end of its track.
    """
    ends = track.notes.end
    walls = _walls(song, track)
    place = np.searchsorted(walls, ends)
    lowest = np.append(np.int64(0), walls + 1)[place]
    highest = np.minimum(np.append(walls - 1, NEVER)[place], end_of_track(song, track))
    return np.minimum(lowest, ends), np.maximum(highest, ends)


def ends_under_switches(notes: Notes, switches: Notes) -> IntArray:
    """For each note, (n,), the first end of the key-switches that are down for the whole of it; far away without one.

    A released key-switch gives way to the sampler's own choice: no note that it governs outlasts it.
    """
    result = np.full(len(notes), NEVER)
    for pitch in np.unique(switches.pitch):
        own = switches.pitch == pitch
        begin, end = switches.onset[own], switches.end[own]
        last = np.maximum(np.searchsorted(begin, notes.onset, side="right") - 1, 0)
        under = (begin[last] <= notes.onset) & (end[last] >= notes.end)
        result = np.where(under, np.minimum(result, end[last]), result)
    return result


def end_of_track(song: Song, track: Track) -> int | IntArray:
    """Return the last tick of the chunk of a track's notes, or of the song where no chunks are behind it."""
    chunks = song.source.chunks
    if track.notes.chunk is not None:
        return np.array([chunk.end_tick for chunk in chunks], np.int64)[track.notes.chunk]
    return chunks[track.chunk].end_tick if chunks else song.end_tick


def _walls(song: Song, track: Track) -> IntArray:
    """Ticks that no note-off of the track's channel passes, ascending."""
    sent = messages.messages_of(song, track)
    return np.unique(np.concatenate([sent.ticks_of(*_CHANGES), *(sent.presses(pedal) for pedal in _PEDALS)]))
