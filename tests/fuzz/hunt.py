"""What a hunt is: seeds, a way to mutate them, and a check that any input must pass."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import ClassVar

from duv_studio.errors import DuvError
from tests.fuzz.mutations.raw import RAW

Mutator = Callable[[Random, bytes, Sequence[bytes]], bytes]  # the last are other inputs, to take parts from
LARGEST = 256 * 1024  # bytes of an input


class Broken(Exception):
    """A law does not hold. The words before a colon name the law, those behind it the case."""


class Hunt(ABC):
    """One kind of input. What `check` needs is made once, in the process that hunts."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]  # of given files that are such inputs; the first is that of saved ones
    seconds: ClassVar[float] = 4.0  # of a processor, that one input may take
    megabytes: ClassVar[int] = 1024  # that one input may take beside what the process has
    share: ClassVar[float] = 1.0  # of the time, beside the other hunts
    mutators: ClassVar[Sequence[Mutator]] = RAW
    most_mutations: ClassVar[int] = 6

    def __init__(self, folder: Path) -> None:
        """Prepare what all checks share; `folder` is empty and the hunt's own."""
        self.folder = folder

    @abstractmethod
    def seeds(self, seed: int) -> list[bytes]:
        """Inputs to begin with, the same for the same seed."""

    @abstractmethod
    def check(self, data: bytes, dice: Random) -> None:
        """Do with an input what the program does. Raises Broken; DuvError is an answer, all else a find."""

    def mutated(self, dice: Random, pool: Sequence[bytes]) -> bytes:
        """A new input from those of the pool."""
        data = dice.choice(pool)
        for _ in range(dice.randint(1, self.most_mutations)):
            data = dice.choice(self.mutators)(dice, data, pool)[:LARGEST]
        return data

    def pieces(self, data: bytes) -> list[bytes]:
        """The parts that are left out one after the other to make a find small; `joined` makes an input of the rest."""
        return [data[i : i + 1] for i in range(len(data))]

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        """An input of the pieces that are left."""
        return b"".join(pieces)

    def try_input(self, data: bytes) -> None:
        """Check one input; what it draws depends on its bytes alone, so that it can be tried again."""
        try:
            self.check(data, Random(zlib.crc32(data)))
        except DuvError as error:
            check_sentence(error)
            check_no_memory(error)


def check_sentence(error: DuvError) -> None:
    """A user must be able to read it: something is said, and it has an end."""
    if not error.message.strip():
        raise Broken("an error says nothing")
    # Of a recipe there may be several mistakes, each with its place in front.
    texts = error.lines if len(error.lines) > 1 else (error.message, error.hint or "")
    for text in texts:
        if len(text) > 2000:
            raise Broken(f"an error is no sentence: {len(text)} characters")


def check_no_memory(error: BaseException) -> None:
    """Behind no error there may be one that memory ran out: whoever has more of it would have waited for that."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or "allocate memory" in str(cause):
            raise Broken(f"it asked for more memory than there is: {type(cause).__name__} {str(cause)[:100]}")
        cause = cause.__cause__ or cause.__context__
