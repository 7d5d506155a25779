"""The desk's SQL: whose order it is, and what was handed out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesPickup
from app.models.identity import Member, Staff
from app.models.states import PickupInput, PickupState
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.platform.crypto import Digester, Sealer
from app.platform.db import AnySelect, Sessions
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.counter.names import plain_name
from app.shared.identity.seals import NAME, PHONE_LAST4

_NEWEST_FIRST = Keyset(GiftBoxesPickup.collected_at, GiftBoxesPickup.id, descending=True)
# What a desk may still hear of: packed, or why it is not to be had.
_OF_A_DESK = (OrderState.PAID, OrderState.PACKED, OrderState.PICKED_UP, OrderState.CLOSED)


@dataclass(frozen=True, slots=True)
class PickupFacts:
    """A hand-out as it stands. `staff_name`: who of the desk."""

    id: UUID
    order_id: UUID
    site_id: UUID
    site_name: str
    state: PickupState
    input: PickupInput
    collected_at: datetime
    staff_name: str
    reversed_at: datetime | None


def select_pickups() -> AnySelect:
    return (
        select(
            GiftBoxesPickup.id,
            GiftBoxesPickup.order_id,
            GiftBoxesPickup.site_id,
            GiftBoxesSite.name,
            GiftBoxesPickup.state,
            GiftBoxesPickup.input,
            GiftBoxesPickup.collected_at,
            Staff.name,
            GiftBoxesPickup.reversed_at,
        )
        .join(Staff, Staff.id == GiftBoxesPickup.staff_id)
        .join(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesPickup.site_id)
    )


async def list_pickups(
    sessions: Sessions, *, site_id: UUID | None, page: PageRequest
) -> Page[PickupFacts]:
    """Newest first, reversed ones too."""
    statement = select_pickups()
    if site_id is not None:
        statement = statement.where(GiftBoxesPickup.site_id == site_id)
    async with sessions() as session:
        found = await _NEWEST_FIRST.page(session, statement, page)
    return found.map(lambda row: PickupFacts(*row[:9]))


async def live_pickup(session: AsyncSession, order_id: UUID) -> PickupFacts | None:
    """The hand-out of an order that was not reversed."""
    statement = select_pickups().where(
        GiftBoxesPickup.order_id == order_id, GiftBoxesPickup.state == PickupState.COLLECTED
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else PickupFacts(*row)


async def find_by_name(
    session: AsyncSession,
    sealer: Sealer,
    digester: Digester,
    *,
    name: str,
    phone_last4: str,
    site_id: UUID | None,
) -> list[UUID]:
    """Orders to be picked up (at this site) by whom name and digits fit. What can be handed out
    first; others only where nothing else fits."""
    statement = (
        select(GiftBoxesOrder.id, GiftBoxesOrder.state, Member.name_sealed)
        .join(Member, Member.id == GiftBoxesOrder.member_id)
        .where(
            PHONE_LAST4.finds(digester, phone_last4),
            GiftBoxesOrder.mode == DeliveryMode.PICKUP,
            GiftBoxesOrder.state.in_(_OF_A_DESK),
        )
    )
    if site_id is not None:
        statement = statement.where(GiftBoxesOrder.site_id == site_id)
    wanted = plain_name(name)
    fitting = [
        row
        for row in await session.execute(statement)
        if plain_name(NAME.open(sealer, row.name_sealed)) == wanted
    ]
    packed = [row.id for row in fitting if row.state is OrderState.PACKED]
    return packed or [row.id for row in fitting]


async def sealed_name(session: AsyncSession, member_id: UUID) -> tuple[bytes, bytes]:
    """A member's name and phone, as they are kept."""
    row = (
        await session.execute(
            select(Member.name_sealed, Member.phone_sealed).where(Member.id == member_id)
        )
    ).one()
    return row.name_sealed, row.phone_sealed
