"""A device, or a clock in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.output_or_clock import OutputOrClock
from duv_studio.sound.output.status import OutputState, OutputStatus, no_device, ready


class Device(NullOutput):
    """There, or not."""

    def __init__(self) -> None:
        super().__init__(by_hand=True)
        self.is_there = False

    def open(self) -> OutputStatus:
        self._status = ready() if self.is_there else no_device("", "")
        return self._status

    def reopen(self, device: str = "") -> OutputStatus:
        return self.open()


@pytest.fixture
def both() -> Iterator[tuple[OutputOrClock, Device]]:
    device: Any = Device()
    output = OutputOrClock(device)
    yield output, device
    output.close()


def test_without_a_device_it_is_none_unless_time_is_to_be_kept(both: tuple[OutputOrClock, Device]) -> None:
    output, device = both
    assert output.open().state is OutputState.NO_DEVICE
    assert output.ring is device.ring
    output.keeps_time = True
    assert output.open().is_ready
    assert output.status.is_ready
    assert output.ring is not device.ring
    assert output.open().is_ready


def test_a_device_that_comes_is_played_on_again(both: tuple[OutputOrClock, Device]) -> None:
    output, device = both
    output.keeps_time = True
    output.open()
    device.is_there = True
    assert output.reopen().is_ready
    assert output.ring is device.ring
    output.play()
    assert device.is_playing
