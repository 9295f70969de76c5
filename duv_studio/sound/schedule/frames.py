"""Ticks of a song as frames of sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from duv_studio.engine.midi.events import IntArray
from duv_studio.engine.midi.time_maps import TempoMap
from duv_studio.sound import RATE

LONGEST = 6 * 3600 * RATE  # frames: what begins later is not played; damaged files count in years


def frames_of(tempo: TempoMap, ticks: ArrayLike) -> IntArray:
    """The nearest frames, in the shape of `ticks`, none behind the longest song."""
    return np.rint(np.minimum(tempo.seconds(ticks) * RATE, LONGEST)).astype(np.int64)
