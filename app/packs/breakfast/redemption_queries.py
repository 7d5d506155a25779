"""The till's SQL beside the counter's: find redemptions, list them, undo one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.breakfast import Batch, Redemption, Voucher, VoucherHistory
from app.models.identity import Member
from app.models.states import VoucherState
from app.packs.breakfast.presented import RedemptionFacts
from app.packs.breakfast.rules import VOUCHER_MOVES
from app.platform.db import AnySelect, is_one_of
from app.platform.ids import new_id
from app.platform.pages import Keyset
from app.shared.identity.callers import Actor

NEWEST_FIRST = Keyset(Redemption.redeemed_at, Redemption.id, descending=True)

_REDEMPTION = (
    Redemption.id,
    Redemption.redemption_no,
    Redemption.voucher_id,
    Redemption.face_value_fen,
    Redemption.input,
    Redemption.state,
    Redemption.redeemed_at,
    Redemption.reversed_at,
    Redemption.reversal_reason,
    Batch.test,
)
_HANDOUTS = (
    select(Voucher.id, Batch.name, Member.name_sealed)
    .join(Batch, Batch.id == Voucher.batch_id)
    .join(Member, Member.id == Voucher.member_id)
    .where(is_one_of(Voucher.id, "ids"))
)
REDEEM, REVERSE = "redeem", "reverse"


def redemption_facts(row: Sequence[Any]) -> RedemptionFacts:
    """A row of `select_redemptions`, whatever was added behind it."""
    return RedemptionFacts(*row[: len(_REDEMPTION)])


def select_redemptions() -> AnySelect:
    return (
        select(*_REDEMPTION)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Batch, Batch.id == Voucher.batch_id)
    )


async def find_redemption(
    session: AsyncSession, store_id: UUID, redemption_no: str
) -> RedemptionFacts | None:
    row = (
        await session.execute(
            select_redemptions().where(
                Redemption.store_id == store_id, Redemption.redemption_no == redemption_no
            )
        )
    ).one_or_none()
    return redemption_facts(row) if row else None


async def find_handouts(
    connection: AsyncConnection, voucher_ids: Sequence[UUID]
) -> dict[UUID, tuple[str, bytes]]:
    """By voucher: the batch's name, and the holder's name sealed."""
    if not voucher_ids:
        return {}
    rows = await connection.execute(_HANDOUTS, {"ids": voucher_ids})
    return {voucher_id: (batch, holder) for voucher_id, batch, holder in rows}


async def lock_redemption(
    session: AsyncSession, which: ColumnElement[bool]
) -> tuple[RedemptionFacts, int] | None:
    """A redemption for its reversal, with its voucher's count of reversals; both are locked."""
    statement = (
        select_redemptions()
        .add_columns(Voucher.reversals_count)
        .where(which)
        .with_for_update(of=[Voucher, Redemption], key_share=True)
    )
    row = (await session.execute(statement)).one_or_none()
    return (redemption_facts(row), row[-1]) if row else None


async def undo(
    session: AsyncSession, redemption: RedemptionFacts, *, at: datetime, actor: Actor
) -> None:
    """Write the reversal that `redemption` now carries; the voucher is issued again."""
    to_state = VOUCHER_MOVES[VoucherState.REDEEMED][REVERSE]
    await session.execute(
        update(Redemption)
        .where(Redemption.id == redemption.id)
        .values(
            state=redemption.state,
            reversed_at=at,
            reversal_reason=redemption.reversal_reason,
            reversed_by=actor.name,
        )
    )
    await session.execute(
        update(Voucher)
        .where(Voucher.id == redemption.voucher_id)
        .values(state=to_state, reversals_count=Voucher.reversals_count + 1)
    )
    history = _history(
        redemption.voucher_id,
        REVERSE,
        at=at,
        actor=actor.name,
        states=(VoucherState.REDEEMED, to_state),
        reason=redemption.reversal_reason,
    )
    await session.execute(insert(VoucherHistory).values(history))


def on_day(store_id: UUID, day: date) -> AnySelect:
    """What a store redeemed on a Shanghai day, reversed ones too."""
    return select_redemptions().where(
        Redemption.store_id == store_id, Redemption.redeemed_on == day
    )


def _history(
    voucher_id: UUID,
    act: str,
    *,
    at: datetime,
    actor: str,
    states: tuple[VoucherState, VoucherState],
    reason: str | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "voucher_id": voucher_id,
        "at": at,
        "act": act,
        "actor": actor,
        "from_state": states[0],
        "to_state": states[1],
        "reason": reason,
    }
