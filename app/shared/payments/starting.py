"""Begin to pay, and stop it. The provider is asked between two transactions, never inside one.

What is written first is our number, so whatever dies afterwards, the provider can be asked by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payments import Payment
from app.models.states_of_payments import PaymentState
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound, StateConflict, TemporarilyUnavailable
from app.platform.ids import new_id
from app.shared.idempotency import Once
from app.shared.ledger import Act, Actor, made, write
from app.shared.outbox import NewJob, put
from app.shared.payments.payable import Due
from app.shared.payments.provider import ProviderRefused, ProviderUnavailable
from app.shared.payments.room import Payments
from app.shared.payments.rows import find_live
from app.shared.payments.rules import LIVE

WATCH = "payments.watch"
# How soon somebody asks whether it was paid, if nobody has told us; later and later after that.
FIRST_LOOK = timedelta(seconds=15)
# The provider's own refusals that only mean: look at what became of it.
OVERTAKEN = {"ORDERPAID", "ORDER_CLOSED", "OUT_TRADE_NO_USED"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that can be paid now: `hand_over` goes to the provider's app as it is."""

    payment_id: UUID
    amount_fen: int
    pay_before: datetime
    hand_over: Mapping[str, str]


async def start_payment(
    sessions: Sessions,
    payments: Payments,
    once: Once,
    *,
    actor: Actor,
    kind: str,
    payable_id: UUID,
    about: AnySelect | None = None,
) -> Started:
    """Let the member pay what is theirs. An attempt that is live is the one that is paid.

    Raises `NotFound` (it is not the actor's), the pack's own refusals, `StateConflict`,
    `TemporarilyUnavailable`: nothing was promised, and the same call goes on where this ended.
    """
    async with sessions.begin() as session:
        await once.first(session, about=about)
        due = await payments.payables.require_payable(session, kind, payable_id)
        if due.payer_id != actor.id:
            raise NotFound()
        provider = payments.require_provider()
        payment = await _attempt(session, payments, due, kind=kind, actor=actor)
    prepay_no = payment.prepay_no
    if prepay_no is None:
        try:
            prepay_no = await provider.prepay(
                number=payment.number,
                amount_fen=payment.amount_fen,
                description=payment.description,
                expires_at=payments.in_provider_time(payment.expires_at),
            )
        except (ProviderUnavailable, ProviderRefused) as error:
            await _look_again(sessions, payment.id, error.code)
            raise TemporarilyUnavailable() from error
    started = Started(
        payment.id, payment.amount_fen, payment.expires_at, provider.hand_over(prepay_no)
    )
    async with sessions.begin() as session:
        await once.first(session)
        await _note_prepay(session, payment.id, prepay_no)
        await once.keep(session, started)
    return started


async def stop_payment(
    session: AsyncSession, *, kind: str, payable_id: UUID, now: datetime
) -> None:
    """Nobody should pay this any more: the provider is told so soon. In the caller's transaction,
    under the payable's lock. Money that comes all the same is brought to `on_paid`."""
    live = await find_live(session, kind, payable_id)
    if live is not None:
        await close_soon(session, live, at=now)


async def close_soon(session: AsyncSession, payment: Payment, *, at: datetime) -> None:
    """Its payable is locked. Under a key of its own, so that no worker is waited for."""
    payment.expires_at = min(payment.expires_at, at)
    await _look_soon(session, payment.id)


async def _attempt(
    session: AsyncSession, payments: Payments, due: Due, *, kind: str, actor: Actor
) -> Payment:
    now = payments.clock.now()
    live = await find_live(session, kind, due.payable_id)
    if live is not None:
        if live.expires_at <= now or live.amount_fen != due.amount_fen:
            raise StateConflict(state="closing")
        return live
    payment_id = new_id()
    payment = Payment(
        id=payment_id,
        payable_kind=kind,
        payable_id=due.payable_id,
        payer_id=due.payer_id,
        number=payment_id.hex,
        amount_fen=due.amount_fen,
        description=due.description,
        state=PaymentState.CREATED,
        created_at=now,
        expires_at=due.pay_before,
        refunded_fen=0,
    )
    session.add(payment)
    await session.flush()
    changes = made(state=PaymentState.CREATED, amount_fen=due.amount_fen)
    await write(session, [Act(actor, "payment.start", "payment", payment_id, changes, at=now)])
    await put(
        session,
        NewJob(
            WATCH,
            {"payment_id": payment_id},
            dedupe_key=watch_key(payment_id),
            due_at=now + FIRST_LOOK,
        ),
    )
    return payment


def watch_key(payment_id: UUID) -> str:
    return f"payments:watch:{payment_id}"


async def _note_prepay(session: AsyncSession, payment_id: UUID, prepay_no: str) -> None:
    """Raises `StateConflict`: meanwhile it was paid, or closed."""
    noted = await session.execute(
        update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.state.in_(sorted(LIVE)),
        )
        .values(state=PaymentState.PENDING, prepay_no=prepay_no)
        .returning(Payment.id)
    )
    if noted.first() is None:
        raise StateConflict(state="moved_on")


async def _look_again(sessions: Sessions, payment_id: UUID, code: str) -> None:
    log.warning("payment_not_started", payment_id=str(payment_id), code=code)
    if code not in OVERTAKEN:
        return
    async with sessions.begin() as session:
        await _look_soon(session, payment_id)


async def _look_soon(session: AsyncSession, payment_id: UUID) -> None:
    key = f"payments:close:{payment_id}"
    await put(session, NewJob(WATCH, {"payment_id": payment_id}, dedupe_key=key))
