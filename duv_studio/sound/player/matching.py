"""How loud both sides are with any mix, measured stem by stem while the renderer has nothing more urgent to do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound.loudness import HOP, SILENCE, integrated, k_weighted
from duv_studio.sound.takes.block import BLOCK, Block
from duv_studio.sound.takes.mixer import Missing
from duv_studio.sound.takes.store import BlockStore
from duv_studio.sound.takes.take import Take

UNIT = 2  # blocks that are measured at once: half a second, so five hops
_HOPS = UNIT * BLOCK // HOP
_ENOUGH = 6  # units of both sides, after which a first answer is given
_MOST = 48 * 2**20  # bytes of units that are remembered: an hour of both sides of a song in 16 tracks
_KEY_BYTES = 64  # of a unit for each name in its key, about
_STEP = 0.1  # dB: finer differences are not worth a change

_Key = tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class _Unit:
    """Which tracks sound, (a,), and the K-weighted powers of all pairs of them in each hop, (hops, a, a)."""

    tracks: NDArray[np.int64]
    powers: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        return self.tracks.nbytes + self.powers.nbytes

    def of(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Powers (hops,) of the sum of the tracks by their levels (t,)."""
        own = levels[self.tracks]
        return np.asarray(np.maximum(np.einsum("i,hij,j->h", own, self.powers, own), 0.0), np.float64)


class Matching:
    """Measures for one thread. What of a take is measured may be asked by any, under one lock.

    The power of a sum follows from the powers of all pairs of stems, so that another mix needs no new measurement. The
    stems are measured without the reverb, which is alike on both sides.
    """

    def __init__(self, most: int = _MOST) -> None:
        """`most` bytes of measurements are kept; those that were not needed for longest go first."""
        self.measured = 0  # units, ever
        self.nbytes = 0
        self._most = most
        self._units: OrderedDict[_Key, _Unit] = OrderedDict()
        self._known: WeakKeyDictionary[Take, bytearray] = WeakKeyDictionary()  # which units are measured

    def wanted(self, take: Take, frame: int, *, rendered: bool = False) -> Iterator[int]:
        """The units of a take that are not measured, those from `frame` on first; if `rendered`, those that can be."""
        known = self._known.setdefault(take, bytearray(units(take)))
        # Of hours of music all but a few are looked over at once: whoever plays waits for this.
        is_open = np.frombuffer(known, np.uint8) == 0
        if rendered:
            is_open &= _rendered(take)
        found = np.flatnonzero(is_open)
        first = int(np.searchsorted(found, frame // (UNIT * BLOCK)))
        for unit in (*found[first:].tolist(), *found[:first].tolist()):
            key = _key(take, unit)
            known[unit] = key is not None and key in self._units
            if not known[unit]:
                yield unit

    def measured_of(self, takes: Sequence[Take]) -> int:
        """How many units of some takes are measured."""
        return sum(sum(self._known.get(take, b"")) for take in takes)

    def measure(self, take: Take, unit: int, store: BlockStore) -> bool:
        """Measure a unit whose blocks, and the one before them, are rendered; whether they were."""
        try:
            blocks = [take.rendered(block, store) for block in _blocks(unit)]
        except Missing:
            return False
        key = _key(take, unit)
        if key is None:
            return False
        self._keep(key, self._measured(blocks))
        self.measured += 1
        return True

    def progress(self, takes: Sequence[Take]) -> float:
        """How much of some takes is measured, 0..1."""
        return self.measured_of(takes) / max(sum(map(units, takes)), 1)

    def gains(self, takes: Sequence[Take], levels: Sequence[Sequence[float]]) -> tuple[float, ...] | None:
        """dB by which each of two takes at levels of its tracks is to be changed: that of the louder is below 0.

        What is measured in both counts; None where that is too little. 0 where one is silent.
        """
        powers = self._powers(takes, levels)
        if powers is None:
            return None
        loudness = [integrated(one) for one in powers]
        softest = min(loudness)
        if softest == SILENCE:
            return (0.0,) * len(takes)
        return tuple(round((softest - one) / _STEP) * _STEP + 0.0 for one in loudness)

    def _powers(self, takes: Sequence[Take], levels: Sequence[Sequence[float]]) -> list[NDArray[np.float64]] | None:
        """The powers of each take's hops; of the hops that are known in all of them until all are measured."""
        counts = [units(take) for take in takes]
        known = [
            [self._found(_key(take, unit)) for unit in range(count)] for take, count in zip(takes, counts, strict=True)
        ]
        if not all(all(one) for one in known):
            both = [unit for unit in range(min(counts)) if all(one[unit] for one in known)]
            if len(both) < _ENOUGH:
                return None
            known = [[one[unit] for unit in both] for one in known]
        arrays = [np.asarray(one, np.float64) for one in levels]
        return [
            np.concatenate([np.zeros(0), *(unit.of(level) for unit in one if unit is not None)])
            for one, level in zip(known, arrays, strict=True)
        ]

    def _keep(self, key: _Key, unit: _Unit) -> None:
        if key not in self._units:
            self._units[key] = unit
            self.nbytes += _size(key, unit)
        while self.nbytes > self._most:
            self.nbytes -= _size(*self._units.popitem(last=False))

    def _found(self, key: _Key | None) -> _Unit | None:
        """A unit that is known; it counts as needed now."""
        if key is None or key not in self._units:
            return None
        self._units.move_to_end(key)
        return self._units[key]

    def _measured(self, blocks: list[list[Block | None]]) -> _Unit:
        parts = list(zip(*blocks, strict=True))
        tracks = [track for track, own in enumerate(parts) if any(own[-UNIT:])]
        if not tracks:
            return _Unit(np.zeros(0, np.int64), np.zeros((_HOPS, 0, 0), np.float32))
        silence = np.zeros((BLOCK, 2), np.float32)
        heard = [np.concatenate([block.heard() if block else silence for block in parts[track]]) for track in tracks]
        # The block before lets the filters settle.
        weighted = k_weighted(np.stack(heard).transpose(0, 2, 1))[..., -UNIT * BLOCK :]
        hops = weighted.reshape(len(tracks), 2, _HOPS, HOP)
        return _Unit(
            np.array(tracks, np.int64), np.einsum("ichn,jchn->hij", hops, hops, optimize=True) / np.float32(HOP)
        )


def units(take: Take) -> int:
    """How many units a take has."""
    return -(-take.blocks // UNIT)


def blocks_of(unit: int, take: Take) -> list[int]:
    """The blocks that must be rendered for a unit to be measured."""
    return [block for block in _blocks(unit) if 0 <= block < take.blocks]


def _blocks(unit: int) -> range:
    return range(max(unit * UNIT - 1, 0), (unit + 1) * UNIT)


def _rendered(take: Take) -> NDArray[np.bool_]:
    """(units,) of which all blocks that are measured are rendered: its own and the one before."""
    complete = np.ones(units(take) * UNIT, np.bool_)
    complete[: take.blocks] = np.frombuffer(take.complete, np.uint8) != 0
    own = complete.reshape(-1, UNIT)
    return np.asarray(own.all(axis=1) & np.append(True, own[:-1, -1])[: len(own)])


def _size(key: _Key, unit: _Unit) -> int:
    return unit.nbytes + _KEY_BYTES * len(key)


def _key(take: Take, unit: int) -> _Key | None:
    """What a unit is made of; None where that is not known yet."""
    try:
        return tuple(stem.keys[block] for block in blocks_of(unit, take) for stem in take.stems)
    except KeyError:
        return None
