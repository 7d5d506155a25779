"""Staff's side of vouchers: look them up, take one back."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Voucher, VoucherHistory
from app.models.identity import Member
from app.models.states import VoucherState
from app.packs.breakfast import queries
from app.packs.breakfast.queries import StaffVoucher
from app.packs.breakfast.rules import VOUCHER_MOVES, voucher_state
from app.packs.breakfast.voucher_acts import voucher_act, voucher_search
from app.packs.breakfast.voucher_records import VoucherRecords
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict, Words
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.counter.codes import normalise
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts, StaffMember
from app.shared.identity.districts import within
from app.shared.ledger import write
from app.shared.personal_data import AccessKind, log_access
from app.shared.stock import Stock, give_back

SEARCH = AccessKind(
    "breakfast.find_vouchers",
    Words(
        "按会员号或券码查看了您的早餐券。",
        "Your breakfast vouchers were looked up by member number or code.",
    ),
)


async def search_vouchers(
    sessions: Sessions,
    clock: Clock,
    records: VoucherRecords,
    *,
    staff: StaffMember,
    actor: Actor,
    page: PageRequest,
    member_no: str | None = None,
    code: str | None = None,
) -> Page[StaffVoucher]:
    """Vouchers of a member, or the one of a code, or all; newest first. Of members in the
    caller's districts: a voucher lies where its holder does.

    A look at somebody's own is logged for them, and kept: where a person had breakfast is
    theirs to know. Raises `CodeMalformed`.
    """
    statement = queries.select_staff_vouchers().where(within(staff.districts, Member.district))
    if member_no is not None:
        statement = statement.where(Member.member_no == member_no)
    if code is not None:
        statement = statement.where(records.finds(normalise(code)))
    async with sessions.begin() as session:
        rows = await queries.VOUCHERS_NEWEST_FIRST.page(session, statement, page)
        found = rows.map(queries.staff_voucher)
        if member_no is not None or code is not None:
            seen = await queries.holders(session, [voucher.id for voucher in found.items])
            await log_access(
                session, clock, SEARCH, staff_id=staff.id, roles=staff.roles, member_ids=seen
            )
            await write(session, [voucher_search(actor, member_id) for member_id in seen])
    return found


async def void_voucher(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    once: Once,
    *,
    actor: Actor,
    voucher_id: UUID,
    reason: str,
    districts: Districts = None,
) -> StaffVoucher:
    """Take an issued voucher back; its unit returns to the batch in the same transaction.

    Raises `NotFound`, `StateConflict` (redeemed, expired or void before).
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Voucher.id).where(Voucher.id == voucher_id))
        voucher = await queries.lock_voucher(session, voucher_id, districts)
        if voucher is None:
            raise NotFound()
        now = clock.now()
        state = voucher_state(voucher.state, voucher.valid_until, now)
        if "void" not in VOUCHER_MOVES[state]:
            raise StateConflict(state=state)
        await take_back(session, voucher_id, from_state=state, at=now, actor=actor, reason=reason)
        voided = replace(voucher, state=VoucherState.VOID)
        await once.keep(session, voided)
        pool = await queries.pool_of_batch(session, voucher.batch_id)
    await stock.announce(pool)
    return voided


async def take_back(
    session: AsyncSession,
    voucher_id: UUID,
    *,
    from_state: VoucherState,
    at: datetime,
    actor: Actor,
    reason: str,
) -> None:
    """Within the caller's transaction, on a voucher that it has locked."""
    to_state = VOUCHER_MOVES[from_state]["void"]
    await session.execute(update(Voucher).where(Voucher.id == voucher_id).values(state=to_state))
    session.add(
        VoucherHistory(
            id=new_id(),
            voucher_id=voucher_id,
            at=at,
            act="void",
            actor=actor.name,
            from_state=from_state,
            to_state=to_state,
            reason=reason,
        )
    )
    await give_back(session, voucher_id, why=f"void: {reason}")
    states = (from_state, to_state)
    await write(session, [voucher_act(actor, "void", voucher_id, states, at=at, reason=reason)])
