"""A store in front of the real one that stops for good, as its process does when it is killed."""

import asyncio
from collections.abc import Coroutine
from typing import Any, BinaryIO

from app.shared.files import Store, StoredBytes


class Mortal:
    """Stops before or after one of its acts (`before put`, `after delete`)."""

    def __init__(self, store: Store, dies: str) -> None:
        self._store, self._dies, self.died = store, dies, asyncio.Event()

    async def put(self, key: str, content: BinaryIO) -> None:
        await self._step("before put")
        await self._store.put(key, content)
        await self._step("after put")

    async def open(self, key: str) -> StoredBytes:
        return await self._store.open(key)

    async def delete(self, key: str) -> None:
        await self._step("before delete")
        await self._store.delete(key)
        await self._step("after delete")

    async def _step(self, step: str) -> None:
        if step == self._dies:
            self.died.set()
            await asyncio.Event().wait()

    async def dies_in(self, act: Coroutine[Any, Any, Any]) -> None:
        """Do the act until this store stops it, and no further."""
        task = asyncio.create_task(act)
        await self.died.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
