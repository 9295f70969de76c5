"""Whether sound can come out, and in sentences why not and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutputState(StrEnum):
    """What became of the way out."""

    CLOSED = "closed"  # nobody has asked for it yet
    READY = "ready"
    NO_DEVICE = "no device"
    NO_LIBRARY = "no library"  # none of miniaudio's wheels is for this system
    LOST = "lost"  # it was ready, and went away while it played


@dataclass(frozen=True)
class OutputStatus:
    """A state with a sentence that says why, and what to do about it; both are "" where all is well."""

    state: OutputState
    why: str = ""
    hint: str = ""
    device: str = ""  # what is being played on, as the system calls it; "" for its default

    @property
    def is_ready(self) -> bool:
        return self.state is OutputState.READY

    @property
    def sentence(self) -> str:
        """Why and what to do, in one line."""
        return f"{self.why}: {self.hint}" if self.hint else self.why


_AGAIN = "then press play again; songs can be written to audio files all the same"

CLOSED = OutputStatus(OutputState.CLOSED)


def ready(device: str = "") -> OutputStatus:
    """All is well."""
    return OutputStatus(OutputState.READY, device=device)


def no_device(device: str, reason: str) -> OutputStatus:
    """Nothing could be opened; `reason` is what the system said, of use where there is a device, `device` its name."""
    if device:
        why = f"The sound device “{device}” cannot be opened" + (f" ({reason})" if reason else "")
        hint = "connect it or choose another one"
    else:
        why = "No sound device was found on this computer"
        hint = "connect headphones or loudspeakers, or start the sound server"
    return OutputStatus(OutputState.NO_DEVICE, why, f"{hint}, {_AGAIN}", device)


def no_answer(device: str, reason: str) -> OutputStatus:
    """The process that plays did not start, or says nothing."""
    hint = f"start the sound server or the program anew, {_AGAIN}"
    return OutputStatus(OutputState.NO_DEVICE, f"No sound device could be opened, because {reason}", hint, device)


def no_library(reason: str = "") -> OutputStatus:
    """The library that plays is not there or cannot be loaded."""
    why = "Sound cannot be played here, because the Python package miniaudio is missing"
    if reason:
        why = f"Sound cannot be played here, because the Python package miniaudio does not load ({reason})"
    hint = "there may be none for this system; songs can be written to audio files all the same"
    return OutputStatus(OutputState.NO_LIBRARY, why, hint)


def lost(device: str, reason: str) -> OutputStatus:
    """It played, and stopped doing so."""
    name = f"The sound device “{device}”" if device else "The sound device"
    hint = f"connect it or choose another one, {_AGAIN}"
    return OutputStatus(OutputState.LOST, f"{name} went away while it played ({reason})", hint, device)
