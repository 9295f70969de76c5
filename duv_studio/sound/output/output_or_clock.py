"""A sound device, or a clock in its place where there is none and something else plays along, such as MIDI out."""

from __future__ import annotations

from duv_studio.sound.output.device_output import DeviceOutput
from duv_studio.sound.output.null_output import NullOutput
from duv_studio.sound.output.ring import Ring
from duv_studio.sound.output.status import OutputStatus


class OutputOrClock:
    """Is the device; but while it `keeps_time`, one that cannot be opened is no trouble: the song goes on unheard."""

    def __init__(self, device: DeviceOutput) -> None:
        self.keeps_time = False
        self._device = device
        self._clock: NullOutput | None = None

    @property
    def ring(self) -> Ring:
        return self._now.ring

    @property
    def status(self) -> OutputStatus:
        return self._now.status

    @property
    def latency_frames(self) -> int:
        return self._now.latency_frames

    def open(self) -> OutputStatus:
        return self._clock.status if self._clock is not None else self._or_clock(self._device.open())

    def reopen(self, device: str = "") -> OutputStatus:
        """Play on another device, or on one that came back."""
        self._drop_clock()
        return self._or_clock(self._device.reopen(device))

    def devices(self) -> tuple[str, ...]:
        """The names of all devices that there are now."""
        return self._device.devices()

    def play(self) -> None:
        self._now.play()

    def rest(self) -> None:
        self._now.rest()

    def close(self) -> None:
        self._device.close()  # first: someone may be waiting for its answer
        self._drop_clock()

    @property
    def _now(self) -> DeviceOutput | NullOutput:
        return self._clock or self._device

    def _or_clock(self, status: OutputStatus) -> OutputStatus:
        if status.is_ready or not self.keeps_time:
            return status
        clock = NullOutput()
        status = clock.open()
        self._clock = clock
        return status

    def _drop_clock(self) -> None:
        clock, self._clock = self._clock, None
        if clock is not None:
            clock.close()
