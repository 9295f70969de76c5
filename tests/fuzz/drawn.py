"""Examples of a hypothesis strategy, the same for the same seed."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def drawn(strategy: SearchStrategy[T], seed: int, count: int) -> list[T]:
    """At most `count` examples."""
    found: list[T] = []
    once = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @with_seed(seed)
    @once
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found
