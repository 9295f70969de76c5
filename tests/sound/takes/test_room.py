"""The reverb of blocks: the reverb itself, cut to what the blocks before can hold."""

from __future__ import annotations

import numpy as np

from duv_studio.sound.synth.reverb import Reverb
from duv_studio.sound.takes.block import BLOCK
from duv_studio.sound.takes.room import BLOCKS, FRAMES, Room


def test_it_is_the_reverb_that_it_was_made_from() -> None:
    room, count = Room(Reverb()), 4
    sent = np.random.default_rng(1).uniform(-1, 1, count * BLOCK).astype(np.float32)
    sent[BLOCK : 2 * BLOCK] = 0
    spectra = [room.spectrum(sent[k * BLOCK : (k + 1) * BLOCK]) for k in range(count)]
    assert spectra[1] is None
    wet = []
    for block in range(count):
        newest_first = [spectra[block - k] if block >= k else None for k in range(BLOCKS + 1)]
        found = room.wet(newest_first)
        assert found is not None
        wet.append(found.T)
    expected = Reverb().process(sent)
    heard = np.concatenate(wet)
    assert np.abs(expected).max() > 0.1
    assert np.abs(heard - expected)[: FRAMES - BLOCK].max() < 1e-3, "before its end fades they are the same"


def test_it_ends() -> None:
    room = Room(Reverb())
    impulse = np.zeros(BLOCK, np.float32)
    impulse[-1] = 1.0
    spectrum = room.spectrum(impulse)
    last = room.wet([None] * BLOCKS + [spectrum])
    assert last is not None
    assert np.abs(last[:, -10:]).max() < 1e-6
    assert room.wet([None] * (BLOCKS + 1)) is None
