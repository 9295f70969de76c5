"""The process that plays: opens a device with miniaudio and hands it the frames of the ring. Knows no numpy."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from duv_studio.engine.processes import init_child_process
from duv_studio.sound import RATE
from duv_studio.sound.output.ring import FRAME, Memory, Ring
from duv_studio.sound.output.status import OutputStatus, lost, no_device, no_library, ready

if TYPE_CHECKING:
    import miniaudio

# What may be asked, as (word, argument). OPEN is answered by (OPEN, (status, latency in frames)), DEVICES by
# (DEVICES, names); what nobody asked for is NEWS, which look as the answer to OPEN.
OPEN, PLAY, REST, DEVICES, NEWS = "open", "play", "rest", "devices", "news"
PERIODS = 3  # that a device's buffer holds
# In periods: after how many a frame is heard that was handed out, and how late a call may be until the device runs dry.
# PulseAudio keeps one; measured with a recorder at its sink.
_HEARD_AFTER, _DRY_AFTER = {"PulseAudio": 1.5}, {"PulseAudio": 1.5}
_NICE = -11  # as sound servers have it
_UNEVEN = 25  # the first calls of a device: some are slow to begin
_LONGEST_MS = 200  # the period on a machine that is too busy for shorter ones
_LOOK_S = 0.25  # between two looks at a device that plays
_LOOKS = 4  # at which it must have asked for frames once
_FIRST_LOOKS = 20  # at which it must have begun: some devices wake up slowly
# ALSA lists a device that throws all away, and so does miniaudio where there is nothing else.
_NO_DEVICES = ("Discard all samples", "NULL Playback Device")
_APP = "DUV Studio"
_LEAD_IN = bytes(1024 * FRAME)  # frames of silence: servers and converters may swallow the first ones after a pause


def serve(connection: Connection[Any, Any], memory: Memory, period_ms: int, backends: tuple[str, ...]) -> None:
    """Do what the connection asks for until it ends, or until the device is lost.

    `backends` are names of miniaudio.Backend to choose from, () for all that make a sound.
    """
    init_child_process()
    _be_quiet()
    _go_first()
    try:
        library = _library()
    except Exception as error:
        connection.send((NEWS, (no_library(f"{type(error).__name__}: {error}"), 0)))
        return
    with suppress(EOFError, OSError):  # the parent is through with this process
        _Server(connection, Ring(memory), library, period_ms, backends).run()
    os._exit(0)  # at once: a driver whose server went away may never let go


def _be_quiet() -> None:
    """ALSA and JACK print dozens of lines where there is no device; what matters is sent."""
    if os.environ.get("DUV_DEBUG") != "1":
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)


def _go_first() -> None:
    """Ask for precedence before what computes; only some systems let users have it."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICE)


def _library() -> Any:
    # It takes numpy's arrays where numpy is there; without, this process begins 60 ms sooner and is 20 MB smaller.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
    import miniaudio

    return miniaudio


class _Server:
    def __init__(
        self, connection: Connection[Any, Any], ring: Ring, library: Any, period_ms: int, backends: tuple[str, ...]
    ) -> None:
        self._connection = connection
        self._ring = ring
        self._library = library
        self._period_ms = period_ms
        self._backends = [library.Backend[name] for name in backends]
        self._device: miniaudio.PlaybackDevice | None = None
        self._name = ""
        self._plays = False
        self._came_late = False  # so late that the device had run dry

    def run(self) -> None:
        calls, looks = -1, _FIRST_LOOKS
        while looks:
            if self._connection.poll(_LOOK_S if self._plays else None):
                self._do(*self._connection.recv())
                calls, looks = -1, _FIRST_LOOKS
                continue
            # Counted in looks, not in seconds: a machine that slept is not a lost device.
            now = self._ring.handed_out.calls
            looks = looks - 1 if now == calls or calls < 0 else _LOOKS
            calls = now
            if self._came_late and self._period_ms < _LONGEST_MS:
                self._make_room()
                calls, looks = -1, _FIRST_LOOKS
        self._tell(NEWS, lost(self._name, "it asks for no more sound"))

    def _do(self, word: str, argument: Any) -> None:
        if word == OPEN:
            self._tell(OPEN, self._open(str(argument)))
        elif word == DEVICES:
            self._connection.send((DEVICES, self._devices()))
        elif self._device is not None and (word == PLAY) is not self._plays:
            self._start_or_stop(self._device)

    def _tell(self, word: str, status: OutputStatus) -> None:
        self._connection.send((word, (status, self._latency_frames())))

    def _open(self, name: str) -> OutputStatus:
        if self._device is not None:
            self._device.close()
            self._device, self._plays = None, False
        try:
            identity = self._identity(name) if name else None
            self._device = self._library.PlaybackDevice(
                output_format=self._library.SampleFormat.FLOAT32,
                nchannels=2,
                sample_rate=RATE,
                buffersize_msec=self._period_ms,
                callback_periods=PERIODS,
                device_id=identity,
                backends=self._backends or None,
                app_name=_APP,
            )
        except (self._library.MiniaudioError, LookupError) as error:
            return no_device(name, _reason(error))
        if self._device.backend == "Null" and not self._backends:
            self._device.close()
            self._device = None
            return no_device(name, "")
        self._name = name
        return ready(name)

    def _latency_frames(self) -> int:
        """How long after it was handed out a frame is heard."""
        periods = PERIODS if self._device is None else _HEARD_AFTER.get(self._device.backend, PERIODS)
        return int(periods * self._period_ms * RATE / 1000)

    def _make_room(self) -> None:
        """Go on with a longer period: one more break now, instead of many."""
        self._period_ms = min(2 * self._period_ms, _LONGEST_MS)
        self._tell(NEWS, self._open(self._name))
        if self._device is not None:
            self._start_or_stop(self._device)

    def _identity(self, name: str) -> Any:
        for device in self._library.Devices(self._backends or None).get_playbacks():
            if device["name"] == name:
                return device["id"]
        raise LookupError("it is not there")

    def _devices(self) -> list[str]:
        try:
            found = self._library.Devices(self._backends or None).get_playbacks()
        except self._library.MiniaudioError:
            return []
        return list(dict.fromkeys(d["name"] for d in found if not d["name"].startswith(_NO_DEVICES)))

    def _start_or_stop(self, device: miniaudio.PlaybackDevice) -> None:
        try:
            if self._plays:
                device.stop()
            else:
                lasts = _DRY_AFTER.get(device.backend, PERIODS - 0.5) * self._period_ms / 1000
                frames = self._frames(lasts)
                next(frames)
                device.start(frames)
        except self._library.MiniaudioError as error:
            self._tell(NEWS, lost(self._name, _reason(error)))
            raise EOFError from error
        self._plays = not self._plays

    def _frames(self, lasts: float) -> Generator[bytes, int, None]:
        """What miniaudio asks for, in its own thread; what is lacking at the end comes out as silence.

        The device runs dry when it is not asked again for `lasts` seconds.
        """
        ring, self._came_late = self._ring, False
        wanted = yield b""
        lead = _LEAD_IN[: wanted * FRAME]
        wanted = yield lead + ring.take(wanted - len(lead) // FRAME)
        for _ in range(_UNEVEN):
            wanted = yield ring.take(wanted)
        called = time.monotonic()
        while True:
            wanted = yield ring.take(wanted)
            last, called = called, time.monotonic()
            self._came_late |= called - last > lasts


def _reason(error: Exception) -> str:
    return ": ".join(str(part) for part in error.args)
