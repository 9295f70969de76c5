"""Makes takes and renders their blocks, each once as long as there is room for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from weakref import WeakSet, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.schedule.score import schedule
from duv_studio.sound.synth.reverb import Reverb
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.takes import room
from duv_studio.sound.takes.block import Block, block_of
from duv_studio.sound.takes.room import Room, Spectrum
from duv_studio.sound.takes.stem import Stem
from duv_studio.sound.takes.store import SILENT, BlockStore, Key
from duv_studio.sound.takes.take import Take

CAPACITY = 240 * 2**20  # bytes of blocks
_DRY_BLOCKS = 160  # without reverb, of 180 KB each, that are at hand for the blocks behind them

_Dry = tuple[NDArray[np.float32], Spectrum | None] | None


class Renderer:
    """Renders for one thread; what is rendered may be looked up by any."""

    def __init__(self, synth: Synth, capacity: int = CAPACITY) -> None:
        self.store = BlockStore(capacity)
        self._synth = synth
        self._room: Room | None = None
        self._stems: WeakValueDictionary[bytes, Stem] = WeakValueDictionary()
        self._takes: WeakSet[Take] = WeakSet()
        self._dry: OrderedDict[Key, _Dry] = OrderedDict()

    def take(self, song: Song, performance: Performance, listening: Listening) -> Take:
        """One side of a song. Tracks that sound as in a take before are shared with it."""
        stems = []
        for score in schedule(song, performance, listening, self._synth):
            stem = self._stems.get(score.digest)
            if stem is None:
                stem = self._stems[score.digest] = Stem(score, self._synth)
            stems.append(stem)
        take = Take(tuple(stems))
        self._takes.add(take)
        return take

    def missing(self, take: Take, block: int) -> int | None:
        """A track of which a block is to be rendered; None where all are there."""
        if take.complete[block]:
            return None
        for number, stem in enumerate(take.stems):
            if stem.key(block) not in self.store:
                return number
        take.complete[block] = 1
        return None

    def render(self, take: Take, track: int, block: int) -> None:
        """Render a block of one track."""
        stem = take.stems[track]
        key = stem.key(block)
        if key not in self.store:
            self.store.put(key, self.rendered(stem, block))

    def rendered(self, stem: Stem, block: int) -> Block | None:
        """A block of a stem with its reverb, None for silence. It is not kept."""
        if self._room is None:
            self._room = Room(Reverb())
        dries = [self._dry_block(stem, block - before) for before in range(room.BLOCKS + 1)]
        wet = self._room.wet([dry[1] if dry else None for dry in dries])
        planes = dries[0][0] if dries[0] else None
        if planes is None and wet is None:
            return None
        heard = wet if planes is None else planes if wet is None else planes + wet
        assert heard is not None
        return block_of(heard, block)

    def warm(self, tone: Tone) -> None:
        """Have the samples of a tone at hand."""
        for layer in self._synth.voice(tone).layers:
            layer.samples(0, 1)

    def trim(self, worth: Callable[[Key, Block | None], float | None], most: float = 1.0) -> None:
        """Let blocks go where more than `most` of the memory is used; see BlockStore."""
        for block in self.store.trim(worth, most):
            for take in self._takes:
                if block.index < take.blocks:
                    take.complete[block.index] = 0  # `missing` finds out whether it was its own

    def clear(self) -> None:
        """Give the memory back."""
        self.store.clear()
        self._dry.clear()
        for take in self._takes:
            take.complete[:] = bytes(take.blocks)

    def _dry_block(self, stem: Stem, block: int) -> _Dry:
        if block < 0:
            return None
        key = stem.dry_key(block)
        if key == SILENT:
            return None
        if key in self._dry:
            self._dry.move_to_end(key)
            return self._dry[key]
        found = stem.dry(block)
        assert self._room is not None
        dry: _Dry = (found[0], self._room.spectrum(found[1])) if found else None
        self._dry[key] = dry
        while len(self._dry) > _DRY_BLOCKS:
            self._dry.popitem(last=False)
        return dry


def keys_of(takes: Iterable[Take]) -> set[Key]:
    """The keys of all blocks that some takes are made of, as far as they are known."""
    return set[Key]().union(*(stem.keys.values() for take in takes for stem in take.stems))
