"""Where edited note-offs go: as near to the wish as leaves every other event, and every other note, what it was.

Whoever reads the file again pairs notes as `note_pairing` does, first to begin with first to end. So within a voice
(port, channel, pitch) note-offs keep their order: of two overlapping notes the older ends first. Wishes against that
order are met by the smallest total change. A note-off never passes a note-off of its voice that stays or is stray, a
change of port or the end of its track, and never comes before its own note-on. At its new tick it stands as early as
that allows, so before a note-on of the same voice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappush, heapreplace

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.events import END_OF_TRACK, ESCAPE, MAX_DELTA, META, NONE, SYSEX, IntArray
from duv_studio.engine.midi.note_pairing import NoteEvents, has_ports, pair_notes, ports
from duv_studio.engine.midi.smf import MidiChunk

_CHANNEL_PREFIX = 0x20
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Moves:
    """The m note-offs that leave their tick: (m,) which event, its new tick, and before which event it now stands."""

    event: IntArray
    tick: IntArray
    before: IntArray  # 0..e: an index in the chunk's events, whose own places count as in the file


def plan_moves(chunk: MidiChunk, off_event: IntArray, end_tick: IntArray) -> Moves:
    """Find a place for each note-off `off_event` (k,) that wishes to stand at `end_tick` (k,)."""
    wish = np.full(len(chunk.events), -1, np.int64)
    wish[off_event] = np.maximum(end_tick, 0)
    found = pair_notes(chunk)
    walls = _Walls(chunk)
    wish[walls.last :] = -1
    parts = [_plan_voice(chunk, voice, wish, walls) for voice in _voices(found, wish)]
    if not parts:
        return Moves(NONE, NONE, NONE)
    event, tick, before = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Moves(event, tick, _avoid_glue(chunk, found, walls, event, tick, before))


@dataclass(frozen=True)
class _Voice:
    """The notes of one voice that have an end, in the order in which they begin and end."""

    on: IntArray  # (n,) events
    off: IntArray  # (n,) events
    stray: IntArray  # events: note-offs that end nothing


def _voices(found: NoteEvents, wish: IntArray) -> Iterator[_Voice]:
    """Every voice in which at least one note-off has a wish."""
    order = np.argsort(found.voice, kind="stable")
    bounds = np.flatnonzero(np.diff(found.voice[order])) + 1
    for members in np.split(order, bounds):
        is_on, partner = found.is_on[members], found.partner[members]
        on = members[is_on & (partner >= 0)]
        off = found.event[found.partner[on]]
        if (wish[off] >= 0).any():
            yield _Voice(found.event[on], off, found.event[members[~is_on & (partner < 0)]])


class _Walls:
    """What no note-off of a chunk may pass: its changes of port, and the event `last`, where it ends."""

    def __init__(self, chunk: MidiChunk) -> None:
        event = np.flatnonzero(np.diff(ports(chunk), prepend=0)) if has_ports(chunk) else NONE
        self._event = np.concatenate([[-1], event, [_NEVER]])
        self._tick = np.concatenate([[0], chunk.events.tick[event], [_NEVER]])
        self.last = _last_place(chunk)

    def before(self, event: IntArray) -> tuple[IntArray, IntArray]:
        """Index and tick of the last wall before each event; -1 and 0 where there is none."""
        i = np.searchsorted(self._event, event) - 1
        return self._event[i], self._tick[i]

    def after(self, event: IntArray) -> tuple[IntArray, IntArray]:
        """Index and tick of the first wall at or after each event; far away where there is none."""
        i = np.searchsorted(self._event, event)
        return self._event[i], self._tick[i]


def _plan_voice(chunk: MidiChunk, voice: _Voice, wish: IntArray, walls: _Walls) -> tuple[IntArray, IntArray, IntArray]:
    """(event, new tick, before which event) of the note-offs of one voice that move."""
    tick, off = chunk.events.tick, chunk.events.tick[voice.off]
    stays = wish[voice.off] < 0
    end = _in_order(np.clip(np.where(stays, off, wish[voice.off]), *_bounds(chunk, voice, stays, walls)))
    moved = end != off
    first = np.maximum(voice.on, walls.before(voice.off)[0]) + 1
    earliest = np.maximum(np.minimum(np.searchsorted(tick, end), walls.last), first)
    before = _running(np.maximum, np.where(moved, earliest, voice.off + 1))
    return voice.off[moved], end[moved], before[moved]


def _bounds(chunk: MidiChunk, voice: _Voice, stays: NDArray[np.bool_], walls: _Walls) -> tuple[IntArray, IntArray]:
    """Lowest and highest tick of every note-off; both ascend within the voice, as its notes do."""
    on, off = chunk.events.tick[voice.on], chunk.events.tick[voice.off]
    lowest = np.maximum(on, walls.before(voice.off)[1])
    lowest = np.maximum(lowest, _running(np.maximum, np.where(stays, off, 0)))
    stray = np.append(chunk.events.tick[voice.stray], _NEVER)[np.searchsorted(voice.stray, voice.on)]
    highest = np.minimum(stray, walls.after(voice.off)[1])
    highest = np.minimum(highest, np.maximum(on + MAX_DELTA, off))
    if walls.last < len(chunk.events):
        highest = np.minimum(highest, chunk.events.tick[walls.last])
    highest = np.minimum(highest, _running(np.minimum, np.where(stays, off, _NEVER)[::-1])[::-1])
    return lowest, highest


def _last_place(chunk: MidiChunk) -> int:
    """Before which event, at the latest, a note-off may stand: the end of track, or none.

    What could not be read at the end of a chunk begins where the last event ends, and may rely on its running status:
    the last channel message stays, and nothing goes behind it.
    """
    events = chunk.events
    if events.ended:
        return len(events) - 1
    if chunk.unread and not chunk.is_cut_off:
        return int(np.flatnonzero(events.is_channel)[-1])
    return len(events)


def _running(best: np.ufunc, values: IntArray) -> IntArray:
    """The best (largest or smallest) value so far, (n,)."""
    result: IntArray = best.accumulate(values)
    return result


def _in_order(wishes: IntArray) -> IntArray:
    """The ascending sequence nearest to `wishes` in total ticks (least absolute deviations, by a heap of medians)."""
    if (np.diff(wishes) >= 0).all():
        return wishes
    heap: list[int] = []
    fitted = []
    for value in wishes.tolist():
        heappush(heap, -value)
        if -heap[0] > value:
            heapreplace(heap, -value)
        fitted.append(-heap[0])
    return np.minimum.accumulate(np.array(fitted, np.int64)[::-1])[::-1]


def _avoid_glue(
    chunk: MidiChunk, found: NoteEvents, walls: _Walls, event: IntArray, tick: IntArray, before: IntArray
) -> IntArray:
    """Step over places that no channel message may enter, where a free one follows at the same tick.

    The step must not pass an event of the same voice or a change of port; the end of track is never behind glue.
    """
    glued = _glued(chunk)
    if not glued[before].any():
        return before
    free = np.append(np.flatnonzero(~glued), _NEVER)
    target = free[np.searchsorted(free, before)]
    limit = np.minimum(np.searchsorted(chunk.events.tick, tick, side="right"), walls.after(before)[0])
    limit = np.minimum(limit, walls.last)
    voice_of = dict(zip(found.event.tolist(), found.voice.tolist(), strict=True))
    result = before.copy()
    for k in np.flatnonzero((target > before) & (target <= limit)).tolist():
        passed = range(int(before[k]), int(target[k]))
        if all(voice_of.get(i) != voice_of[int(event[k])] for i in passed):
            result[k] = target[k]
    return result


def _glued(chunk: MidiChunk) -> NDArray[np.bool_]:
    """(e + 1,) the places, each before an event, where a channel message would part what belongs together.

    These are the packets of a split system exclusive message, and a channel prefix with the meta events it is for.
    """
    events, body = chunk.events, np.frombuffer(chunk.body, np.uint8)
    glued = np.zeros(len(events) + 1, np.bool_)
    packets = np.flatnonzero((events.status == SYSEX) | (events.status == ESCAPE))
    complete = body[events.start[packets] + events.length[packets] - 1] == 0xF7
    for first, second, is_complete in zip(packets[:-1], packets[1:], complete, strict=False):
        if not is_complete and events.status[second] == ESCAPE:
            glued[first + 1 : second + 1] = True
    for first, _ in chunk.meta(_CHANNEL_PREFIX):
        place = first + 1
        while place < len(events) and events.status[place] == META and not (glued[place] or _ends(chunk, place)):
            glued[place] = True
            place += 1
    return glued


def _ends(chunk: MidiChunk, event: int) -> bool:
    return chunk.body[int(chunk.events.start[event]) + 1] == END_OF_TRACK
