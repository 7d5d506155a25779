"""The till's SQL: lock a voucher, look at the counter, record a redemption, undo it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Insert, and_, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.models.base import Base
from app.models.breakfast import Batch, Redemption, Voucher, VoucherHistory
from app.models.identity import Member, Store
from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast.redemption_rules import (
    CounterFacts,
    RedemptionFacts,
    Scan,
    VoucherFacts,
)
from app.packs.breakfast.rules import VOUCHER_MOVES
from app.platform.clock import shanghai_day
from app.platform.db import AnySelect
from app.platform.ids import new_id
from app.platform.pages import Keyset

NEWEST_FIRST = Keyset(Redemption.redeemed_at, Redemption.id, descending=True)

_VOUCHER = (
    Voucher.id,
    Voucher.batch_id,
    Voucher.member_id,
    Voucher.state,
    Voucher.face_value_fen,
    Voucher.issued_at,
    Voucher.valid_from,
    Voucher.valid_until,
)
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
)
# Made once: an alias builds its columns anew, which costs more than asking the database.
_FIRST, _FIRST_STORE = aliased(Redemption), aliased(Store)
REDEEM, REVERSE = "redeem", "reverse"


async def find_voucher(
    session: AsyncSession, scan: Scan, *, lock: bool = False
) -> VoucherFacts | None:
    """The scanned voucher. Locked, it stands as committed last and nobody else moves it."""
    if scan.voucher_id is not None:
        found = select(*_VOUCHER).where(Voucher.id == scan.voucher_id)
    elif scan.code_digest is not None:
        found = select(*_VOUCHER).where(Voucher.code_digest == scan.code_digest)
    else:
        return None
    # The key stays, so rows that point to the voucher need not wait.
    statement = found.with_for_update(key_share=True) if lock else found
    row = (await session.execute(statement)).one_or_none()
    return VoucherFacts(*row) if row else None


async def look_at_counter(
    session: AsyncSession,
    calling_store: ColumnElement[bool],
    redemption_no: str | None,
    voucher: VoucherFacts | None,
) -> CounterFacts | None:
    """Everything else the rules ask for, in one snapshot taken after the lock.

    None: the caller has no such store.
    """
    voucher_id = voucher.id if voucher else None
    statement = (
        select(
            Store.id,
            Store.state,
            Store.opens,
            Store.closes,
            func.coalesce(_serves(), False),
            _FIRST.redeemed_at,
            _FIRST_STORE.name,
            *_REDEMPTION,
        )
        .select_from(Store)
        .outerjoin(Batch, Batch.id == (voucher.batch_id if voucher else None))
        .outerjoin(
            _FIRST, and_(_FIRST.voucher_id == voucher_id, _FIRST.state == RedemptionState.REDEEMED)
        )
        .outerjoin(_FIRST_STORE, _FIRST_STORE.id == _FIRST.store_id)
        .outerjoin(
            Redemption,
            and_(Redemption.store_id == Store.id, Redemption.redemption_no == redemption_no),
        )
        .where(calling_store)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    store_id, state, opens, closes, in_batch, first_at, first_name, *known = row
    return CounterFacts(
        store_id=store_id,
        store_state=state,
        opens=opens,
        closes=closes,
        in_batch=in_batch,
        known=redemption_facts(known) if known[0] else None,
        first_redeemed_at=first_at,
        first_store_name=first_name,
    )


def _serves() -> ColumnElement[bool]:
    # A batch's districts and stores are a union; a batch that names neither is for all.
    return or_(
        and_(Batch.store_districts.is_(None), Batch.store_ids.is_(None)),
        Store.district == func.any(Batch.store_districts),
        Store.id == func.any(Batch.store_ids),
    )


def redemption_facts(row: Sequence[Any]) -> RedemptionFacts:
    """A row of `select_redemptions`, whatever was added behind it."""
    return RedemptionFacts(*row[: len(_REDEMPTION)])


def select_redemptions() -> AnySelect:
    return select(*_REDEMPTION)


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


async def handout(session: AsyncSession, voucher: VoucherFacts) -> tuple[str, bytes]:
    """The batch's name and the holder's name, sealed."""
    row = await session.execute(
        select(Batch.name, Member.name_sealed)
        .join(Member, Member.id == voucher.member_id)
        .where(Batch.id == voucher.batch_id)
    )
    name, holder = row.one()
    return name, holder


async def record(
    session: AsyncSession,
    redemption: RedemptionFacts,
    *,
    store_id: UUID,
    device_id: UUID,
    received_at: datetime,
) -> bool:
    """Move the voucher, write the redemption and the history, in one statement.

    False, and nothing is written, if the voucher is not issued any more.
    """
    to_state = VOUCHER_MOVES[VoucherState.ISSUED][REDEEM]
    moved = (
        update(Voucher)
        .where(Voucher.id == redemption.voucher_id, Voucher.state == VoucherState.ISSUED)
        .values(state=to_state)
        .returning(Voucher.id)
        .cte("moved")
    )
    values = {
        **asdict(redemption),
        "store_id": store_id,
        "device_id": device_id,
        "redeemed_on": shanghai_day(redemption.redeemed_at),
        "received_at": received_at,
    }
    written = _insert_one(Redemption, values, moved).returning(Redemption.id).cte("written")
    history = _history(
        redemption.voucher_id,
        REDEEM,
        at=received_at,
        actor=till_name(device_id),
        states=(VoucherState.ISSUED, to_state),
    )
    statement = _insert_one(VoucherHistory, history, written).returning(VoucherHistory.id)
    return (await session.execute(statement)).one_or_none() is not None


async def lock_redemption(
    session: AsyncSession, which: ColumnElement[bool]
) -> tuple[RedemptionFacts, int] | None:
    """A redemption for its reversal, with its voucher's count of reversals; both are locked."""
    statement = (
        select(*_REDEMPTION, Voucher.reversals_count)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .where(which)
        .with_for_update(of=[Voucher, Redemption], key_share=True)
    )
    row = (await session.execute(statement)).one_or_none()
    return (redemption_facts(row), row[-1]) if row else None


async def undo(
    session: AsyncSession, redemption: RedemptionFacts, *, at: datetime, actor: str
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
            reversed_by=actor,
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
        actor=actor,
        states=(VoucherState.REDEEMED, to_state),
        reason=redemption.reversal_reason,
    )
    await session.execute(insert(VoucherHistory).values(history))


def till_name(device_id: UUID) -> str:
    """A device as the history's actor."""
    return f"till:{device_id}"


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


def _insert_one(table: type[Base], values: dict[str, Any], source: CTE) -> Insert:
    """One row of these values for each row of `source`: for none, if it is empty."""
    columns = table.__table__.c
    row = [literal(value, columns[name].type) for name, value in values.items()]
    return insert(table).from_select(list(values), select(*row).select_from(source))
