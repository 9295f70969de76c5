"""A cache of arrays that forgets those unused for longest when it holds too many bytes; for many threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


class ByteCache:
    """Arrays by key. What is asked for again stays; `most` bytes are kept, an array above that is handed out only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._arrays: OrderedDict[Hashable, Array] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    @property
    def held(self) -> int:
        """Bytes of all arrays in it."""
        return self._held

    def get(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """The array of a key, made where it is not known. Two threads may make the same one; both get equal ones."""
        with self._lock:
            array = self._arrays.get(key)
            if array is not None:
                self._arrays.move_to_end(key)
                return array
        array = make()
        array.setflags(write=False)
        self._keep(key, array)
        return array

    def _keep(self, key: Hashable, array: Array) -> None:
        with self._lock:
            if key in self._arrays or array.nbytes > self._most:
                return
            self._arrays[key] = array
            self._held += array.nbytes
            while self._held > self._most:
                self._held -= self._arrays.popitem(last=False)[1].nbytes
