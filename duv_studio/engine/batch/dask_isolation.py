"""Who may be under way with whom: chunks side by side, suspects of killing their process quite alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SuspectIsolation:
    """Within one asyncio loop. Who dies in company may be charged with what another did; who dies alone did it."""

    def __init__(self) -> None:
        self._company, self._suspects = 0, 0
        self._changed, self._one = asyncio.Condition(), asyncio.Lock()

    @asynccontextmanager
    async def in_company(self) -> AsyncIterator[None]:
        """Wait until no suspect is left."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._suspects)
            self._company += 1
        try:
            yield
        finally:
            self._company -= 1
            await self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until nobody else is under way; meanwhile nobody begins."""
        self._suspects += 1
        try:
            async with self._one:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._company)
                yield
        finally:
            self._suspects -= 1
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
