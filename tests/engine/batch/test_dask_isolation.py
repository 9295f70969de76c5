"""Suspects are alone, and no one waits forever."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from duv_studio.engine.batch.dask_session import SuspectIsolation
from tests.songs import law

one = st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3))  # suspect or not, when it comes, how long it takes


@law
@given(st.lists(one, min_size=1, max_size=12))
def test_a_suspect_is_under_way_with_nobody(comers: list[tuple[bool, int, int]]) -> None:
    under_way: list[bool] = []
    done: list[bool] = []

    async def come(turns: SuspectIsolation, suspect: bool, wait: int, work: int) -> None:
        await yield_often(wait)
        async with turns.alone() if suspect else turns.in_company():
            under_way.append(suspect)
            assert not any(under_way) or len(under_way) == 1
            await yield_often(work)
            under_way.remove(suspect)
        done.append(suspect)

    async def all_come() -> None:
        turns = SuspectIsolation()
        await asyncio.wait_for(asyncio.gather(*(come(turns, *comer) for comer in comers)), 60)

    asyncio.run(all_come())
    assert len(done) == len(comers)


async def yield_often(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
