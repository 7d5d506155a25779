"""Money that has come, and a difference, where no provider is."""

from uuid import UUID

from sqlalchemy import select

from app.models.payments import Payment, PaymentDifference
from app.models.states_of_payments import (
    DifferenceKind,
    DifferenceState,
    MoneyFlow,
)
from app.platform.ids import new_id
from tests.factories import Factory
from tests.gifting import Gifts

# More than what the document's example of a refund gives back.
PRICE = 19_900


async def received(gifts: Gifts) -> UUID:
    """A payment whose money an order of a gift box has kept."""
    member, box = (
        await gifts.make.member(),
        await gifts.box(list_price_fen=PRICE, member_price_fen=PRICE),
    )
    order_id = await gifts.paid_as_told(member, (box, 1))
    async with gifts.make.rooms.sessions() as session:
        found = await session.scalar(select(Payment.id).where(Payment.payable_id == UUID(order_id)))
    assert found is not None
    return found


async def difference(make: Factory) -> UUID:
    """One that nobody sees to yet."""
    difference_id = new_id()
    async with make.rooms.sessions.begin() as session:
        session.add(
            PaymentDifference(
                id=difference_id,
                kind=DifferenceKind.MISSING_HERE,
                flow=MoneyFlow.PAYMENT,
                number=difference_id.hex,
                their_fen=PRICE,
                their_state="SUCCESS",
                state=DifferenceState.OPEN,
                found_at=make.rooms.clock.now(),
            )
        )
    return difference_id
