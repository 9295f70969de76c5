"""Low-frequency oscillators: the triangle that moves pitch, cutoff and level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Lfo:
    """A triangle −1..1 of `rate` Hz that begins at 0, upwards, after `delay` seconds."""

    delay: float
    rate: float

    def at(self, times: Times) -> Times:
        """Its values at seconds since note-on."""
        phase = np.maximum(times - self.delay, 0.0) * self.rate
        return 1.0 - 4.0 * np.abs((phase + 0.25) % 1.0 - 0.5)
