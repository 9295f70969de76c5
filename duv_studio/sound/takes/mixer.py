"""The sum of all tracks with the reverb that they share, for any mix, of blocks that are rendered once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from duv_studio.sound.synth.reverb import Reverb
from duv_studio.sound.takes import room
from duv_studio.sound.takes.block import Block, Stereo, dry_sum, sends_sum
from duv_studio.sound.takes.room import Room, Spectrum

_MIXED_BLOCKS, _SPECTRA = 24, 48  # remembered, of 88 KB each

Levels = tuple[float, ...]
Tracks = Sequence[Block | None]
T = TypeVar("T")


class Missing(Exception):
    """A block that is to be mixed is not rendered."""


class Mixer:
    """Mixes whole blocks, so that each frame comes out the same, bit by bit, whatever was asked before."""

    def __init__(self) -> None:
        self._room: Room | None = None
        self._mixed: OrderedDict[Hashable, Stereo] = OrderedDict()
        self._spectra: OrderedDict[Hashable, Spectrum | None] = OrderedDict()

    def block(self, source: Hashable, levels: Levels, block: int, tracks: Callable[[int], Tracks]) -> Stereo:
        """A block (BLOCK, 2) of a source by the levels of its tracks.

        `tracks` gives the blocks of all tracks for the number of a block; it may raise Missing.
        """
        return _remembered(
            self._mixed, _MIXED_BLOCKS, (source, levels, block), lambda: self._sum(source, levels, block, tracks)
        )

    def forget(self) -> None:
        """Let all go that is remembered."""
        self._mixed.clear()
        self._spectra.clear()

    def _sum(self, source: Hashable, levels: Levels, block: int, tracks: Callable[[int], Tracks]) -> Stereo:
        if self._room is None:
            self._room = Room(Reverb())
        sends = [
            self._spectrum(self._room, source, levels, block - before, tracks) for before in range(room.BLOCKS + 1)
        ]
        wet = self._room.wet(sends)
        dry = dry_sum(tracks(block), levels)
        return dry if wet is None else dry + wet.T

    def _spectrum(
        self, place: Room, source: Hashable, levels: Levels, block: int, tracks: Callable[[int], Tracks]
    ) -> Spectrum | None:
        """Of what is sent to the reverb in a block."""
        if block < 0:
            return None
        key = source, levels, block
        return _remembered(self._spectra, _SPECTRA, key, lambda: place.spectrum(sends_sum(tracks(block), levels)))


def _remembered(known: OrderedDict[Hashable, T], most: int, key: Hashable, make: Callable[[], T]) -> T:
    if key in known:
        known.move_to_end(key)
        return known[key]
    made = known[key] = make()
    while len(known) > most:
        known.popitem(last=False)
    return made
