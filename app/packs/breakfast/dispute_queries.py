"""The SQL of disputes: list them, lock one, write its decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.models.breakfast import Batch, Dispute, Redemption, Voucher
from app.models.identity import Store
from app.models.states import (
    DisputeDecision,
    DisputeState,
    RedemptionInput,
    RedemptionState,
    VoucherState,
)
from app.platform.db import AnySelect
from app.platform.pages import Keyset
from app.shared.identity.callers import Actor, Districts
from app.shared.identity.districts import within

NEWEST_FIRST = Keyset(Dispute.received_at, Dispute.id, descending=True)


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """One of a dispute's two scans. `sent_at` None: the till was connected."""

    store_id: UUID
    store_no: str
    store_name: str
    device_id: UUID
    redemption_no: str
    input: RedemptionInput
    redeemed_at: datetime
    received_at: datetime
    device_at: datetime | None
    sent_at: datetime | None
    device_seq: int | None


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """`first_state`: whether the first scan's redemption was reversed since. `test`: of a test
    batch, for which nobody is paid."""

    id: UUID
    voucher_id: UUID
    face_value_fen: int
    first_redemption_id: UUID
    first_state: RedemptionState
    first: ScanFacts
    second: ScanFacts
    state: DisputeState
    decision: DisputeDecision | None
    compensation_fen: int
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    second_redemption_id: UUID | None
    test: bool


_FIRST, _FIRST_STORE, _SECOND_STORE = aliased(Redemption), aliased(Store), aliased(Store)
_SCAN = (
    "device_id",
    "redemption_no",
    "input",
    "redeemed_at",
    "received_at",
    "device_at",
    "sent_at",
    "device_seq",
)
_FIRST_SCAN = (
    _FIRST_STORE.id,
    _FIRST_STORE.store_no,
    _FIRST_STORE.name,
    *(getattr(_FIRST, name) for name in _SCAN),
)
_SECOND_SCAN = (
    _SECOND_STORE.id,
    _SECOND_STORE.store_no,
    _SECOND_STORE.name,
    *(getattr(Dispute, name) for name in _SCAN),
)
_DECISION = (
    Dispute.state,
    Dispute.decision,
    Dispute.compensation_fen,
    Dispute.reason,
    Dispute.decided_by,
    Dispute.decided_at,
    Dispute.second_redemption_id,
    Batch.test,
)
_ABOUT = (Dispute.id, Dispute.voucher_id, Voucher.face_value_fen, _FIRST.id, _FIRST.state)


def select_disputes() -> AnySelect:
    return (
        select(*_ABOUT, *_FIRST_SCAN, *_SECOND_SCAN, *_DECISION)
        .join(Voucher, Voucher.id == Dispute.voucher_id)
        .join(Batch, Batch.id == Voucher.batch_id)
        .join(_FIRST, _FIRST.id == Dispute.first_redemption_id)
        .join(_FIRST_STORE, _FIRST_STORE.id == _FIRST.store_id)
        .join(_SECOND_STORE, _SECOND_STORE.id == Dispute.store_id)
    )


def dispute_facts(row: Sequence[Any]) -> DisputeFacts:
    """A row of `select_disputes`, whatever was added behind it."""
    columns = iter(row)
    about = [next(columns) for _ in _ABOUT]
    first = ScanFacts(*(next(columns) for _ in _FIRST_SCAN))
    second = ScanFacts(*(next(columns) for _ in _SECOND_SCAN))
    fields: tuple[Any, ...] = (*about, first, second, *(next(columns) for _ in _DECISION))
    return DisputeFacts(*fields)


def of_store(store_id: UUID) -> ColumnElement[bool]:
    """Disputes in which a store made either scan."""
    return or_(Dispute.store_id == store_id, _FIRST.store_id == store_id)


def between_stores_of(districts: Districts) -> ColumnElement[bool]:
    """Disputes whose two stores both lie in them: to decide one touches either's redemption."""
    return within(districts, _FIRST_STORE.district) & within(districts, _SECOND_STORE.district)


async def find_dispute(
    session: AsyncSession, dispute_id: UUID, districts: Districts = None
) -> DisputeFacts | None:
    statement = select_disputes().where(Dispute.id == dispute_id, between_stores_of(districts))
    row = (await session.execute(statement)).one_or_none()
    return dispute_facts(row) if row else None


async def lock_dispute(
    session: AsyncSession, dispute_id: UUID, districts: Districts = None
) -> tuple[DisputeFacts, VoucherState] | None:
    """The dispute as committed last, with its voucher's state; both are locked, the voucher first,
    as everywhere."""
    seen = await find_dispute(session, dispute_id, districts)
    if seen is None:
        return None
    state = await session.scalar(
        select(Voucher.state).where(Voucher.id == seen.voucher_id).with_for_update(key_share=True)
    )
    await session.execute(select(Dispute.id).where(Dispute.id == dispute_id).with_for_update())
    found = await find_dispute(session, dispute_id)
    assert found is not None, "disputes are never deleted"
    assert state is not None, "vouchers are never deleted"
    return found, state


async def write_decision(
    session: AsyncSession,
    dispute_id: UUID,
    *,
    decision: DisputeDecision,
    compensation_fen: int,
    reason: str,
    at: datetime,
    actor: Actor,
    second_redemption_id: UUID | None,
) -> None:
    await session.execute(
        update(Dispute)
        .where(Dispute.id == dispute_id)
        .values(
            state=DisputeState.DECIDED,
            decision=decision,
            compensation_fen=compensation_fen,
            reason=reason,
            decided_at=at,
            decided_by=actor.name,
            second_redemption_id=second_redemption_id,
        )
    )
