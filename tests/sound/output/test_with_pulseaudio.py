"""With a real sound server, whose sink is recorded: what comes out is what was handed out, bit by bit.

DUV_STUDIO_LISTEN_S=60 listens for a minute, and suffers no break; else a busy machine may have some, which are silence.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from duv_studio.sound.output.device_output import DeviceOutput
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.status import OutputState, OutputStatus
from tests.sound.output.numbered_player import NumberedPlayer, numbered
from tests.sound.output.pulse_server import LACKING, SINK_NAME, PulseServer, can_be_had, private_server

pytest.importorskip("miniaudio", reason="there is no miniaudio for this system")
pytestmark = pytest.mark.skipif(not can_be_had(), reason=LACKING)

_LISTEN_S = float(os.environ.get("DUV_STUDIO_LISTEN_S", "5"))
_IS_STRICT = "DUV_STUDIO_LISTEN_S" in os.environ


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    with private_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@contextmanager
def busy_python() -> Iterator[None]:
    """A thread that always wants Python's lock."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            sum(range(5000))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def fed(player: NumberedPlayer, output: DeviceOutput, told: list[OutputStatus] | None = None) -> Iterator[Feeder]:
    feeder = Feeder(player, output, None if told is None else told.append)
    feeder.start()
    try:
        yield feeder
    finally:
        output.close()
        feeder.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_was_handed_out_is_recorded_bit_by_bit_under_load(server: PulseServer) -> None:
    player, output = NumberedPlayer(), DeviceOutput()
    with server.run(), server.recording() as recording, fed(player, output) as feeder:
        player.play()
        with busy_python():
            begun = time.monotonic()
            while time.monotonic() < begun + _LISTEN_S:
                time.sleep(0.2)
                player.change()
        player.stop()
        wait_until(lambda: not feeder.is_heard)
        time.sleep(0.5)  # for what is still on its way through the server
        recorded, underruns, written = recording.frames, output.ring.underruns, output.ring.written
    sounding = recorded[recorded.any(axis=1)]
    assert np.array_equal(sounding, numbered(0, written))
    if _IS_STRICT:
        assert underruns == 0
        assert len(recorded) == len(sounding)


def test_a_server_that_goes_away_is_a_lost_device_and_a_new_one_plays_on(server: PulseServer) -> None:
    player, output, told = NumberedPlayer(), DeviceOutput(), list[OutputStatus]()
    with fed(player, output, told):
        with server.run() as process:
            player.play()
            wait_until(lambda: output.ring.consumed > 20_000)
            assert output.devices() == (SINK_NAME,)
            process.kill()
            wait_until(lambda: output.status.state is OutputState.LOST)
        wait_until(lambda: not player.is_playing)
        assert told[-1].state is OutputState.LOST
        assert "went away while it played" in told[-1].why

        player.play()
        wait_until(lambda: not player.is_playing)  # there is none yet
        assert told[-1].state is OutputState.NO_DEVICE

        with server.run(), server.recording() as recording:
            assert output.reopen(SINK_NAME).is_ready
            before = player.position
            player.play()
            wait_until(lambda: recording.seconds > 0 and output.ring.consumed > 30_000)
            player.stop()
            time.sleep(0.5)
            recorded = recording.frames
    first = round(before * 44_100)
    assert len(recorded) > 20_000
    assert np.array_equal(recorded, numbered(first, first + len(recorded)))
