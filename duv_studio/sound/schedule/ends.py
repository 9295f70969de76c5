"""When notes really end: keys, the pedals that hold them, messages that silence a channel, the next stroke of a key."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.channel_messages import ALL_NOTES_OFF, MONO, POLY, SOSTENUTO, SUSTAIN
from duv_studio.engine.midi.events import IntArray
from duv_studio.sound.schedule.messages import Messages

NEVER = int(np.iinfo(np.int64).max)
_DOWN = 64  # a pedal of this value and above is down
_ENDS_NOTES = range(ALL_NOTES_OFF, POLY + 1)  # a change of mode ends notes, too
_MOST_TURNS = 64  # that the two pedals take in holding one note


@dataclass(frozen=True)
class Keys:
    """n notes of one channel as keys that are struck and let go. Every array is (n,)."""

    on_tick: IntArray
    on_place: IntArray  # of the event among those of all chunks
    off_tick: IntArray
    off_place: IntArray
    pitch: IntArray

    def only(self, which: IntArray) -> Keys:
        """The keys at the indices `which` (m,)."""
        return Keys(*(getattr(self, each.name)[which] for each in fields(self)))


def sounding_ends(keys: Keys, messages: Messages, song_end: int) -> IntArray:
    """Ticks at which the dampers fall on the notes, (n,).

    Sustain (CC 64) holds what is let go while it is down; sostenuto (CC 66) what was held when it went down. A key that
    is struck again ends its older note, a channel in mono mode any older note. A pedal that stays down lets go at
    `song_end` in ticks, or where the key does, if that is later.
    """
    struck = messages.before(keys.on_tick, keys.on_place)
    tick, rank = keys.off_tick.copy(), messages.before(keys.off_tick, keys.off_place)
    _let_all_go(messages, keys, tick, rank)
    sustain, sostenuto = _Pedal(messages, SUSTAIN), _Pedal(messages, SOSTENUTO)
    for _ in range(_MOST_TURNS):
        held = sustain.is_down[rank]
        until = np.where(held, sustain.release(rank), -1)
        caught = sostenuto.is_down[rank] & (sostenuto.press(rank) >= struck)
        until = np.where(caught, np.maximum(until, sostenuto.release(rank)), until)
        moves = until >= 0
        if not moves.any():
            break
        # The last rank is behind all messages, where nothing holds any more.
        ends = np.append(messages.tick, max(song_end, 0))
        tick[moves] = np.maximum(ends[until[moves]], tick[moves])
        rank[moves] = until[moves] + 1
    return np.asarray(np.minimum(tick, _struck_again(keys, messages)))


class _Pedal:
    """When a pedal is down. A rank is how many messages were played; is_down is (k + 2,), by rank."""

    def __init__(self, messages: Messages, number: int) -> None:
        own = messages.number == number
        last = np.maximum.accumulate(np.where(own, np.arange(len(messages)), -1))
        down = (last >= 0) & (messages.value[last] >= _DOWN) if len(messages) else np.zeros(0, np.bool_)
        before = np.append(False, down)
        self.is_down: NDArray[np.bool_] = np.append(before, False)
        self._presses = np.flatnonzero(down & ~before[:-1])
        self._releases = np.append(np.flatnonzero(~down & before[:-1]), len(messages))

    def press(self, rank: IntArray) -> IntArray:
        """The message that pressed it last before ranks (n,), -1 where none did."""
        return np.asarray(np.append(-1, self._presses)[np.searchsorted(self._presses, rank)])

    def release(self, rank: IntArray) -> IntArray:
        """The message that releases it next from ranks (n,) on, k where none does."""
        return np.asarray(self._releases[np.minimum(np.searchsorted(self._releases, rank), len(self._releases) - 1)])


def _let_all_go(messages: Messages, keys: Keys, tick: IntArray, rank: IntArray) -> None:
    """End keys, in place, where a message lets all go while they are down."""
    at = np.flatnonzero(np.isin(messages.number, _ENDS_NOTES))
    if not len(at):
        return
    # Behind the tick of the note-on: within it, the order of two chunks is chance.
    following = np.searchsorted(messages.tick[at], keys.on_tick, side="right")
    found = np.append(at, len(messages))[following]
    ends = found < rank
    tick[ends], rank[ends] = messages.tick[found[ends]], found[ends] + 1


def _struck_again(keys: Keys, messages: Messages) -> IntArray:
    """Ticks (n,) at which each key is struck again, or in mono mode any; NEVER where it is not."""
    again = _next_onset(keys.on_tick, keys.pitch)
    mono = messages.only(MONO, POLY)
    if len(mono):
        is_mono = np.append(False, mono.number == MONO)[np.searchsorted(mono.tick, keys.on_tick, side="right")]
        any_key = _next_onset(keys.on_tick, np.zeros_like(keys.pitch))
        again = np.where(is_mono, np.minimum(again, any_key), again)
    return again


def _next_onset(onset: IntArray, group: IntArray) -> IntArray:
    """The first later onset within the group of each note, (n,); NEVER where there is none."""
    order = np.lexsort((onset, group))
    onsets, groups = onset[order], group[order]
    begins = np.flatnonzero(np.append(True, (np.diff(onsets) != 0) | (np.diff(groups) != 0))) if len(order) else order
    following = np.searchsorted(begins, np.arange(len(order)), side="right")
    place = np.append(begins, len(order))[following]
    exists = place < len(order)
    place = np.minimum(place, max(len(order) - 1, 0))
    later = np.where(exists & (groups[place] == groups), onsets[place], NEVER)
    result = np.empty(len(order), np.int64)
    result[order] = later
    return result
