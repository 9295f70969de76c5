"""Which blocks are rendered next: what is heard soon first, then the other side, then all, as far as memory goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from duv_studio.sound import RATE
from duv_studio.sound.takes import room
from duv_studio.sound.takes.block import BLOCK
from duv_studio.sound.takes.take import Take

SOON = 2 * RATE // 5  # frames ahead that a take must have before it is gone over to
BACK = 3 * RATE // 10  # frames that an output may go back, to have a change heard at once
_NEAR, _FAR = 5 * RATE, 10 * RATE  # frames ahead
_BLOCK_BYTES = 6 * BLOCK


@dataclass(frozen=True)
class Outlook:
    """What the player may play next. `heard` is the side that is heard, the first of `wanted` is to replace it."""

    frame: int
    heard: Take | None
    other: Take | None
    wanted: tuple[Take, ...] = ()  # takes that wait until they are ready
    loop_start: int | None = None

    @property
    def takes(self) -> list[Take]:
        """All of them, each once."""
        found = [take for take in (self.heard, *self.wanted, self.other) if take is not None]
        return list(dict.fromkeys(found))


Span = tuple[Take, int, int]  # take, first block, block behind the last


def soon(outlook: Outlook, capacity: int, *, is_playing: bool) -> Iterator[Span]:
    """The spans of blocks that are heard within seconds, the most urgent first; of a player that stands the first few.

    `capacity` is that of the store, in bytes.
    """
    frame = outlook.frame
    if outlook.heard:
        yield _span(outlook.heard, frame, frame + SOON)
    for take in outlook.wanted:
        yield _span(take, max(frame - BACK, 0), frame + SOON + BLOCK)
    if outlook.other:
        yield _span(outlook.other, frame, frame + SOON)
    takes = outlook.takes
    if not is_playing:
        for take in takes[:1]:
            yield _span(take, 0, SOON)  # where one goes back to most
        return
    for ahead in (_NEAR, _FAR):
        reach = min(ahead, _affordable(takes, capacity))
        for take in takes:
            yield _span(take, frame, frame + reach)
    if outlook.loop_start is not None:
        for take in takes:
            yield _span(take, outlook.loop_start, outlook.loop_start + 2 * SOON)


def worth(outlook: Outlook, index: int) -> float | None:
    """How much a block of a take is worth, None where it is needed now: less, the later it is heard again."""
    now = outlook.frame // BLOCK
    if now - 3 - room.BLOCKS <= index <= now + 6 or index * BLOCK < SOON:
        return None
    if outlook.loop_start is not None and -room.BLOCKS <= index - outlook.loop_start // BLOCK <= 4:
        return None
    ahead = index - now
    return -float(ahead) if ahead >= 0 else -2.0 * (20 - ahead)


def _affordable(takes: list[Take], capacity: int) -> int:
    """Frames ahead of which all takes fit into half of the memory."""
    tracks = sum(len(take.stems) for take in takes)
    return max(capacity // 2 // (_BLOCK_BYTES * max(tracks, 1)) * BLOCK, SOON)


def _span(take: Take, first: int, stop: int) -> Span:
    return take, max(first // BLOCK - room.BLOCKS, 0), min(-(-stop // BLOCK), take.blocks)
