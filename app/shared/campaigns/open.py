"""Whether a pack is open, twice: exactly, for whoever grants; from memory, for a crowd.

The row of the pack is the truth. Every transaction that begins something new in a pack holds the
row (`hold_open`), staff who close the pack lock it, so once "closed" has been answered nothing
new begins. A crowd that would only be turned away asks `ClosedPacks`, which costs nothing and is
at most a second old.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.campaign import Pack
from app.models.states import PackKind, PackState
from app.shared.campaigns.refusals import PackClosed


async def hold_open(
    session: AsyncSession | AsyncConnection, campaign_id: UUID, kind: PackKind
) -> None:
    """The pack stays open until this transaction ends. Raises `PackClosed`.

    Locks its row, which nobody does who waits for another lock while holding it for a change.
    """
    state = await session.scalar(
        select(Pack.state)
        .where(Pack.campaign_id == campaign_id, Pack.kind == kind)
        .with_for_update(read=True, key_share=True)
    )
    if state is not PackState.OPEN:
        raise PackClosed(kind)


class ClosedPacks:
    """One a process. `reload` is its listener of the pulse's topic PACKS."""

    def __init__(self) -> None:
        self._closed: frozenset[tuple[UUID, PackKind]] = frozenset()

    async def reload(self, connection: AsyncConnection) -> None:
        rows = await connection.execute(
            select(Pack.campaign_id, Pack.kind).where(Pack.state == PackState.CLOSED)
        )
        self._closed = frozenset((row.campaign_id, row.kind) for row in rows)

    def is_closed(self, campaign_id: UUID, kind: PackKind) -> bool:
        return (campaign_id, kind) in self._closed
