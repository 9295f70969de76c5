"""The process that hunts: makes inputs, tries them and sends what it finds, until it is told to end or dies of one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.fuzz.current import Current
from tests.fuzz.finds import Find, caught, find_of, smaller
from tests.fuzz.guards import CLOCK_FACTOR, TooSlow, limit_memory, quiet_crashes, time_limit
from tests.fuzz.hunt import LARGEST, Hunt
from tests.fuzz.hunts.registry import hunt_named

SEED_EVERY = 8  # inputs, of which the first is a seed as it is
_SHRINKING_S = 10.0
_DEADLY = ("TooSlow", "MemoryError", "it asked for more memory")  # after which the process is not what it was


@dataclass(frozen=True)
class Orders:
    """What one process is to do."""

    hunt: str
    folder: Path  # empty, the process's own
    seed: int
    given: tuple[Path, ...] = ()
    first: int = 0  # number of the first input
    seconds: float = 0.0  # 0: no limit
    inputs: int = 0  # 0: no limit


def hunt(orders: Orders, conn: Connection) -> None:
    """Hunt, and send every Find of a fault that was not sent yet."""
    quiet_crashes()
    current = Current(orders.folder / "current")
    (orders.folder / "work").mkdir(exist_ok=True)
    one = hunt_named(orders.hunt)(orders.folder / "work")
    pool = [*one.seeds(orders.seed), *(path.read_bytes() for path in orders.given)]
    pool = [data for data in pool if len(data) <= LARGEST]
    _be_quiet()
    limit_memory(one.megabytes)
    current.begin(orders.first, b"")
    conn.send("ready")
    known: set[str] = set()
    until = time.monotonic() + (orders.seconds or 1e9)
    number = orders.first
    while time.monotonic() < until and not (orders.inputs and number >= orders.inputs):
        find = _tried(one, lambda: make_input(one, orders.seed, number, pool), number, current)  # noqa: B023
        if find is not None and find.fault not in known:
            known.add(find.fault)
            conn.send(find)
            if find.fault.startswith(_DEADLY):
                break
            if find.number >= 0:
                conn.send(smaller(one, find, lambda data: _tried(one, lambda: data, number, current), _SHRINKING_S))  # noqa: B023
        number += 1
    conn.send("done")


def _be_quiet() -> None:
    """Nobody hears what this process prints, nor what Qt does: of thousands of inputs it would be noise."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def make_input(one: Hunt, seed: int, number: int, pool: Sequence[bytes]) -> bytes:
    """Input number so-and-so: the same for the same seed, pool and version of the hunt."""
    if number % SEED_EVERY == 0 and number // SEED_EVERY < len(pool):
        return pool[number // SEED_EVERY]
    return one.mutated(Random(f"{seed} {one.name} {number}"), pool)


def _tried(one: Hunt, make: Callable[[], bytes], number: int, current: Current) -> Find | None:
    """Make an input and try it. That it could not be made is a find, too: of a fault in the hunt."""
    data = b""
    current.begin(number, data)
    try:
        with time_limit(one.seconds):
            data = make()
            current.begin(number, data)
            return caught(one, data, number)
    except (Exception, TooSlow) as error:
        return find_of(error, one.name, data, number)


def longest_wait(one: type[Hunt]) -> float:
    """Seconds on the clock after which a process that did not even stop itself is ended."""
    return one.seconds * CLOCK_FACTOR * 1.5 + 10
