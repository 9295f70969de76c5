"""Makes takes and renders their blocks, each once as long as there is room for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from weakref import WeakSet, WeakValueDictionary

from duv_studio.engine.midi.song import Performance, Song
from duv_studio.sound.schedule.listening import Listening
from duv_studio.sound.schedule.score import schedule
from duv_studio.sound.synth.synth import Synth
from duv_studio.sound.synth.tone import Tone
from duv_studio.sound.takes.block import Block
from duv_studio.sound.takes.stem import Stem
from duv_studio.sound.takes.store import BlockStore, Key
from duv_studio.sound.takes.take import Take

CAPACITY = 150 * 2**20  # bytes of blocks


class Renderer:
    """Renders for one thread; what is rendered may be looked up by any."""

    def __init__(self, synth: Synth, capacity: int = CAPACITY) -> None:
        self.store = BlockStore(capacity)
        self._synth = synth
        self._stems: WeakValueDictionary[bytes, Stem] = WeakValueDictionary()
        self._takes: WeakSet[Take] = WeakSet()

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
            self.store.put(key, stem.rendered(block))

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
        for take in self._takes:
            take.complete[:] = bytes(take.blocks)


def keys_of(takes: Iterable[Take]) -> set[Key]:
    """The keys of all blocks that some takes are made of, as far as they are known."""
    return set[Key]().union(*(stem.keys.values() for take in takes for stem in take.stems))
