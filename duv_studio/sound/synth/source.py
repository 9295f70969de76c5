"""The endless line of frames that a sample is when it is played: its loop unrolled, silence after its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duv_studio.sound.soundfont.samples import Frames
from duv_studio.sound.synth.patch import Patch

_NEVER, _ALWAYS, _UNTIL_RELEASE = 0, 1, 3  # loop modes; 2 is unused and means "never"
_SHORTEST_LOOP = 2  # frames


@dataclass(frozen=True)
class Span:
    """What of a sample sounds: frames `start` to `stop`, and the loop (first, end) within, if there is one."""

    start: int
    stop: int
    loop: tuple[int, int] | None
    loops_on: bool  # after the release, too


def span(patch: Patch, length: int) -> Span:
    """The part of a sample of `length` frames that a patch plays; addresses outside are brought inside."""
    stop = min(max(length + patch.stop, 0), length)
    start = min(max(patch.start, 0), stop)
    first, end = patch.loop_start, min(patch.loop_stop, stop)
    loops = (
        patch.loop_mode in (_ALWAYS, _UNTIL_RELEASE) and first >= 0 and end - first >= _SHORTEST_LOOP and start < end
    )
    return Span(start, stop, (first, end) if loops else None, patch.loop_mode == _ALWAYS)


def last_needed(span: Span, stop: int) -> int:
    """How many frames of the sample are needed for the line up to `stop`."""
    return span.stop if span.loop is not None and stop > span.loop[1] else min(stop, span.stop)


def unrolled(frames: Frames, span: Span, first: int, stop: int, let_go: int | None) -> Frames:
    """Frames `first` to `stop` of the line whose frame `span.start` is where the sample begins, int16.

    `let_go` is the frame of the line from which on the loop is left and the rest of the sample played.
    """
    if span.loop is None or stop <= span.loop[1]:
        return _straight(frames, first, stop, span.stop)
    places = np.arange(first, stop)
    if let_go is not None and not span.loops_on:
        left = int(_wrapped(np.array([let_go]), span.loop)[0])
        places = np.where(places < let_go, _wrapped(places, span.loop), places - let_go + left)
    else:
        places = _wrapped(places, span.loop)
    inside = (places >= 0) & (places < min(span.stop, len(frames)))
    if not inside.any():
        return np.zeros(len(places), np.int16)
    return np.where(inside, frames.take(places, mode="clip"), np.int16(0))


def _straight(frames: Frames, first: int, stop: int, end: int) -> Frames:
    end = min(end, len(frames))
    wave = np.zeros(stop - first, np.int16)
    left, right = min(max(first, 0), end), min(max(stop, 0), end)
    if left < right:
        wave[left - first : right - first] = frames[left:right]
    return wave


def _wrapped(places: NDArray[np.int64], loop: tuple[int, int]) -> NDArray[np.int64]:
    first, end = loop
    return np.where(places < end, places, first + (places - first) % (end - first))
