"""Test codes by which a store's system is certified: one a case, each really in its state.

They are vouchers of a test batch, granted by the books, voided, redeemed and reversed by the
same statements as all others; a till that presents one meets the same judge, which does not
know of cases (docs/adr/0012-test-codes.md).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch
from app.models.states import PoolState, StoreState
from app.packs.breakfast import certification_queries as queries
from app.packs.breakfast.batch_acts import batch_act
from app.packs.breakfast.certification_batches import find_companions
from app.packs.breakfast.certification_cases import CASES, Case, CaseName
from app.packs.breakfast.certification_states import Preparation
from app.packs.breakfast.claim import refusal_of
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.plan import history_row
from app.packs.breakfast.queries import BatchFacts, lock_batch
from app.packs.breakfast.redemption_refusals import StoreNotInBatch
from app.packs.breakfast.rules import batch_state
from app.packs.breakfast.show import pass_claims
from app.packs.breakfast.voucher_records import Claim, VoucherRecords, VoucherRow
from app.platform.clock import Clock
from app.platform.crypto import KEY_BYTES, Digester, KeyRing, Sealer
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, NotFound, StateConflict, Words
from app.platform.ids import new_id
from app.shared.counter.codes import mistyped, new_code
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.certification import find_test_member, find_test_till
from app.shared.ledger import write
from app.shared.stock import Press, Stock, grant, read_pools

# Longer than a pass lives anywhere, online or offline.
OLD = timedelta(hours=1)
# What stands for a request's body where there is none.
FINGERPRINT = b"test code"
# Cases about a voucher of another batch, or about none.
NOT_OF_THE_BATCH = {
    CaseName.ELSEWHERE,
    CaseName.CLOSED,
    CaseName.MISTYPED,
    CaseName.UNKNOWN,
    CaseName.FORGED,
}
STORE_UNKNOWN = FieldError("#/store_no", Words("没有这家门店", "no such store"), "store_unknown")


@dataclass(frozen=True, slots=True)
class Workbench:
    """What making test codes takes beside the books' session."""

    stock: Stock
    records: VoucherRecords
    passes: Passes
    sealer: Sealer
    digester: Digester


@dataclass(frozen=True, slots=True)
class CertificationCode:
    """What a case presents: a code to type, a pass to scan (`text`), or a number to reverse."""

    case: Case
    code: str | None
    text: str | None
    redemption_no: str | None


@dataclass(frozen=True, slots=True)
class CertificationSet:
    """`valid_until`: of those that can be redeemed."""

    batch_id: UUID
    store_no: str
    made_at: datetime
    valid_until: datetime
    codes: Sequence[CertificationCode]


