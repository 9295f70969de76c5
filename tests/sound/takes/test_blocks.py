"""Blocks of rendered audio: how they are kept, mixed and let go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duv_studio.sound.takes.block import BLOCK, Block, block_of, dry_sum, sends_sum
from duv_studio.sound.takes.store import SILENT, BlockStore


def noise(peak: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-peak, peak, (2, BLOCK)).astype(np.float32)


def made(peak: float, seed: int = 1, index: int = 0) -> Block:
    block = block_of(noise(peak, seed), noise(peak / 8, seed)[0], index)
    assert block is not None
    return block


@pytest.mark.parametrize("peak", [0.00001, 0.01, 0.3, 0.999, 1.0, 3.7, 40.0])
def test_a_block_is_exact_to_16_bits_of_its_own_peak(peak: float) -> None:
    planes = noise(peak)
    assert np.abs(made(peak).heard() - planes.T).max() <= peak / 32_767


def test_what_nobody_hears_is_no_block() -> None:
    assert block_of(np.zeros((2, BLOCK), np.float32), np.zeros(BLOCK, np.float32), 0) is None
    assert block_of(noise(5e-7), noise(5e-7)[0], 0) is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 2)), min_size=1, max_size=6))
def test_a_mix_is_the_sum_of_the_tracks_by_their_levels(tracks: list[tuple[bool, float]]) -> None:
    blocks = [made(0.5, seed) if sounds else None for seed, (sounds, _) in enumerate(tracks)]
    levels = [level for _, level in tracks]
    expected, sent = np.zeros((BLOCK, 2)), np.zeros(BLOCK)
    for block, level in zip(blocks, levels, strict=True):
        if block and block.send:
            expected += level * block.heard().astype(np.float64)
            sent += level * block.send.heard().astype(np.float64)
    assert np.allclose(dry_sum(blocks, levels), expected, atol=1e-5)
    assert np.allclose(sends_sum(blocks, levels), sent, atol=1e-5)


def test_a_store_lets_the_least_worth_go_and_keeps_what_it_must() -> None:
    store = BlockStore(10 * 6 * BLOCK)
    for index in range(12):
        store.put(bytes([index + 1]), made(0.1, index, index))
    assert store.nbytes == 12 * 6 * BLOCK
    gone = store.trim(lambda key, block: None if block is None or block.index < 5 else float(block.index))
    assert [block.index for block in gone] == [5, 6, 7]
    assert store.nbytes == 9 * 6 * BLOCK
    assert bytes([6]) not in store
    with pytest.raises(KeyError):
        store.get(bytes([6]))
    assert not store.trim(lambda key, block: 0.0), "there is room"


def test_silence_needs_no_room() -> None:
    store = BlockStore(1000)
    assert SILENT in store
    assert store.get(SILENT) is None
    store.put(b"rendered, and silent", None)
    assert b"rendered, and silent" in store
    assert store.nbytes == 0
