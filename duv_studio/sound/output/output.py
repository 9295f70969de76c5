"""What every way out of the player can do."""

from __future__ import annotations

from typing import Protocol

from duv_studio.sound.output.ring import Ring
from duv_studio.sound.output.status import OutputStatus


class Output(Protocol):
    """Takes frames out of its ring at the pace of its clock, once it was opened and told to play."""

    @property
    def ring(self) -> Ring:
        """Where the frames for it are put. Another one after every `reopen`."""
        ...

    @property
    def status(self) -> OutputStatus:
        """How it is; quick to ask, from any thread."""
        ...

    @property
    def latency_frames(self) -> int:
        """How many frames are on their way to the ears after they were taken."""
        ...

    def open(self) -> OutputStatus:
        """Find out whether sound can come out, and make ready; at once where it is. May take a second."""
        ...

    def play(self) -> None:
        """Begin to take frames."""
        ...

    def rest(self) -> None:
        """Take none until the next `play`, and cost nothing."""
        ...

    def close(self) -> None:
        """Be gone for good."""
        ...
