"""The MIDI ports of this computer, by rtmidi2 where it is installed."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from duv_studio.sound.midi_out.status import MidiStatus, no_library, no_port, no_ports

_CLIENT = "DUV Studio"
_ALSA_SEQUENCER = Path("/dev/snd/seq")


class Port(Protocol):
    """Where messages go. OSError where it is gone."""

    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class Ports(Protocol):
    """What ports there are, now."""

    def names(self) -> tuple[str, ...]: ...

    def open(self, name: str) -> Port:
        """NoPort says why it cannot be had."""
        ...


class NoPort(Exception):
    """A port cannot be had; `status` says why."""

    def __init__(self, status: MidiStatus) -> None:
        super().__init__(status.sentence)
        self.status = status


class SystemPorts:
    """Those of the system."""

    def names(self) -> tuple[str, ...]:
        """All that can be played on, in the system's order; () where there are none, for whatever reason."""
        try:
            return tuple(_library().get_out_ports())
        except (NoPort, RuntimeError):
            return ()

    def why_none(self) -> MidiStatus:
        """Why there are no names."""
        try:
            _library()
        except NoPort as none:
            return none.status
        return no_ports()

    def open(self, name: str) -> Port:
        library = _library()
        try:
            out = library.MidiOut(_CLIENT)
            names = list(out.ports)
            if name not in names:
                raise NoPort(no_port(name, "it is not there"))
            out.open_port(names.index(name))
        except (RuntimeError, OSError) as error:
            raise NoPort(no_port(name, str(error).strip())) from error
        return _SystemPort(out)


class _SystemPort:
    def __init__(self, out: Any) -> None:
        self._out = out

    def send(self, message: bytes) -> None:
        try:
            self._out.send_raw(*message)
        except RuntimeError as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        self._out.close_port()


def _library() -> Any:
    if find_spec("rtmidi2") is None:
        raise NoPort(no_library())
    if sys.platform.startswith("linux") and not _ALSA_SEQUENCER.exists():
        # The library would print a dozen lines before it says as much.
        raise NoPort(no_ports("the system's MIDI sequencer is not loaded; “modprobe snd-seq” as root loads it"))
    try:
        import rtmidi2
    except ImportError as error:
        raise NoPort(no_library(str(error))) from error
    return rtmidi2
