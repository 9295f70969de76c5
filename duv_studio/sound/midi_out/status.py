"""Whether there is a MIDI port to play on, and in sentences why not and what to do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum


class MidiState(StrEnum):
    """What became of the port."""

    CLOSED = "closed"  # none was chosen
    READY = "ready"
    NO_LIBRARY = "no library"
    NO_PORT = "no port"
    LOST = "lost"  # it was open, and went away


@dataclass(frozen=True)
class MidiStatus:
    """A state with a sentence that says why, and what to do about it; both are "" where all is well."""

    state: MidiState
    why: str = ""
    hint: str = ""
    port: str = ""

    @property
    def is_ready(self) -> bool:
        return self.state is MidiState.READY

    @property
    def sentence(self) -> str:
        """Why and what to do, in one line."""
        return f"{self.why}: {self.hint}" if self.hint else self.why


CLOSED = MidiStatus(MidiState.CLOSED)
_CHOOSE = "connect or start what you want to play on, and choose its port"


def ready(port: str) -> MidiStatus:
    """It is open."""
    return MidiStatus(MidiState.READY, port=port)


def no_library(reason: str = "") -> MidiStatus:
    """The library that knows the ports is not there, or does not load."""
    why = "MIDI cannot be sent, because the Python package rtmidi2 is missing"
    if reason:
        why = f"MIDI cannot be sent, because the Python package rtmidi2 does not load ({reason})"
    if hasattr(sys, "frozen"):  # the program as a folder comes without
        return MidiStatus(MidiState.NO_LIBRARY, why, "use DUV Studio by Python: pip install 'duv-studio[midi-out]'")
    return MidiStatus(MidiState.NO_LIBRARY, why, "pip install 'duv-studio[midi-out]', then start the program again")


def no_ports(reason: str = "") -> MidiStatus:
    """There is none at all."""
    why = "There is no MIDI port on this computer"
    return MidiStatus(MidiState.NO_PORT, f"{why} ({reason})" if reason else why, _CHOOSE)


def no_port(port: str, reason: str) -> MidiStatus:
    """A port that was asked for cannot be opened."""
    return MidiStatus(MidiState.NO_PORT, f"The MIDI port “{port}” cannot be opened ({reason})", _CHOOSE, port)


def lost(port: str) -> MidiStatus:
    """It was open, and went away."""
    return MidiStatus(MidiState.LOST, f"The MIDI port “{port}” went away", _CHOOSE, port)
