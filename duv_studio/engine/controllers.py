"""Controller messages that say how notes sound: where a track's pedal goes down and up."""

from __future__ import annotations

import numpy as np

from duv_studio.engine.song import IntArray, Song, Track

SUSTAIN = 64
_CONTROL_CHANGE = 0xB0


def controller_changes(song: Song, track: Track, number: int) -> tuple[IntArray, IntArray]:
    """Ticks (k,) and values 0..127 (k,) of one controller on the track's channel, in its own chunk."""
    chunk = song.source.chunks[track.chunk]
    events, body = chunk.events, np.frombuffer(chunk.body, np.uint8)
    at = np.flatnonzero(events.status == (_CONTROL_CHANGE | track.channel))
    first_data = events.start[at] + events.explicit[at]
    at, first_data = at[body[first_data] == number], first_data[body[first_data] == number]
    return events.tick[at], body[first_data + 1].astype(np.int64)
