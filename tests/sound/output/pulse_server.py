"""A PulseAudio server of one's own in a private folder, whose only device is a sink that can be listened to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound import RATE
from tests.children import child

LACKING = "pulseaudio and pulseaudio-utils are not installed, so nothing can be recorded here"
SINK, SINK_NAME = "listened", "Loudspeakers"
_PATIENCE_S = 20.0
_SCRIPT = f"""load-module module-native-protocol-unix socket={{socket}} auth-anonymous=1
load-module module-null-sink sink_name={SINK} format=float32le rate={RATE} channels=2 {{name}}
set-default-sink {SINK}
"""


def can_be_had() -> bool:
    return all(shutil.which(program) for program in ("pulseaudio", "parec", "pactl"))


class PulseServer:
    """Where it is; `run` it, as often as wanted. Clients of `environment` talk to it, or find nobody there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "socket"
        self.environment = {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
            "HOME": str(folder),
            "ALSA_CONFIG_PATH": "/dev/null",  # no other devices
        }

    @contextmanager
    def run(self) -> Iterator[subprocess.Popen[Any]]:
        script = self._folder / "script.pa"
        script.write_text(_SCRIPT.format(socket=self._socket, name=f"sink_properties=device.description={SINK_NAME}"))
        self._socket.unlink(missing_ok=True)
        switches = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes")
        with (
            open(self._folder / "log", "w") as log,
            child(["pulseaudio", *switches, "-F", script], env=self._full(), stdout=log, stderr=log) as process,
        ):
            self._wait(process)
            yield process

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Record all that is played from now on."""
        path = self._folder / f"recording{time.monotonic_ns()}"
        command = ["parec", "-d", f"{SINK}.monitor", "--format=float32le", f"--rate={RATE}", "--channels=2",
                   "--raw", "--latency-msec=20"]  # fmt: skip
        with open(path, "wb") as file, child(command, env=self._full(), stdout=file, stderr=subprocess.DEVNULL):
            recording = Recording(path)
            _wait_for(lambda: recording.seconds > 0)
            yield recording

    def _wait(self, process: subprocess.Popen[Any]) -> None:
        def answers() -> bool:
            assert process.poll() is None, (self._folder / "log").read_text()
            return subprocess.run(["pactl", "info"], env=self._full(), capture_output=True).returncode == 0

        _wait_for(answers)

    def _full(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


class Recording:
    """Frames as they came out of the sink."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def seconds(self) -> float:
        return self._path.stat().st_size / 8 / RATE

    @property
    def frames(self) -> NDArray[np.float32]:
        """(n, 2), from the first that is no silence to the last."""
        data = self._path.read_bytes()
        frames = np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2)
        heard = np.flatnonzero(frames.any(axis=1))
        return frames[heard[0] : heard[-1] + 1] if len(heard) else frames[:0]


@contextmanager
def private_server() -> Iterator[PulseServer]:
    """In a folder of its own, not below pytest's: a socket's name must be short."""
    with tempfile.TemporaryDirectory(prefix="pulse") as folder:
        yield PulseServer(Path(folder))


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the sound server does not answer"
        time.sleep(0.02)
