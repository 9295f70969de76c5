"""With a real sound server, whose sink is recorded: what comes out is what was handed out, bit by bit.

In real time, so on a machine that does nothing else: `make sound-test` runs this by itself, `make test` does not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from duv_studio.sound import RATE
from duv_studio.sound.output.device_output import DeviceOutput
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.read_ahead import BLOCK
from duv_studio.sound.output.status import OutputState, OutputStatus
from duv_studio.ui.canvas.editor_view import EditorView
from tests.benchmarks.bench_roll import dense_song, performances
from tests.benchmarks.sound_output_figures import busy_python
from tests.sound.output.numbered_player import NumberedPlayer, numbered
from tests.sound.output.pulse_server import LACKING, SINK_NAME, PulseServer, can_be_had, private_server
from tests.sound.output.waiting import wait_until

pytest.importorskip("miniaudio", reason="there is no miniaudio for this system")
_SECONDS = "DUV_STUDIO_PULSEAUDIO"  # for how long it listens
pytestmark = [
    pytest.mark.skipif(_SECONDS not in os.environ, reason="runs in real time and alone: make sound-test"),
    pytest.mark.skipif(not can_be_had(), reason=LACKING),
]
_LISTEN_S = float(os.environ.get(_SECONDS, "0"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    with private_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@contextmanager
def fed(player: NumberedPlayer, output: DeviceOutput, told: list[OutputStatus] | None = None) -> Iterator[Feeder]:
    feeder = Feeder(player, output, None if told is None else told.append)
    feeder.start()
    try:
        yield feeder
    finally:
        output.close()
        feeder.close()


def test_what_was_handed_out_is_recorded_bit_by_bit_while_python_is_busy(server: PulseServer) -> None:
    with server.run(), busy_python():
        listen(server, lambda: time.sleep(0.02))


def test_what_was_handed_out_is_recorded_bit_by_bit_while_the_window_scrolls(server: PulseServer, qtbot: QtBot) -> None:
    song = dense_song(10_000)
    view = EditorView()
    qtbot.addWidget(view)
    view.resize(1600, 900)
    view.show()
    view.set_song(song)
    view.set_performance(performances(song, 2)[1])
    canvas = view.canvas
    canvas.set_viewport(canvas.scene.viewport.zoomed(8.0, 0.0))
    steps = count()

    def scroll() -> None:
        back = next(steps) // 200 % 2
        canvas.set_viewport(canvas.scene.viewport.scrolled(-24.0 if back else 24.0, 0.0))
        QApplication.processEvents()

    with server.run():
        listen(server, scroll)


def listen(server: PulseServer, work: Callable[[], None]) -> None:
    """Play while there is work, with a change of the player now and then, and compare what was recorded."""
    # With room from the beginning: a server that no one gave precedence, as this one, comes late itself.
    player, output = NumberedPlayer(), DeviceOutput(period_ms=200)
    with server.recording() as recording, fed(player, output) as feeder:
        assert output.open().is_ready
        player.play()
        feeder.wake()
        end = change = time.monotonic()
        end += _LISTEN_S
        while time.monotonic() < end:
            work()
            if time.monotonic() > change + 0.2:
                change = time.monotonic()
                player.change()
                feeder.wake()
        player.stop()
        wait_until(lambda: not feeder.is_heard)
        time.sleep(0.5)  # for what is still on its way through the server
        recorded, underruns, written = recording.frames, output.ring.underruns, output.ring.written
    breaks = np.flatnonzero(np.diff(recorded.any(axis=1).astype(int)) == -1) / RATE
    assert (underruns, breaks.tolist()) == (0, []), "it broke off: is something else running on this machine?"
    assert len(recorded) == written > (_LISTEN_S - 1) * RATE
    assert np.array_equal(recorded, numbered(0, written))


def test_a_server_that_goes_away_is_a_lost_device_and_a_new_one_plays_on(server: PulseServer) -> None:
    player, output, told = NumberedPlayer(), DeviceOutput(period_ms=100), list[OutputStatus]()
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
    first = round(before * RATE)
    assert len(recorded) > 20_000
    assert np.array_equal(recorded[:BLOCK], numbered(first, first + BLOCK))
