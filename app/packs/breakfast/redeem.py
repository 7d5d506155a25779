"""The till's side: look a voucher up, redeem it, ask what became of it.

A store's own number makes a redemption safe to send again; a number that was
refused is not used up. How it is decided stands in `counter.py`, what is only looked at in
`looking.py`; undoing in `reverse.py`, scans that were made without a network in `upload.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.models.states import VoucherState
from app.packs.breakfast import redemption_queries as queries
from app.packs.breakfast.calling_store import check_store_named, find_calling_store
from app.packs.breakfast.counter import Counter, Redeemed
from app.packs.breakfast.given_names import given_name
from app.packs.breakfast.presented import Presentation, RedemptionFacts, VoucherFacts
from app.packs.breakfast.redemption_refusals import RedemptionUnknown
from app.packs.breakfast.rules import voucher_state
from app.packs.breakfast.scans import Scanner
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.pages import Page, PageRequest
from app.shared.identity.callers import Actor, Till
from app.shared.identity.seals import NAME


@dataclass(frozen=True, slots=True)
class Handout:
    """What a clerk needs to know before anything is handed out. `test`: nothing is."""

    voucher: VoucherFacts
    state: VoucherState
    text: str
    holder_first_name: str
    test: bool


async def redeem(
    counter: Counter,
    scanner: Scanner,
    clock: Clock,
    *,
    till: Till,
    actor: Actor,
    redemption_no: str,
    text: str,
    device_time: datetime | None = None,
    store_no: str | None = None,
) -> Redeemed:
    """Redeem the voucher that `text` (a code or a pass) stands for, once.

    The same number for the same voucher gets its first answer, also when that was
    reversed since. Raises `InputInvalid`, `Forbidden` (the caller's store), then in this
    order `QuotaExceeded`, `StoreSuspended`, `RedemptionNoReused`, `CodeMalformed`,
    `CodeUnknown`, `PassExpired`, `VoucherVoid`, `AlreadyRedeemed`, `VoucherExpired`,
    `VoucherNotYetValid`, `StoreNotInBatch`, `OutsideHours`.
    """
    check_store_named(till, store_no)
    outcome = await counter.present(
        Presentation(
            till=till,
            store_no=store_no,
            redemption_no=redemption_no,
            scan=scanner.read(text),
            arrived=clock.now(),
            device_at=device_time,
            actor=actor,
        )
    )
    assert isinstance(outcome, Redeemed), "only what was uploaded can be disputed"
    return outcome


async def look_up(
    counter: Counter,
    scanner: Scanner,
    sealer: Sealer,
    *,
    now: datetime,
    till: Till,
    actor: Actor,
    text: str,
    store_no: str | None = None,
) -> Handout:
    """What redeeming this now would hand out, and to whom; nothing changes.

    That the till saw a name is written down first. Raises what `redeem` would.
    """
    check_store_named(till, store_no)
    seen = await counter.look(
        Presentation(
            till=till,
            store_no=store_no,
            redemption_no=None,
            scan=scanner.read(text),
            arrived=now,
            actor=actor,
        )
    )
    return Handout(
        voucher=seen.voucher,
        state=voucher_state(seen.voucher.state, seen.voucher.valid_until, now),
        text=seen.batch_name,
        holder_first_name=given_name(NAME.open(sealer, seen.holder_sealed)),
        test=seen.test,
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
