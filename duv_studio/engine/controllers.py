"""Controller messages that say how notes sound: where a track's pedal goes down and up."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.smf import MidiChunk
from duv_studio.engine.smf_events import IntArray

SUSTAIN = 64
_CONTROL_CHANGE = 0xB0


def controller_changes(chunk: MidiChunk, channel: int, number: int) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and values 0..127 (k,) of one controller on one channel of a chunk."""
    events, body = chunk.events, np.frombuffer(chunk.body, np.uint8)
    at = np.flatnonzero(events.status == (_CONTROL_CHANGE | channel))
    first_data = events.start[at] + events.explicit[at]
    wanted = body[first_data] == number
    return events.tick[at[wanted]], body[first_data[wanted] + 1].astype(np.int64)
