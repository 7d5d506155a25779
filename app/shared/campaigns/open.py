"""Whether a pack is open, twice: exactly, for whoever grants; from memory, for a crowd.

The row of the pack is the truth. Every transaction that begins something new in a pack holds the
row (`hold_open`), staff who close the pack lock it, so once "closed" has been answered nothing
new begins. A crowd that would only be turned away asks `ClosedPacks`, which costs nothing and is
at most a second old.
"""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
from app.platform.db import AnyRow, AnySelect
from app.shared.campaigns.refusals import PackClosed

# Put together once: every flush of a rush holds its pack.
HELD = (
    select(Pack.state)
    .where(Pack.campaign_id == bindparam("campaign_id"), Pack.kind == bindparam("kind"))
    .with_for_update(read=True, key_share=True)
)


async def hold_open(
    session: AsyncSession | AsyncConnection,
    campaign_id: UUID,
    kind: PackKind,
    *,
    held: AnySelect = HELD,
) -> AnyRow:
    """The pack stays open until this transaction ends. Raises `PackClosed`.

    Locks its row, which nobody does who waits for another lock while holding it for a change.
    Whoever has more to ask of the books in this round trip adds columns to `HELD`: the row.
    """
    found = await session.execute(held, {"campaign_id": campaign_id, "kind": kind})
    row = found.one_or_none()
    if row is None or row.state is not PackState.OPEN:
        raise PackClosed(kind)
    return row


class ClosedPacks:
    """One a process. `reload` is its listener of the pulse's topic PACKS."""

    def __init__(self) -> None:
        self._closed: frozenset[tuple[UUID, PackKind]] = frozenset()
        self._drafts: frozenset[UUID] = frozenset()

    async def reload(self, connection: AsyncConnection) -> None:
        rows = await connection.execute(
            select(Pack.campaign_id, Pack.kind, Campaign.state)
            .join(Campaign, Campaign.id == Pack.campaign_id)
            .where(Pack.state == PackState.CLOSED)
        )
        closed = rows.all()
        self._closed = frozenset((row.campaign_id, row.kind) for row in closed)
        self._drafts = frozenset(
            row.campaign_id for row in closed if row.state is CampaignState.DRAFT
        )

    def is_closed(self, campaign_id: UUID, kind: PackKind) -> bool:
        return (campaign_id, kind) in self._closed

    def is_draft(self, campaign_id: UUID) -> bool:
        """Whether the edition is one that members do not see."""
        return campaign_id in self._drafts
