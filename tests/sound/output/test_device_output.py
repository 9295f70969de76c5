"""The process that plays: without a device, with one that only keeps time, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from duv_studio.sound.output import device_output
from duv_studio.sound.output.device_output import DeviceOutput
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.status import OutputState, no_library
from tests import ROOT
from tests.children import child
from tests.sound.output.numbered_player import NumberedPlayer, numbered
from tests.sound.output.waiting import wait_until

pytest.importorskip("miniaudio", reason="there is no miniaudio for this system")
KEEPS_TIME = ("NULL",)  # miniaudio's device that does as any other, but for the sound


@pytest.fixture
def silent_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sound server answers and ALSA knows no device, whatever this machine has."""
    if not sys.platform.startswith("linux"):
        pytest.skip("devices cannot be hidden from a program here")
    for name, value in {
        "PULSE_SERVER": "unix:/nowhere",
        "ALSA_CONFIG_PATH": "/dev/null",
        "JACK_NO_START_SERVER": "1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def output() -> Iterator[DeviceOutput]:
    output = DeviceOutput(backends=KEEPS_TIME)
    yield output
    output.close()


def stands(figure: Callable[[], object]) -> bool:
    """Whether it is the same a while later."""
    before = figure()
    time.sleep(0.3)
    return figure() == before


def test_a_process_that_ends_before_it_answers_is_told_of(
    output: DeviceOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_output.child, "serve", os._exit)  # spawned: it exits with what is no number, status 1
    status = output.open()
    assert status.state is OutputState.NO_DEVICE
    assert "the process that plays ended with exit status 1" in status.why and "anew" in status.hint


def process_of(output: DeviceOutput) -> psutil.Process:
    assert output._process is not None and output._process.pid is not None
    return psutil.Process(output._process.pid)


def test_no_device_is_a_state_that_says_what_to_do(silent_machine: None, capfd: pytest.CaptureFixture[str]) -> None:
    output = DeviceOutput()
    try:
        status = output.open()
        assert status.state is OutputState.NO_DEVICE
        assert "No sound device was found" in status.why and "connect headphones" in status.hint
        assert output.devices() == ()  # “Discard all samples” is none
        named = output.reopen("Speakers of yore")
        assert "“Speakers of yore” cannot be opened" in named.why
    finally:
        output.close()
    assert capfd.readouterr() == ("", "")  # ALSA's lines go nowhere


def test_without_the_library_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_output, "_library_is_there", lambda: False)
    output = DeviceOutput()
    output.prepare()
    assert output.open() == no_library()
    assert "miniaudio" in output.status.sentence
    assert output.devices() == ()
    assert output._process is None
    output.close()


def test_a_device_takes_what_the_feeder_puts(output: DeviceOutput) -> None:
    player = NumberedPlayer()
    feeder = Feeder(player, output)
    output.prepare()
    feeder.start()
    try:
        player.play()
        wait_until(lambda: output.ring.consumed > 20_000)
        assert output.status.is_ready
        assert output.latency_frames > 0
        player.stop()
        wait_until(lambda: not feeder.is_heard)
        assert output.ring.consumed == output.ring.written
    finally:
        output.close()
        feeder.close()
    assert output.status.state is OutputState.CLOSED


def test_a_device_rests_and_goes_on(output: DeviceOutput) -> None:
    assert output.open().is_ready
    output.ring.put(0, [numbered(0, 60_000)])
    output.play()
    output.play()
    wait_until(lambda: output.ring.consumed > 2000)
    output.rest()
    wait_until(lambda: stands(lambda: output.ring.consumed))
    rested = output.ring.consumed
    assert rested < 60_000
    output.play()
    wait_until(lambda: output.ring.consumed > rested + 2000)


def test_the_process_loads_nothing_heavy_and_waits_for_nothing(output: DeviceOutput) -> None:
    assert output.open().is_ready
    process = process_of(output)
    loaded = {Path(region.path).name for region in process.memory_maps() if region.path}
    assert any(name.startswith("_miniaudio") for name in loaded)
    assert not any("multiarray" in name or "torch" in name for name in loaded)
    wait_until(lambda: stands(lambda: process.cpu_times()[:2]))  # soon it computes nothing at all


def test_a_process_that_dies_is_a_lost_device_and_another_is_opened(output: DeviceOutput) -> None:
    assert output.open().is_ready
    first = output.ring
    process_of(output).kill()
    wait_until(lambda: output.status.state is OutputState.LOST)
    assert "ended" in output.status.sentence
    assert output.open().is_ready
    assert output.ring is not first
    output.ring.put(0, [numbered(0, 10_000)])
    output.play()
    wait_until(lambda: output.ring.consumed == 10_000)


def test_a_process_that_does_not_hear_is_killed(output: DeviceOutput) -> None:
    assert output.open().is_ready
    process = process_of(output)
    process.suspend()
    output.close()
    assert not process.is_running()


def test_who_waits_for_an_answer_gives_up_when_it_is_closed(output: DeviceOutput) -> None:
    output.prepare()
    process_of(output).suspend()
    answers: list[OutputState] = []
    waiting = threading.Thread(target=lambda: answers.append(output.open().state))
    waiting.start()
    time.sleep(0.2)
    output.close()
    waiting.join()
    assert answers == [OutputState.CLOSED]


_PLAYS = """
import sys, time
from duv_studio.sound.output.device_output import DeviceOutput
from tests.sound.output.numbered_player import numbered

if __name__ == "__main__":
    output = DeviceOutput(backends=("NULL",))
    assert output.open().is_ready
    output.ring.put(0, [numbered(0, 60_000)])
    output.play()
    print(output._process.pid, flush=True)
    END
"""


def _script(tmp_path: Path, end: str) -> list[object]:
    script = tmp_path / "plays.py"
    script.write_text(_PLAYS.replace("END", end))
    return [sys.executable, "-W", "error", script]


def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with child(_script(tmp_path, "time.sleep(60)"), stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
        process.wait(30)


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "output.close()"])
def test_a_program_that_ends_leaves_nothing_and_warns_of_nothing(tmp_path: Path, end: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(_script(tmp_path, end), capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (3 if "exit" in end else 0, "")  # the resource tracker would complain
    assert not psutil.pid_exists(int(done.stdout))
