"""Both sides of a song on their way to the ear: made as they are wanted, rendered ahead, changed over when ready."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound import RATE
from duv_studio.sound.player.matching import Matching, blocks_of
from duv_studio.sound.player.mix import Side
from duv_studio.sound.player.plan import SOON, Outlook, soon, worth
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.schedule.score import TrackScore
from duv_studio.sound.takes.block import Block
from duv_studio.sound.takes.renderer import Renderer, keys_of
from duv_studio.sound.takes.store import Key
from duv_studio.sound.takes.take import Sound, Take

_MOST_REPLACED = 8  # takes in a row that newer ones push out before they are heard: then one is finished first
_LOOK_AGAIN = 1.02  # times the memory of which nothing could go
_AT_EASE, _REST = 5 * RATE, 0.003  # frames ahead with which nothing is urgent, and seconds of rest then
_LOUDNESS_STEP = 16  # velocities within which a sound is taken to have the same samples

Task = Callable[[], None]


@dataclass(frozen=True)
class Order:
    """A side as it is wanted. Of another `epoch` is another song, with which no take is gone on."""

    epoch: int
    song: Song
    performance: Performance
    listening: Listening

    def is_same(self, other: Order | None) -> bool:
        """Whether the other makes the same take."""
        if other is None or (self.epoch, self.listening) != (other.epoch, other.listening):
            return False
        return self.song is other.song and self.performance is other.performance


@dataclass(frozen=True)
class View:
    """What the stage needs to know of the player."""

    frame: int
    side: Side
    is_playing: bool
    is_used: bool  # it has played this song
    is_matched: bool
    loop_start: int | None


class Stage:
    """The takes of both sides. Its state changes under the player's lock; its tasks run on one thread without it."""

    def __init__(self, renderer: Renderer, lock: threading.RLock) -> None:
        self.renderer = renderer
        self._lock = lock
        self.matching = Matching()
        self.takes: dict[Side, Take] = {}
        self._orders: dict[Side, Order] = {}
        self._made: dict[Side, Order] = {}  # the orders that were followed last
        self._ready: dict[Side, Take] = {}  # made, but not rendered far enough to be heard
        self._replaced = dict.fromkeys(Side, 0)
        self._trimmed_for: list[Take] = []
        self._stuck = 0  # bytes
        self._warm: set[Sound] = set()
        self._warming: tuple[Take | None, Iterator[tuple[Sound, TrackScore, int]]] = None, iter(())

    def order(self, side: Side, order: Order | None) -> None:
        """Want another take of a side, or none."""
        if order is None or (side in self._orders and self._orders[side].epoch != order.epoch):
            for known in (self.takes, self._ready, self._made, self._orders):
                known.pop(side, None)
            self._warm.clear()
        if order is not None and not order.is_same(self._orders.get(side)):
            self._orders[side] = order

    def is_in_work(self, side: Side) -> bool:
        """Whether a newer take of a side is wanted than the one that is heard."""
        return side in self._ready or self._made.get(side) is not self._orders.get(side)

    def change_over(self, view: View) -> bool:
        """Let takes that are ready take their places; whether the one that is heard changed."""
        heard = False
        for side, take in list(self._ready.items()):
            is_heard = view.is_playing and side is view.side and side in self.takes
            if not is_heard or take.ready(view.frame, SOON) >= SOON:
                self.takes[side] = self._ready.pop(side)
                self._replaced[side] = 0
                heard |= is_heard
        return heard

    def next_task(self, view: View) -> Task | None:
        """The most urgent thing to do, for the working thread; under the player's lock."""
        outlook = self._outlook(view)
        build = self._build_task(view)
        spans = soon(outlook, self.renderer.store.capacity, is_playing=view.is_playing)
        if build is None or (outlook.heard is not None and view.is_playing):
            for number, (take, first, stop) in enumerate(spans):
                if number > 0 and build is not None:
                    return build
                block = take.complete.find(0, first, stop) if first < stop else -1
                if block >= 0:
                    return lambda take=take, block=block: self._render(take, block, outlook)  # type: ignore[misc]
        if build is not None:
            return build
        # What nobody listens to is not worth the power, but for what is to be compared.
        is_wanted = view.is_playing or (view.is_matched and view.is_used)
        return self._warm_task(outlook) or (self._idle_task(outlook, view) if is_wanted else None)

    def rest(self, view: View) -> float | None:
        """Seconds that the working thread may leave the processor to the window before its next task; None for none."""
        heard = self.takes.get(view.side)
        if heard is None or self._ready:
            return None
        if heard.ready(view.frame, _AT_EASE if view.is_playing else SOON) >= (_AT_EASE if view.is_playing else SOON):
            return _REST
        return 0.0 if heard.ready(view.frame, RATE) >= RATE else None

    def _outlook(self, view: View) -> Outlook:
        other = Side.BEFORE if view.side is Side.AFTER else Side.AFTER
        wanted = tuple(self._ready[side] for side in (view.side, other) if side in self._ready)
        return Outlook(view.frame, self.takes.get(view.side), self.takes.get(other), wanted, view.loop_start)

    def _build_task(self, view: View) -> Task | None:
        """Make the take of the newest order that none was made for, of the side that is heard first."""
        for side in (view.side, *Side):
            order = self._orders.get(side)
            if order is None or self._made.get(side) is order:
                continue
            if side in self._ready and self._replaced[side] >= _MOST_REPLACED:
                continue
            return lambda side=side, order=order: self._make(side, order)  # type: ignore[misc]
        return None

    def _make(self, side: Side, order: Order) -> None:
        take = self.renderer.take(order.song, order.performance, order.listening)
        with self._lock:
            if side not in self._orders or self._orders[side].epoch != order.epoch:
                return  # another song came
            self._made[side] = order
            self._replaced[side] += side in self._ready
            self._ready[side] = take

    def _render(self, take: Take, block: int, outlook: Outlook) -> None:
        track = self.renderer.missing(take, block)
        if track is not None:
            self.renderer.render(take, track, block)
            self.renderer.missing(take, block)
            self._trim(outlook, block)

    def _warm_task(self, outlook: Outlook) -> Task | None:
        """Have the samples of the next sound of the song read and decoded, so that no start waits for them."""
        for take in outlook.takes[:1]:
            if take is not self._warming[0]:
                self._warming = take, take.sounds(_LOUDNESS_STEP)
            for sound, score, note in self._warming[1]:
                if sound not in self._warm:
                    self._warm.add(sound)
                    return lambda score=score, note=note: self.renderer.warm(score.tone(note))  # type: ignore[misc]
        return None

    def _idle_task(self, outlook: Outlook, view: View) -> Task | None:
        """Render and measure the rest of the song, as far as there is room for it, or further to measure alone."""
        takes = outlook.takes
        if self.renderer.store.is_full and self._trimmed_for != takes:
            self._trimmed_for = takes
            return lambda: self._trim(outlook, None)
        may_render = not self.renderer.store.is_full or view.is_matched
        for take in takes:
            for unit in self.matching.wanted(take, outlook.frame, rendered=not may_render):
                missing = [block for block in blocks_of(unit, take) if not take.complete[block]]
                if not missing:
                    return lambda take=take, unit=unit: self._measure(take, unit)  # type: ignore[misc]
                return lambda take=take, block=missing[0]: self._render(take, block, outlook)  # type: ignore[misc]
        return None

    def _measure(self, take: Take, unit: int) -> None:
        if not self.matching.measure(take, unit, self.renderer.store):
            for block in blocks_of(unit, take):
                take.complete[block] = 0  # something went after all; `missing` finds out

    def _trim(self, outlook: Outlook, rendering: int | None) -> None:
        """Let the least needed blocks go where memory is full; with no block in work, all that no take needs."""
        store = self.renderer.store
        if rendering is not None and store.nbytes <= max(store.capacity, self._stuck):
            return
        live = keys_of(outlook.takes)

        def value(key: Key, block: Block | None) -> float | None:
            if key not in live:
                return float("-inf")
            if block is None or rendering is None or abs(block.index - rendering) <= 2:
                return None
            return worth(outlook, block.index)

        self.renderer.trim(value, 1.0 if rendering is not None else 0.0)
        # Where all of it is needed, it is not looked through again for every block.
        self._stuck = int(store.nbytes * _LOOK_AGAIN) if store.nbytes > store.capacity else 0
