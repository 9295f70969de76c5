"""What is worked out once per song and remembered as long as the song lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from duv_studio.engine.midi.song import Song

T = TypeVar("T")


class PerSong(Generic[T]):
    """A function of a song whose result is remembered; another thread may work it out again, to the same end."""

    def __init__(self, work_out: Callable[[Song], T]) -> None:
        self._work_out = work_out
        self._known: dict[int, tuple[weakref.ref[Song], T]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, song: Song) -> T:
        """Return the result for this very song, the same object every time."""
        known = self._known.get(id(song))
        if known is not None and known[0]() is song:
            return known[1]
        result, place = self._work_out(song), id(song)
        # A song holds arrays and so has no hash: it is remembered by its place, which is given up when it goes.
        self._known[place] = (weakref.ref(song, lambda gone: self._forget(place, gone)), result)
        return result

    def _forget(self, place: int, gone: weakref.ref[Song]) -> None:
        if place in self._known and self._known[place][0] is gone:
            del self._known[place]
