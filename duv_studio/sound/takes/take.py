"""One side of a song, ready to be rendered: a stem for every track."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from duv_studio.engine.midi.events import IntArray
from duv_studio.sound import RATE
from duv_studio.sound.schedule.chokes import one_number
from duv_studio.sound.schedule.score import TrackScore
from duv_studio.sound.takes import room
from duv_studio.sound.takes.block import BLOCK, Block
from duv_studio.sound.takes.mixer import Missing
from duv_studio.sound.takes.stem import Stem
from duv_studio.sound.takes.store import BlockStore

Sound = tuple[int, ...]  # bank, program, key, step of loudness

_LAST_NOTES = 4 * RATE  # frames before the last note-off: notes that end there may be the last that are heard
_LONGEST_TAIL = 8 * RATE  # frames that are waited for what dies away behind the last note-off


class Take:
    """The stems of a song as it is played, and which blocks of it are rendered."""

    def __init__(self, stems: tuple[Stem, ...]) -> None:
        self.stems = stems
        self.frames = _frames(stems)  # of the whole, until the last note has died away
        self.blocks = -(-self.frames // BLOCK)
        self.complete = bytearray(self.blocks)  # 1 for blocks of which all tracks are rendered

    def ready(self, frame: int, most: int) -> int:
        """How many frames from `frame` on can be heard without a gap, up to `most` or a little more.

        For the reverb the blocks before must be there, too.
        """
        first = max(frame // BLOCK - room.BLOCKS, 0)
        stop = min(-(-(frame + most) // BLOCK), self.blocks)
        missing = self.complete.find(0, first, stop) if first < stop else -1
        return most if missing < 0 else max(missing * BLOCK - frame, 0)

    def sounds(self, loudness_step: int) -> Iterator[tuple[Sound, TrackScore, int]]:
        """Every sound that differs in preset, key or step of loudness, with a note of a score that has it."""
        for stem in self.stems:
            score = stem.score
            kinds = np.stack([score.bank, score.program, score.key, score.velocity // loudness_step], axis=1)
            first = np.unique(one_number(kinds), return_index=True)[1]
            for kind, note in zip(kinds[first].tolist(), first.tolist(), strict=True):
                yield tuple(kind), score, note

    def rendered(self, block: int, store: BlockStore) -> list[Block | None]:
        """The blocks of all tracks, None for the silent ones. Missing where some are."""
        if block >= self.blocks:
            return [None] * len(self.stems)
        try:
            return [store.get(stem.keys[block]) for stem in self.stems]
        except KeyError as error:
            raise Missing from error


def _frames(stems: tuple[Stem, ...]) -> int:
    stops = [int(stem.score.stop[stem.score.is_played].max(initial=0)) for stem in stems]
    last = max(stops, default=0)
    ends = [int(stem.ends(_last_notes(stem, last)).max(initial=0)) for stem in stems]
    return min(max([last, *ends]), last + _LONGEST_TAIL) + room.FRAMES if last else 0


def _last_notes(stem: Stem, last: int) -> IntArray:
    """The notes of a stem that may sound on behind the last note-off of all."""
    return np.flatnonzero((stem.score.stop >= last - _LAST_NOTES) & stem.score.is_played)
