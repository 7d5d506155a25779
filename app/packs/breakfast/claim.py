"""Claim a voucher: the one road of a drop.

The entry in the books is the record of the request, so this is safe to repeat
from anywhere, after anything: the same key gets the same voucher.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.models.states import PackKind, PoolState
from app.packs.breakfast import rules
from app.packs.breakfast.catalogue import Catalogue
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.refusals import BatchEnded, BatchPaused
from app.packs.breakfast.voucher_records import Claim, VoucherRecords, VoucherRow
from app.platform.clock import SHANGHAI, Clock
from app.platform.errors import Refusal, TemporarilyUnavailable
from app.platform.ids import derived_id
from app.shared.campaigns import PackClosed
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest
from app.shared.identity.callers import Actor, Member
from app.shared.identity.directory import Directory
from app.shared.identity.entitlements import not_eligible
from app.shared.identity.refusals import MemberNotRegistered
from app.shared.stock import LimitReached, NotOpen, Outdated, Press, SoldOut, Stock, Verdict

# Of one claim, while members are changed between a look at one and the flush.
ATTEMPTS = 5
# Verdicts that need no word about the batch.
_PLAIN: Mapping[Verdict, type[Refusal]] = {
    Verdict.KEY_REUSED: IdempotencyKeyReused,
    Verdict.ENDED: BatchEnded,
    Verdict.PAUSED: BatchPaused,
    Verdict.SOLD_OUT: SoldOut,
}


class Claimed(NamedTuple):
    """The voucher as it was issued, and whether this request had been granted before."""

    voucher: VoucherRow
    repeated: bool


async def claim(
    stock: Stock,
    catalogue: Catalogue,
    directory: Directory,
    records: VoucherRecords,
    clock: Clock,
    *,
    member: Member,
    actor: Actor,
    batch_id: UUID,
    request: KeyedRequest,
) -> Claimed:
    """One voucher of a batch for an eligible member, within the limits per person.

    Member and batch may be as remembered: what is granted new is so by the books as they stand
    when it is, and so is a refusal for the member's sake; one for the batch's may be a second old.

    Raises `NotFound`, `IdempotencyKeyReused`, `NotEligible`, `BatchEnded`, `NotOpen`
    (`PackClosed`), `BatchPaused`, `LimitReached`, `SoldOut`, `MemberNotRegistered`,
    `TemporarilyUnavailable`.
    """
    batch = catalogue.started(batch_id) or await catalogue.find(batch_id)
    claim_id = derived_id(records.request_digest(request, batch.pool.id))

    async def attempt(member: Member) -> Claimed:
        entitled_by = _entitled_by(member, batch, clock.today())
        press = Press(
            claim_id=claim_id,
            fingerprint=request.fingerprint,
            member_id=member.id,
            person_id=member.person_id,
            payload=Claim(batch, actor, entitled_by, member.as_of),
        )
        foreseen = _foreseen(member, batch, clock, is_closed=catalogue.is_closed(batch))
        if foreseen is not None:
            return await _only_if_known(stock, records, press, foreseen)
        decision = await stock.press(batch.pool, press, records.recorder)
        if decision.row is not None:
            return Claimed(decision.row, repeated=decision.verdict is Verdict.REPEATED)
        raise refusal_of(decision.verdict, batch)

    for _ in range(ATTEMPTS):
        try:
            return await attempt(member)
        except (Refusal, Outdated) as error:
            is_final = isinstance(error, TemporarilyUnavailable) or not member.is_remembered
            if isinstance(error, Refusal) and is_final:
                raise
            now = await directory.find(member.member_no)
            if now is None or now.id != member.id:
                raise MemberNotRegistered() from error
            if isinstance(error, Refusal) and now == member:
                raise
            member = now
    raise TemporarilyUnavailable()


def shut(stock: Stock, catalogue: Catalogue, batch_id: UUID) -> BatchFacts | None:
    """The batch, if everybody was turned away there within the last second, as far as this
    process has heard."""
    batch = catalogue.started(batch_id)
    return batch if batch is not None and stock.turns_away(batch.pool) else None


async def turned_away(
    stock: Stock, catalogue: Catalogue, clock: Clock, batch: BatchFacts, member: Member
) -> Refusal | None:
    """The no that most of a crowd hears at a `shut` batch.

    None: ask `claim`, which alone may grant and knows every other answer.
    """
    if _foreseen(member, batch, clock, is_closed=catalogue.is_closed(batch)) is not None:
        return None
    verdict = await stock.ask_turnstile(batch.pool, member.id)
    return None if verdict is None else refusal_of(verdict, batch)


def _foreseen(
    member: Member, batch: BatchFacts, clock: Clock, *, is_closed: bool
) -> Refusal | None:
    """What needs no asking at the turnstile."""
    today = clock.today()
    if not rules.is_eligible(member.categories_on(today), batch.eligible_categories):
        return not_eligible(member, batch.eligible_categories, today)
    if not is_closed:
        return None
    state = rules.batch_state(batch.pool.state, batch.pool.closes_at, clock.now())
    return BatchEnded() if state is PoolState.ENDED else PackClosed(PackKind.BREAKFAST)


async def _only_if_known(
    stock: Stock, records: VoucherRecords, press: Press, refusal: Refusal
) -> Claimed:
    # Who was granted a voucher and lost the category since still gets the first answer.
    known = await stock.recall(press, records.recorder)
    if known is None:
        raise refusal
    if known.row is None:
        raise IdempotencyKeyReused()
    return Claimed(known.row, repeated=True)


def _entitled_by(member: Member, batch: BatchFacts, today: date) -> str:
    """Kept with the voucher, since categories change and are erased, and figures do not."""
    held = member.categories_on(today)
    return "|".join(each for each in batch.eligible_categories if each in held)


def refusal_of(verdict: Verdict, batch: BatchFacts) -> Refusal:
    """What a claim hears that was not granted."""
    if verdict is Verdict.NOT_OPEN:
        return NotOpen(opens_at=batch.pool.opens_at.astimezone(SHANGHAI).isoformat())
    if verdict is Verdict.DAY_LIMIT:
        return LimitReached(rule="per_person_per_day", limit=batch.limits.per_person_per_day)
    if verdict is Verdict.TOTAL_LIMIT:
        return LimitReached(rule="per_person_total", limit=batch.limits.per_person_total)
    return _PLAIN[verdict]()
