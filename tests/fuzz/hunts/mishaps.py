"""Everything that may befall a process that hunts, so that the hunt itself can be tested; `make fuzz` leaves it out."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from random import Random
from typing import ClassVar

from tests.fuzz.hunt import Hunt


class Mishaps(Hunt):
    """Every input is a word, and some words do harm."""

    name = "mishaps"
    suffixes = (".txt",)
    seconds: ClassVar[float] = 0.5
    megabytes: ClassVar[int] = 100

    def seeds(self, seed: int) -> list[bytes]:
        return [b"nothing", b"loop", b"crash", b"eat", b"raise"]

    def mutated(self, dice: Random, pool: Sequence[bytes]) -> bytes:
        if dice.random() < 0.2:
            raise OverflowError("a mutation that cannot be")
        return b"nothing"

    def check(self, data: bytes, dice: Random) -> None:
        if data == b"loop":
            while True:
                pass
        elif data == b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif data == b"eat":
            bytearray(2**30)
        elif data == b"raise":
            {}["word"]
