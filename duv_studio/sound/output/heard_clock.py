"""Which frame is heard at a moment: what a device has taken comes out later, and it takes unevenly."""

from __future__ import annotations

import threading

from duv_studio.sound import RATE
from duv_studio.sound.output.ring import HandedOut

_FOLLOW = 0.05  # of a deviation that one call corrects: calls jitter, clocks drift
_JUMP_S = 0.08  # a deviation that is no jitter: frames were lacking, or playing began


class HeardClock:
    """Follows an output whose frames are heard `latency` seconds after it asked for them. For any thread."""

    def __init__(self) -> None:
        self._zero: float | None = None  # the moment at which frame 0 was heard, or would have been
        self._seen = HandedOut(0, 0.0, 0)
        self.is_dry = True  # nothing comes: when the next frame will be heard is not known
        self._lock = threading.Lock()

    def follow(self, handed_out: HandedOut, latency: float) -> None:
        """Take note of how far the output is."""
        with self._lock:
            seen, self._seen = self._seen, handed_out
            if handed_out.seconds == seen.seconds:
                self.is_dry |= handed_out.calls != seen.calls
                return
            zero = handed_out.seconds + latency - handed_out.frames / RATE
            if self._zero is None or self.is_dry or abs(zero - self._zero) > _JUMP_S:
                self._zero, self.is_dry = zero, False
            else:
                self._zero += _FOLLOW * (zero - self._zero)

    def rest(self) -> None:
        """Take note that the output is not asked to go on."""
        self.is_dry = True

    def frame(self, now: float) -> float | None:
        """The frame that is heard at a moment of time.perf_counter; None where nothing has been taken yet."""
        return None if self._zero is None else (now - self._zero) * RATE

    def moment(self, frame: int) -> float | None:
        """When a frame is heard, or was."""
        return None if self._zero is None else self._zero + frame / RATE
