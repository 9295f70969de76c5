"""Ports that write down what they get and when, on a computer where they come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from duv_studio.sound.midi_out.ports import NoPort
from duv_studio.sound.midi_out.status import no_port
from duv_studio.sound.output.feeder import Stretch


class FakeClock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class FakePort:
    def __init__(self, clock: FakeClock) -> None:
        self.got: list[tuple[float, bytes]] = []
        self.is_open, self.is_broken = True, False
        self._clock = clock

    def send(self, message: bytes) -> None:
        assert self.is_open
        if self.is_broken:
            raise OSError("unplugged")
        self.got.append((self._clock.seconds, message))

    def close(self) -> None:
        self.is_open = False


@dataclass
class FakePorts:
    clock: FakeClock
    there: list[str] = field(default_factory=lambda: ["Piano", "Module"])
    opened: dict[str, FakePort] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(self.there)

    def open(self, name: str) -> FakePort:
        if name not in self.there:
            raise NoPort(no_port(name, "it is not there"))
        self.opened[name] = FakePort(self.clock)
        return self.opened[name]


@dataclass
class FakeTimeline:
    """Where the song is, as a test wants it."""

    now: Sequence[Stretch] = ()

    def stretches(self) -> Sequence[Stretch]:
        return self.now
