"""Figures of the way out of the player, for bench_sound: each function measures one, and prints nothing.

    python -m tests.benchmarks.sound_output_figures [SECONDS]

prints them all. Where PulseAudio can be had, SECONDS (10) are also recorded from a real server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
import psutil

from duv_studio.sound import RATE
from duv_studio.sound.output.device_output import PERIOD_MS, DeviceOutput
from duv_studio.sound.output.feeder import Feeder
from duv_studio.sound.output.null_output import NullOutput
from tests.sound.output.numbered_player import NumberedPlayer, numbered
from tests.sound.output.pulse_server import can_be_had, private_server

KEEPS_TIME = ("NULL",)  # miniaudio's device that does as any other, but for the sound


@contextmanager
def busy_python(busy_ms: float = 0, of_ms: float = 16) -> Iterator[None]:
    """A thread that wants Python's lock for so many milliseconds of every few, as a window does; 0: always."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            begun = time.perf_counter()
            while not busy_ms or time.perf_counter() < begun + busy_ms / 1000:
                sum(range(1000))
                if over.is_set():
                    return
            time.sleep((of_ms - busy_ms) / 1000)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Turning(NumberedPlayer):
    """Every change turns the sign of what is heard."""

    def read(self, frames: int) -> np.ndarray:
        return super().read(frames) * np.float32(1 if self.generation % 2 else -1)


class _Stopwatch(NullOutput):
    """Knows when which sign was handed out."""

    def __init__(self, period: int) -> None:
        super().__init__(period=period)
        self.calls: list[tuple[float, float, float]] = []  # moment, first and last sign

    def pull(self, frames: int) -> np.ndarray:
        handed = super().pull(frames)
        self.calls.append((time.perf_counter(), float(np.sign(handed[0, 0])), float(np.sign(handed[-1, 0]))))
        return handed


def change_to_hand_out(changes: int = 60, period: int = PERIOD_MS * RATE // 1000) -> np.ndarray:
    """Seconds from a change of the player to the call of the output that hands it out, (changes,)."""
    player, output = _Turning(), _Stopwatch(period)
    feeder = Feeder(player, output)
    feeder.start()
    rng = np.random.default_rng(0)
    took = []
    player.play()
    try:
        time.sleep(0.5)
        for _ in range(changes):
            time.sleep(float(rng.uniform(0.08, 0.12)))
            changed, sign = time.perf_counter(), -output.calls[-1][2]
            player.change()
            feeder.wake()
            while output.calls[-1][2] != sign:
                time.sleep(0.0005)
            took.append(next(moment for moment, _, last in output.calls if moment > changed and last == sign) - changed)
    finally:
        output.close()
        feeder.close()
    return np.array(took)


_STARTS = """
import time
import psutil
from duv_studio.sound.output.device_output import PERIOD_MS, DeviceOutput

output = DeviceOutput(backends=("NULL",))
begun = time.perf_counter()
output.open()
print(time.perf_counter() - begun, max(child.memory_full_info().uss for child in psutil.Process().children()))
output.close()
"""


def child_start() -> tuple[float, int]:
    """Seconds until a process has opened its device, and bytes that it has for itself.

    In a program of its own: the process would import this module, and what it imports.
    """
    said = subprocess.run([sys.executable, "-c", _STARTS], capture_output=True, text=True, check=True).stdout.split()
    return float(said[0]), int(said[1])


def play_to_first_call() -> float:
    """Seconds from Play to the first frames that a device took, where it was opened before."""
    player, output = NumberedPlayer(), DeviceOutput(backends=KEEPS_TIME)
    output.open()
    feeder = Feeder(player, output)
    feeder.start()
    try:
        time.sleep(0.3)
        begun = time.perf_counter()
        player.play()
        feeder.wake()
        while not output.ring.consumed:
            time.sleep(0.0005)
        return time.perf_counter() - begun
    finally:
        output.close()
        feeder.close()


def idle_share(seconds: float = 5.0) -> tuple[float, float]:
    """How much of a processor an output costs that is open and silent: the feeder's thread, and the child."""
    player, output = NumberedPlayer(), DeviceOutput(backends=KEEPS_TIME)
    output.open()
    feeder = Feeder(player, output)
    feeder.start()
    try:
        child = psutil.Process().children()
        own, theirs = time.process_time(), _cpu(child)
        time.sleep(seconds)
        return (time.process_time() - own) / seconds, (_cpu(child) - theirs) / seconds
    finally:
        output.close()
        feeder.close()


def underruns_under_load(seconds: float = 60.0, busy_ms: float = 0) -> tuple[int, float]:
    """How often a device lacked frames while Python was busy, and how many seconds were lacking in all."""
    player, output = NumberedPlayer(), DeviceOutput(backends=KEEPS_TIME)
    feeder = Feeder(player, output)
    feeder.start()
    try:
        output.open()
        player.play()
        with busy_python(busy_ms):
            time.sleep(seconds)
        return output.ring.underruns, output.ring.missing / RATE
    finally:
        output.close()
        feeder.close()


def recorded_under_load(seconds: float = 60.0, busy_ms: float = 0, period_ms: int = 200) -> tuple[bool, int, float]:
    """Through a real PulseAudio server: whether all frames came out as they are, how many breaks, seconds recorded.

    The server that is started here has no precedence, and comes late itself on a busy machine: so the longest period.
    """
    player = NumberedPlayer()
    with private_server() as server, mock.patch.dict(os.environ, server.environment), server.run():
        output = DeviceOutput(period_ms=period_ms)
        feeder = Feeder(player, output)
        feeder.start()
        try:
            with server.recording() as recording:
                player.play()
                with busy_python(busy_ms):
                    begun = time.monotonic()
                    while time.monotonic() < begun + seconds:
                        time.sleep(0.2)
                        player.change()
                player.stop()
                while feeder.is_heard:
                    time.sleep(0.01)
                time.sleep(0.5)
                frames, written = recording.frames, output.ring.written
        finally:
            output.close()
            feeder.close()
    is_silent = ~frames.any(axis=1)
    breaks = int(np.count_nonzero(np.diff(is_silent.astype(int)) == 1))
    return bool(np.array_equal(frames[~is_silent], numbered(0, written))), breaks, len(frames) / RATE


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    change = 1000 * change_to_hand_out()
    print(
        f"change → hand-out {np.median(change):.0f} ms median, {change.max():.0f} ms most, in calls of {PERIOD_MS} ms"
    )
    starts, sizes = zip(*(child_start() for _ in range(5)), strict=True)
    print(f"start of the process and its device {1000 * np.median(starts):.0f} ms, {max(sizes) / 2**20:.0f} MB")
    print(f"Play → first frames taken {np.median([1000 * play_to_first_call() for _ in range(5)]):.0f} ms")
    own, theirs = idle_share()
    print(f"idle: feeder {100 * own:.2f} %, process {100 * theirs:.2f} % of a processor")
    for busy_ms in (0, 12):
        load = f"{busy_ms} of 16 ms" if busy_ms else "always"
        count, missing = underruns_under_load(seconds, busy_ms)
        print(f"Python busy {load}: {count} underruns, {1000 * missing:.0f} ms lacking in {seconds:.0f} s")
    if can_be_had():
        is_same, breaks, length = recorded_under_load(seconds)
        same = "bit by bit" if is_same else "NOT as it was handed out"
        print(f"PulseAudio, Python always busy: {length:.1f} s recorded {same}, {breaks} breaks")


if __name__ == "__main__":
    main()
