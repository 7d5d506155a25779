"""The till's side: look a voucher up, redeem it, ask what became of it.

A store's own number makes a redemption safe to send again; a number that was
refused is not used up. One use case, one transaction: the voucher's row is locked
first, everything else is read after it. Undoing stands in `reverse.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast import redemption_queries as queries
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.calling_store import calling_store, find_calling_store
from app.packs.breakfast.redemption_refusals import RedemptionUnknown
from app.packs.breakfast.redemption_rules import RedemptionFacts, Scan, VoucherFacts
from app.packs.breakfast.rules import voucher_state
from app.packs.breakfast.scans import Scanner
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions, sqlstate
from app.platform.errors import Forbidden, TemporarilyUnavailable
from app.platform.ids import new_id
from app.platform.pages import Page, PageRequest
from app.shared.identity.callers import Till
from app.shared.identity.seals import SEAL_NAME

UNIQUE_VIOLATION = "23505"
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The redemption, and whether this number had redeemed this voucher before."""

    redemption: RedemptionFacts
    repeated: bool


@dataclass(frozen=True, slots=True)
class Handout:
    """What a clerk needs to know before anything is handed out."""

    voucher: VoucherFacts
    state: VoucherState
    text: str
    holder_first_name: str


async def redeem(
    sessions: Sessions,
    scanner: Scanner,
    clock: Clock,
    *,
    till: Till,
    redemption_no: str,
    text: str,
    device_time: datetime | None = None,
    store_no: str | None = None,
) -> Redeemed:
    """Redeem the voucher that `text` (a code or a pass) stands for, once.

    The same number for the same voucher gets its first answer, also when that was
    reversed since. Raises `Forbidden`, `InputInvalid` (the caller's store), then in
    this order `StoreSuspended`, `RedemptionNoReused`, `CodeMalformed`, `CodeUnknown`,
    `PassExpired`, `VoucherVoid`, `AlreadyRedeemed`, `VoucherExpired`,
    `VoucherNotYetValid`, `StoreNotInBatch`, `OutsideHours`.
    """
    arrived, scan = clock.now(), scanner.read(text)
    for _ in range(ATTEMPTS):
        try:
            async with sessions.begin() as session:
                redeemed = await _redeem(
                    session,
                    scan,
                    till=till,
                    redemption_no=redemption_no,
                    arrived=arrived,
                    device_time=device_time,
                    store_no=store_no,
                )
        except IntegrityError as error:
            # Another voucher raced for this number and has committed: look again.
            if sqlstate(error) != UNIQUE_VIOLATION:
                raise
        else:
            if redeemed is not None:
                return redeemed
    raise TemporarilyUnavailable()


async def _redeem(
    session: AsyncSession,
    scan: Scan,
    *,
    till: Till,
    redemption_no: str,
    arrived: datetime,
    device_time: datetime | None,
    store_no: str | None,
) -> Redeemed | None:
    voucher = await queries.find_voucher(session, scan, lock=True)
    counter = await queries.look_at_counter(
        session, calling_store(till, store_no), redemption_no, voucher
    )
    if counter is None:
        raise Forbidden()
    if counter.known is not None and rules.is_repeat(counter, voucher):
        return Redeemed(counter.known, repeated=True)
    at = rules.judged_at(arrived, device_time, scan, voucher)
    refusal = rules.redemption_refusal(scan, voucher, counter, at)
    if refusal is not None:
        raise refusal
    assert voucher is not None, "a scan without a voucher was refused above"
    redemption = RedemptionFacts(
        id=new_id(),
        redemption_no=redemption_no,
        voucher_id=voucher.id,
        face_value_fen=voucher.face_value_fen,
        input=scan.input,
        state=RedemptionState.REDEEMED,
        redeemed_at=at,
    )
    recorded = await queries.record(
        session,
        redemption,
        store_id=counter.store_id,
        device_id=till.device_id,
        received_at=arrived,
    )
    return Redeemed(redemption, repeated=False) if recorded else None


async def look_up(
    sessions: Sessions,
    scanner: Scanner,
    sealer: Sealer,
    clock: Clock,
    *,
    till: Till,
    text: str,
    store_no: str | None = None,
) -> Handout:
    """What redeeming this now would hand out, and to whom; nothing changes.

    Raises what `redeem` would.
    """
    now, scan = clock.now(), scanner.read(text)
    async with sessions() as session:
        voucher = await queries.find_voucher(session, scan)
        counter = await queries.look_at_counter(
            session, calling_store(till, store_no), None, voucher
        )
        if counter is None:
            raise Forbidden()
        refusal = rules.redemption_refusal(scan, voucher, counter, now)
        if refusal is not None:
            raise refusal
        assert voucher is not None, "a scan without a voucher was refused above"
        batch_name, holder = await queries.handout(session, voucher)
    return Handout(
        voucher=voucher,
        state=voucher_state(voucher.state, voucher.valid_until, now),
        text=batch_name,
        holder_first_name=rules.given_name(sealer.open(holder, SEAL_NAME)),
    )


async def find_redemption(
    sessions: Sessions, *, till: Till, redemption_no: str, store_no: str | None = None
) -> RedemptionFacts:
    """What became of a number of this store. Raises `RedemptionUnknown`, `Forbidden`."""
    async with sessions() as session:
        store_id = await find_calling_store(session, till, store_no)
        found = await queries.find_redemption(session, store_id, redemption_no)
    if found is None:
        raise RedemptionUnknown()
    return found


async def list_redemptions(
    sessions: Sessions,
    clock: Clock,
    *,
    till: Till,
    page: PageRequest,
    day: date | None = None,
    store_no: str | None = None,
) -> Page[RedemptionFacts]:
    """A Shanghai day of this store (today), newest first, reversed ones too. Raises `Forbidden`."""
    async with sessions() as session:
        store_id = await find_calling_store(session, till, store_no)
        statement = queries.on_day(store_id, day or clock.today())
        rows = await queries.NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.redemption_facts)
