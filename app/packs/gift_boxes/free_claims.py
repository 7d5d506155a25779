"""Claim a free box: one a person and campaign, for who is entitled, those in hardship first.

The entry in the books is the record of the request, so this is safe to repeat from anywhere, after
anything: the same key gets the same box. What is given is an order like any other, that costs
nothing and begins as paid; its units come of a pool of their own, and are never sold.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesFreeClaim
from app.models.identity import Member as MemberRow
from app.models.states import Category, PackKind
from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.entitled import held_by, not_for, not_yet, prove
from app.packs.gift_boxes.fair import Asked, ask_in_window
from app.packs.gift_boxes.free_records import RECORDER, FreeClaimRow, Proof, Wanted
from app.packs.gift_boxes.free_windows import FreeBox, FreeBoxes
from app.packs.gift_boxes.orders import Delivery
from app.packs.gift_boxes.queries import require_box
from app.packs.gift_boxes.refusals import SaleOver
from app.packs.gift_boxes.rules import shown
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, Refusal
from app.platform.ids import derived_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import ClosedPacks, PackClosed
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest, Once
from app.shared.identity.callers import Actor, Member
from app.shared.identity.entitlements import not_eligible
from app.shared.stock import Decision, LimitReached, NotOpen, Press, SoldOut, Stock, Verdict

_NEWEST_FIRST = Keyset(GiftBoxesFreeClaim.claimed_at, GiftBoxesFreeClaim.order_id, descending=True)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The free box as it was given, and whether this request had been granted before."""

    claim: FreeClaimRow
    repeated: bool


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """A free box that was given, by what it was proved, and what became of it."""

    claim: FreeClaimRow
    member_no: str
    state: OrderState
    site_name: str | None


async def claim_free(
    stock: Stock,
    boxes: FreeBoxes,
    sessions: Sessions,
    clock: Clock,
    packs: ClosedPacks,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    box_id: UUID,
    delivery: Delivery,
    request: KeyedRequest,
) -> Claimed | Asked:
    """One free box, within its category's window. Within the window of a fair opening it is asked
    for, and had when it is one's turn; `once` keeps what was answered there.

    Raises `NotFound`, `InputInvalid` (a site or a way that is not had), `IdempotencyKeyReused`,
    `NotEligible`, `NotOpen` (`PackClosed`, `SaleOver`), `ResultPending`, `AlreadyEntered`,
    `LimitReached`, `SoldOut`, `TemporarilyUnavailable`.
    """
    free = await boxes.find(box_id)
    if free is None:
        raise NotFound()
    box = free.box
    if box.fair is not None:
        asked = await ask_in_window(
            sessions,
            clock,
            sealer,
            once,
            member=member,
            actor=actor,
            free=free,
            fair=box.fair,
            delivery=delivery,
        )
        if asked is not None:
            return asked
    claim_id = derived_id(request.digest(actor.digester, str(box.free.id)))

    def press(proof: Proof) -> Press:
        wanted = Wanted(box, delivery, proof, actor, sealer)
        return Press(claim_id, request.fingerprint, member.id, member.person_id, payload=wanted)

    foreseen = _foreseen(free, delivery, member, clock, is_closed=packs.is_closed(*_pack(free)))
    if isinstance(foreseen, Refusal):
        return await _only_if_known(stock, press(_UNPROVED), foreseen)
    verdict = await stock.ask_turnstile(box.free, member.id)
    if verdict is not None:
        raise _refusal(verdict, free)
    async with sessions() as session:
        held = await held_by(session, [member.id])
    proof = prove(free, held.get(member.id, ()), clock.now())
    if proof is None:
        refusal = not_eligible(member, free.categories, clock.today())
        return await _only_if_known(stock, press(_UNPROVED), refusal)
    decision = await stock.press(box.free, press(proof), RECORDER)
    return _claimed(decision, free)


async def list_claims(sessions: Sessions, *, box_id: UUID, page: PageRequest) -> Page[ListedClaim]:
    """What was given of a box, newest first. Raises `CursorInvalid`, `NotFound`."""
    _NEWEST_FIRST.check(page)
    claim = GiftBoxesFreeClaim
    statement = (
        select(
            claim.order_id,
            claim.box_id,
            claim.category,
            claim.source,
            claim.valid_until,
            claim.claimed_at,
            MemberRow.member_no,
            GiftBoxesOrder.state,
            GiftBoxesSite.name,
        )
        .join(GiftBoxesOrder, GiftBoxesOrder.id == claim.order_id)
        .join(MemberRow, MemberRow.id == GiftBoxesOrder.member_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesOrder.site_id)
        .where(claim.box_id == box_id)
    )
    async with sessions() as session:
        await require_box(session, box_id)
        found = await _NEWEST_FIRST.page(session, statement, page)
    return found.map(lambda row: ListedClaim(FreeClaimRow(*row[:6]), *row[6:9]))


def _pack(free: FreeBox) -> tuple[UUID, PackKind]:
    return free.box.campaign_id, PackKind.GIFT_BOXES


def _foreseen(
    free: FreeBox, delivery: Delivery, member: Member, clock: Clock, *, is_closed: bool
) -> Refusal | None:
    """What needs no asking at the turnstile."""
    refusal = not_for(free, delivery, member, clock.now())
    if is_closed and (refusal is None or isinstance(refusal, NotOpen)):
        return PackClosed(PackKind.GIFT_BOXES)
    return refusal


async def _only_if_known(stock: Stock, press: Press, refusal: Refusal) -> Claimed:
    # Who was given one and lost the category since still gets the first answer.
    known = await stock.recall(press, RECORDER)
    if known is None:
        raise refusal
    if known.row is None:
        raise IdempotencyKeyReused()
    return Claimed(known.row, repeated=True)


def _claimed(decision: Decision[FreeClaimRow], free: FreeBox) -> Claimed:
    if decision.row is None:
        raise _refusal(decision.verdict, free)
    return Claimed(decision.row, repeated=decision.verdict is Verdict.REPEATED)


def _refusal(verdict: Verdict, free: FreeBox) -> Refusal:
    """What a claim hears that was not granted."""
    if verdict is Verdict.KEY_REUSED:
        return IdempotencyKeyReused()
    if verdict is Verdict.NOT_OPEN:
        return not_yet(free.box.opens_at)
    if verdict is Verdict.SOLD_OUT:
        return SoldOut()
    if verdict is Verdict.TOTAL_LIMIT:
        return LimitReached(rule="per_person_total", limit=free.box.free.per_person_total)
    return SaleOver(closes_at=shown(free.box.closes_at), box_id=str(free.box.id))


# Of a press that asks what was granted before, and never writes.
_UNPROVED = Proof(Category.HARDSHIP, "", date.min)