async def make_certification_set(
    sessions: Sessions,
    clock: Clock,
    bench: Workbench,
    once: Once,
    *,
    actor: Actor,
    batch_id: UUID,
    store_no: str,
) -> CertificationSet:
    """A fresh set of test codes for one store, in one transaction: a code a case.

    Only of a test batch that is running. Raises `NotFound`, `StateConflict` (also for a
    suspended store), `InputInvalid` (no such store), `StoreNotInBatch`, and what a claim
    would hear: `BatchEnded`, `NotOpen`, `BatchPaused`, `SoldOut`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Batch.id).where(Batch.id == batch_id))
        batch = await lock_batch(session, batch_id)
        if batch is None:
            raise NotFound()
        now = clock.now()
        _check_batch(batch, now)
        store_id = await _find_store(session, batch, store_no)
        elsewhere, closed = await find_companions(session, batch, at=now, actor=actor)
        vouchers = await _grant(session, bench, actor, batch, elsewhere, closed)
        till = await find_test_till(session, bench.digester, store_id=store_id, now=now)
        numbers = await Preparation(session, till, actor).bring_about(vouchers)
        made = CertificationSet(
            batch_id=batch.id,
            store_no=store_no,
            made_at=vouchers[CaseName.TYPED].issued_at,
            valid_until=vouchers[CaseName.TYPED].valid_until,
            codes=[_code(case, vouchers, numbers, bench.passes) for case in CASES],
        )
        states = (batch.pool.state, batch.pool.state)
        session.add(
            history_row(batch.id, "test_codes", at=now, actor=actor, states=states, reason=store_no)
        )
        act = batch_act(actor, "test_codes", batch, batch, at=now, reason=store_no)
        await write(session, [act])
        await once.keep(session, made)
        pools = await read_pools(session, [each.pool.id for each in (batch, elsewhere, closed)])
    for pool in pools.values():
        await bench.stock.announce(pool)
    return made


def _check_batch(batch: BatchFacts, now: datetime) -> None:
    if not batch.test or batch.test_of is not None:
        raise StateConflict(state="not_for_testing" if not batch.test else "companion")
    state = batch_state(batch.pool.state, batch.pool.closes_at, now)
    if state is not PoolState.RUNNING:
        raise StateConflict(state=state)


async def _find_store(session: AsyncSession, batch: BatchFacts, store_no: str) -> UUID:
    store = await queries.find_store(session, batch, store_no)
    if store is None:
        raise InputInvalid(errors=(STORE_UNKNOWN,))
    if store.state is StoreState.SUSPENDED:
        raise StateConflict(state=store.state)
    if not store.in_batch:
        raise StoreNotInBatch()
    return store.id


async def _grant(
    session: AsyncSession,
    bench: Workbench,
    actor: Actor,
    batch: BatchFacts,
    elsewhere: BatchFacts,
    closed: BatchFacts,
) -> dict[CaseName, VoucherRow]:
    """All three pools are of one group, whose lock comes first, so nobody waits in a circle."""
    member_id = await find_test_member(session, bench.sealer, bench.digester)
    own = [case.name for case in CASES if case.name not in NOT_OF_THE_BATCH]
    vouchers: dict[CaseName, VoucherRow] = {}
    for source, names in (
        (batch, own),
        (elsewhere, [CaseName.ELSEWHERE]),
        (closed, [CaseName.CLOSED]),
    ):
        presses = [_press(source, member_id, actor) for _ in names]
        decisions = await grant(session, source.pool.id, presses, bench.records.recorder)
        for name, decision in zip(names, decisions, strict=True):
            if decision.row is None:
                raise refusal_of(decision.verdict, source)
            vouchers[name] = decision.row
    return vouchers


def _press(batch: BatchFacts, member_id: UUID, actor: Actor) -> Press:
    # Each for a person who is nowhere else: a batch's limits per person would end the set
    # with its first code, and none of them is anybody's.
    return Press(
        claim_id=new_id(),
        fingerprint=FINGERPRINT,
        member_id=member_id,
        person_id=new_id(),
        payload=Claim(replace(batch, valid_from=None), actor),
    )


def _code(
    case: Case,
    vouchers: Mapping[CaseName, VoucherRow],
    numbers: Mapping[CaseName, str],
    passes: Passes,
) -> CertificationCode:
    shown = vouchers[CaseName.SCANNED]
    signed_at = shown.issued_at.replace(microsecond=0)
    match case.name:
        case CaseName.MISTYPED:
            return CertificationCode(case, mistyped(new_code()), None, None)
        case CaseName.UNKNOWN:
            return CertificationCode(case, new_code(), None, None)
        case CaseName.FORGED:
            text = _stranger(passes).sign(pass_claims(shown, signed_at))
            return CertificationCode(case, None, text, None)
        case CaseName.OLD_PASS:
            text = passes.sign(pass_claims(vouchers[case.name], signed_at - OLD))
            return CertificationCode(case, None, text, None)
        case CaseName.SCANNED:
            text = passes.sign(pass_claims(shown, signed_at))
            return CertificationCode(case, shown.code, text, None)
        case name:
            return CertificationCode(case, vouchers[name].code, None, numbers.get(name))


def _stranger(passes: Passes) -> Passes:
    """Signs under the number of our key, with a key that is nobody's."""
    [version] = [int(key.kid) for key in passes.keys if key.signs]
    return Passes(KeyRing({version: secrets.token_bytes(KEY_BYTES)}))
