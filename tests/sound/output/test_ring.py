"""The ring between who makes the sound and who hands it out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from duv_studio.sound.output.ring import CAPACITY, Memory, Ring


@pytest.fixture
def ring() -> Ring:
    return Ring(Memory.of_threads())


def frames(first: int, count: int) -> NDArray[np.float32]:
    numbers = np.arange(first, first + count, dtype=np.float32)
    return np.stack([numbers, numbers + 0.5], axis=1)


def taken(ring: Ring, count: int) -> NDArray[np.float32]:
    return np.frombuffer(ring.take(count), np.float32).reshape(-1, 2)


def test_what_was_put_is_taken_in_order_around_the_seam(ring: Ring) -> None:
    got, put = [], 0
    for size in [3, 30_000, 20_001, 40_000, 5, 60_000, 7_000]:
        assert ring.put(put, [frames(put, size // 2), frames(put + size // 2, size - size // 2)])
        put += size
        got += [taken(ring, 999) for _ in range(-(-size // 999))]
    assert put > CAPACITY
    assert np.array_equal(np.concatenate(got), frames(0, put))


def test_what_was_not_taken_is_replaced_and_the_rest_is_gone(ring: Ring) -> None:
    ring.put(0, [frames(0, 1000)])
    ring.take(300)
    assert ring.put(400, [frames(9000, 50)])
    assert np.array_equal(taken(ring, 1000), np.concatenate([frames(300, 100), frames(9000, 50)]))
    assert ring.put(430, []) is False


@pytest.mark.parametrize(
    "start, size", [(299, 10), (1001, 10), (1000, CAPACITY - 699)], ids=["taken already", "with a hole", "too many"]
)
def test_what_cannot_be_put_changes_nothing(ring: Ring, start: int, size: int) -> None:
    ring.put(0, [frames(0, 1000)])
    ring.take(300)
    assert not ring.put(start, [frames(5000, size)])
    assert np.array_equal(taken(ring, 1000), frames(300, 700))


def test_running_dry_is_counted_only_where_more_was_expected(ring: Ring) -> None:
    ring.put(0, [frames(0, 100)])
    ring.take(150)
    assert (ring.underruns, ring.missing) == (0, 0)
    ring.put(100, [frames(0, 100)])
    ring.expect(True)
    ring.take(150)
    ring.take(150)
    ring.expect(False)
    ring.take(150)
    assert (ring.underruns, ring.missing, ring.largest) == (2, 200, 150)


def test_a_lock_that_is_never_given_back_does_not_halt_who_hands_out() -> None:
    memory = Memory.of_threads()
    ring = Ring(memory)
    ring.put(0, [frames(0, 10)])
    with memory.lock:
        assert ring.take(10) == b""
    assert np.array_equal(taken(ring, 10), frames(0, 10))


def test_a_call_is_dated_so_that_its_frames_end_when_a_whole_one_would(ring: Ring) -> None:
    ring.put(0, [frames(0, 441)])
    ring.take(441)
    first = ring.handed_out
    ring.take(441)  # nothing is there: no new date
    assert ring.handed_out.seconds == first.seconds
    assert (ring.handed_out.frames, ring.handed_out.calls) == (441, 2)
