"""The way out that leads nowhere."""

from __future__ import annotations

import time

import numpy as np

from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.status import OutputState
from tests.sound.output.numbered_player import numbered


def test_it_takes_in_real_time_while_it_plays() -> None:
    output = NullOutput(remember=100_000)
    output.ring.put(0, [numbered(0, 40_000)])
    assert output.status.state is OutputState.CLOSED
    assert output.open().is_ready
    time.sleep(0.05)
    assert output.ring.consumed == 0
    begun = time.perf_counter()
    output.play()
    while output.ring.consumed < 8820:
        time.sleep(0.005)
    assert time.perf_counter() - begun > 0.15  # 0.2 s but for a period
    output.rest()
    output.close()
    assert output.status.state is OutputState.CLOSED
    recorded = output.recorded
    assert np.array_equal(recorded, numbered(0, len(recorded)))


def test_by_hand_it_takes_when_told_and_remembers_the_last() -> None:
    output = NullOutput(by_hand=True, remember=150)
    output.open()
    output.ring.put(0, [numbered(0, 350)])
    for count in (100, 100, 100):
        assert len(output.pull(count)) == count
    assert np.array_equal(output.recorded, numbered(100, 300))
    last = output.pull(100)
    assert np.array_equal(last[:50], numbered(300, 350))
    assert not last[50:].any()
    output.close()


def test_closed_before_it_was_opened_it_leaves_nothing() -> None:
    output = NullOutput()
    output.close()
    output.close()
