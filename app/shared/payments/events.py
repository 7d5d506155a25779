"""What the provider said, kept as it came; and differences, which wait for somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import OPEN, PaymentDifference, PaymentEvent
from app.models.states_of_payments import (
    DifferenceKind,
    DifferenceState,
    EventOutcome,
    EventSource,
    MoneyFlow,
)
from app.platform.crypto import Sealer
from app.platform.ids import new_id
from app.shared.payments.provider import Back, Trade
from app.shared.payments.seals import RAW


async def keep_event(
    session: AsyncSession,
    sealer: Sealer,
    said: Trade | Back,
    *,
    source: EventSource,
    notice_no: str | None,
    outcome: EventOutcome,
    at: datetime,
    payment_id: UUID | None,
    refund_id: UUID | None = None,
) -> None:
    """A notification that came before is counted. An answer to our own question is kept only
    where it told us something: we ask again and again."""
    if source is EventSource.QUERY and outcome is EventOutcome.NOTHING_NEW:
        return
    is_refund = isinstance(said, Back)
    statement = insert(PaymentEvent).values(
        id=new_id(),
        source=source,
        flow=MoneyFlow.REFUND if is_refund else MoneyFlow.PAYMENT,
        notice_no=notice_no,
        number=said.number,
        payment_id=payment_id,
        refund_id=refund_id,
        provider_state=said.state,
        amount_fen=said.amount_fen,
        currency=said.currency,
        outcome=outcome,
        at=at,
        last_at=at,
        raw_sealed=RAW.seal(sealer, said.raw),
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[PaymentEvent.notice_no],
            set_={"times_count": PaymentEvent.times_count + 1, "last_at": at},
        )
    )


async def open_difference(
    session: AsyncSession, kind: DifferenceKind, flow: MoneyFlow, number: str, **facts: Any
) -> bool:
    """Whether it is a new one: while one is not resolved, the same is not opened again."""
    opened = await session.scalar(
        insert(PaymentDifference)
        .values(
            id=new_id(),
            kind=kind,
            flow=flow,
            number=number,
            state=DifferenceState.OPEN,
            **facts,
        )
        .on_conflict_do_nothing(
            index_elements=[
                PaymentDifference.flow,
                PaymentDifference.number,
                PaymentDifference.kind,
            ],
            index_where=text(OPEN),
        )
        .returning(PaymentDifference.id)
    )
    return opened is not None
