"""Reserve a pair: the one road of a rush.

The entry in the books is the record of the request, so this is safe to repeat from anywhere,
after anything: the same key gets the same pair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.packs.couplets.catalogue import Catalogue
from app.packs.couplets.fair import Asked, ask_in_window
from app.packs.couplets.hurdles import already_reserved, closed, find_parts, not_open
from app.packs.couplets.queries import (
    EventFacts,
    SiteFacts,
)
from app.packs.couplets.reservation_records import RECORDER, ReservationRow, Wanted
from app.packs.couplets.settling import settle_person
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import Refusal
from app.platform.ids import derived_id
from app.shared.campaigns import ClosedPacks, PackClosed
from app.shared.idempotency import IdempotencyKeyReused, KeyedRequest, Once
from app.shared.identity.callers import Actor, Member
from app.shared.stock import Decision, Press, SoldOut, Stock, Verdict


@dataclass(frozen=True, slots=True)
class Reserved:
    """The reservation as it was made, and whether this request had been granted before."""

    reservation: ReservationRow
    repeated: bool


async def reserve(
    stock: Stock,
    catalogue: Catalogue,
    sessions: Sessions,
    clock: Clock,
    packs: ClosedPacks,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    event_id: UUID,
    variant_id: UUID,
    site_id: UUID,
    request: KeyedRequest,
) -> Reserved | Asked:
    """One pair for a person and event. An early call takes nothing and is no attempt. Within the
    window of a fair opening it is asked for, and had when it is one's turn; `once` keeps what
    was answered there.

    Raises `NotFound`, `InputInvalid` (another event's variant or site), `IdempotencyKeyReused`,
    `NotOpen` (`PackClosed`), `ResultPending`, `AlreadyEntered`, `AlreadyReserved`, `SoldOut`,
    `TemporarilyUnavailable`.
    """
    event = await catalogue.find(event_id)
    variant, site = find_parts(event, variant_id, site_id)
    if event.fair is not None:
        asked = await ask_in_window(
            sessions,
            clock,
            once,
            member=member,
            actor=actor,
            event=event,
            fair=event.fair,
            variant=variant,
            site=site,
        )
        if asked is not None:
            return asked
    press = Press(
        claim_id=derived_id(request.digest(actor.digester, str(variant.reserved.id))),
        fingerprint=request.fingerprint,
        member_id=member.id,
        person_id=member.person_id,
        payload=Wanted(event.campaign_id, variant, site, actor),
    )
    if packs.is_closed(event.campaign_id, PackKind.COUPLETS):
        return await _only_if_known(stock, press, PackClosed(PackKind.COUPLETS))
    now = clock.now()
    if now >= event.release_at(site):
        # The pool still grants, for other sites; this one has given away what was left.
        return await _only_if_known(stock, press, closed(event, site))
    decision = await stock.press(variant.reserved, press, RECORDER)
    if decision.verdict is Verdict.TOTAL_LIMIT and await settle_person(
        sessions, clock, stock, event=event, person_id=member.person_id, actor=actor
    ):
        decision = await stock.press(variant.reserved, press, RECORDER)
    if decision.row is not None:
        return Reserved(decision.row, repeated=decision.verdict is Verdict.REPEATED)
    raise await _refusal(catalogue, decision, event, site, member, clock.now)


async def _only_if_known(stock: Stock, press: Press, refusal: Refusal) -> Reserved:
    known = await stock.recall(press, RECORDER)
    if known is None:
        raise refusal
    if known.row is None:
        raise IdempotencyKeyReused()
    return Reserved(known.row, repeated=True)


async def _refusal(
    catalogue: Catalogue,
    decision: Decision[ReservationRow],
    event: EventFacts,
    site: SiteFacts,
    member: Member,
    now: Callable[[], datetime],
) -> Refusal:
    """What a press hears that was not granted; who has a pair is told which."""
    if decision.verdict is Verdict.KEY_REUSED:
        return IdempotencyKeyReused()
    if decision.verdict is Verdict.NOT_OPEN:
        return not_open(event, now())
    if decision.verdict is Verdict.ENDED:
        return closed(event, site)
    holding = await catalogue.holding(event.id, member.person_id)
    has_one = holding.reservation_id is not None or holding.offer_id is not None
    if has_one or decision.verdict is Verdict.TOTAL_LIMIT:
        return already_reserved(holding.reservation_id, holding.offer_id)
    return SoldOut()
