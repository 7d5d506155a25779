"""What a pool is called in Redis, and in this room's memory."""

from typing import Self
from uuid import UUID


class PoolKey(str):
    """`stock:{limit group}:pool`; the group is the cluster's hash tag.

    Text, because a press looks its pool up five times and Python keeps what a text hashes to.
    """

    pool_id: UUID

    def __new__(cls, pool_id: UUID, group_id: UUID) -> Self:
        key = super().__new__(cls, f"stock:{{{group_id}}}:{pool_id}")
        key.pool_id = pool_id
        return key

    @property
    def keys(self) -> list[str]:
        """Mirror, holders, let through (`lua/ask.lua`)."""
        return [f"{self}:m", f"{self}:h", f"{self}:o"]
