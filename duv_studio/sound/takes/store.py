"""Where rendered blocks are kept, by what they are made of, within a limit of memory."""

from __future__ import annotations

from collections.abc import Callable

from duv_studio.sound.takes.block import Block

SILENT = b""  # the key of blocks in which nothing sounds
_SPARE = 0.9  # of the limit is left when blocks had to go

Key = bytes


class BlockStore:
    """Blocks by key. One thread puts, any may look up."""

    def __init__(self, capacity: int) -> None:
        """`capacity` in bytes."""
        self.capacity = capacity
        self.nbytes = 0
        self._blocks: dict[Key, Block | None] = {}

    def __contains__(self, key: Key) -> bool:
        return key == SILENT or key in self._blocks

    def __len__(self) -> int:
        return len(self._blocks)

    def get(self, key: Key) -> Block | None:
        """The block, None for silence; KeyError where it is not rendered, or not any more."""
        return None if key == SILENT else self._blocks[key]

    def put(self, key: Key, block: Block | None) -> None:
        """Keep a block; the limit is `trim`'s business."""
        if key not in self._blocks:
            self._blocks[key] = block
            self.nbytes += block.nbytes if block else 0

    @property
    def is_full(self) -> bool:
        """Whether there is room only for what is needed soon."""
        return self.nbytes >= _SPARE * self.capacity

    def trim(self, worth: Callable[[Key, Block | None], float | None], most: float = 1.0) -> list[Block]:
        """If more than `most` of the capacity is used, let the least worth go (None must stay); returns what went."""
        if self.nbytes <= most * self.capacity:
            return []
        ranked = [(value, key) for key, block in self._blocks.items() if (value := worth(key, block)) is not None]
        ranked.sort(key=lambda entry: entry[0])
        gone = []
        for _, key in ranked:
            if self.nbytes <= min(most, _SPARE) * self.capacity:
                break
            if block := self._blocks.pop(key):
                self.nbytes -= block.nbytes
                gone.append(block)
        return gone

    def clear(self) -> None:
        """Forget all."""
        self._blocks.clear()
        self.nbytes = 0
