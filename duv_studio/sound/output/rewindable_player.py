"""What the feeder needs of a player: its sound, frame after frame, and the way back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class RewindablePlayer(Protocol):
    """A player as the feeder sees it. `sound.player` has the one of the program."""

    @property
    def generation(self) -> int:
        """Grows with everything that is to be heard at once."""
        ...

    @property
    def is_playing(self) -> bool: ...

    @property
    def is_waiting(self) -> bool:
        """Whether it would play if what is to be played were there."""
        ...

    @property
    def position(self) -> float:
        """Seconds in the song of the frame that `read` gives next."""
        ...

    @property
    def loop(self) -> tuple[float, float] | None: ...

    def read(self, frames: int) -> NDArray[np.float32]:
        """The next (frames, 2); silence while it is stopped or waits."""
        ...

    def snapshot(self) -> Any:
        """How it sounds now, before the next frame."""
        ...

    def restore(self, state: Any) -> None:
        """Take back what was read since a snapshot. What was asked for since then holds from that frame on."""
        ...

    def stop(self) -> None: ...
