"""Post a wish: screened before anybody reads it, reviewed before everybody does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.identity import Person
from app.models.states import Channel, District, PackKind, Purpose, Urgency, WishState
from app.models.wishes import Wish
from app.packs.wishes import queries
from app.packs.wishes.acts import wish_act
from app.packs.wishes.history import write_history
from app.packs.wishes.limits import LIMITS
from app.packs.wishes.post_checks import check_cap, check_kind, find_similar
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.refusals import MoneyRequest
from app.packs.wishes.rules import Limits
from app.packs.wishes.screening import Hidden, Screened, screen
from app.packs.wishes.seals import CONTACT_PHONE, ORIGINAL, PROXY
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import invalid
from app.platform.ids import new_id
from app.shared.campaigns import hold_open, shown_campaign
from app.shared.consents import record_consent
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts
from app.shared.identity.districts import within
from app.shared.identity.refusals import OutsideDistricts
from app.shared.ledger import write
from app.shared.stock import create_pool

POOL_KIND = "wishes"


@dataclass(frozen=True, slots=True)
class NewWish:
    """What a wisher says. `needed_by` in campaign time; `campaign_id`: of the current one if it
    names none."""

    kind: str
    title: str
    detail: str
    district: District
    urgency: Urgency
    needed_by: datetime
    contact_phone: str
    show_contact: bool
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who spoke for a member that has no phone, and how the two belong together."""

    member_no: str
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Posted:
    """The wish, what was hidden of its title and its detail, and the wish of the same person
    that it is like, posted not long before."""

    wish: WishFacts
    hidden_in_title: Sequence[Hidden]
    hidden_in_detail: Sequence[Hidden]
    similar_to: UUID | None


@dataclass(frozen=True, slots=True)
class _Wisher:
    """Whose wish it is; with whoever of the staff wrote it down, and for whom they spoke."""

    member_id: UUID
    person_id: UUID
    staff_id: UUID | None = None
    proxy: Proxy | None = None


async def post_wish(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    member_id: UUID,
    person_id: UUID,
    said: NewWish,
) -> Posted:
    """A member's own, to be reviewed. A similar one is a warning and no obstacle.

    Raises `InputInvalid`, `MoneyRequest`, `PackClosed`, `LimitReached`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        posted = await _post(session, clock, sealer, actor, _Wisher(member_id, person_id), said)
        await once.keep(session, posted)
    return posted


async def post_on_behalf(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    staff_id: UUID,
    proxy: Proxy,
    said: NewWish,
    districts: Districts = None,
) -> Posted:
    """For a member without a phone, who has said so to somebody: staff write down who that was.

    Raises `OutsideDistricts`, `InputInvalid`, `MoneyRequest`, `PackClosed`, `LimitReached`.
    """
    if districts is not None and said.district not in districts:
        raise OutsideDistricts(districts)
    async with sessions.begin() as session:
        await once.first(session)
        found = await session.execute(
            select(MemberRow.id, MemberRow.person_id).where(
                MemberRow.member_no == proxy.member_no,
                MemberRow.erased_at.is_(None),
                within(districts, MemberRow.district),
            )
        )
        row = found.one_or_none()
        if row is None:
            raise invalid("on_behalf_of/member_no", "没有这位会员", "no such member", "unknown")
        wisher = _Wisher(row.id, row.person_id, staff_id, proxy)
        posted = await _post(session, clock, sealer, actor, wisher, said)
        await once.keep(session, posted)
    return posted


async def _post(
    session: AsyncSession,
    clock: Clock,
    sealer: Sealer,
    actor: Actor,
    wisher: _Wisher,
    said: NewWish,
) -> Posted:
    title, detail = screen(said.title), screen(said.detail)
    if title.asks_for_money or detail.asks_for_money:
        raise MoneyRequest(instead="relief_grants")
    # The person's row is the lock of the cap: two wishes of one person, on two phones, are
    # counted one after the other.
    await session.execute(
        select(Person.id).where(Person.id == wisher.person_id).with_for_update(key_share=True)
    )
    now = clock.now()
    if said.needed_by <= now:
        raise invalid("needed_by", "时间已过", "this time is over", "in_the_past")
    campaign_id = (await shown_campaign(session, said.campaign_id)).id
    limits = await LIMITS.hold(session, campaign_id)
    await check_kind(session, campaign_id, said.kind)
    await hold_open(session, campaign_id, PackKind.WISHES)
    await check_cap(session, campaign_id, wisher.person_id, limits, now)
    similar_to = await find_similar(
        session, wisher.person_id, title, detail, since=now - limits.similar_within
    )
    if said.show_contact:
        await record_consent(
            session,
            clock,
            actor=actor,
            member_id=wisher.member_id,
            purpose=Purpose.SHOW_CONTACT,
            given=True,
            channel=Channel.APP if wisher.proxy is None else Channel.STAFF,
        )
    texts = (title, detail)
    wish_id = await _insert(session, sealer, campaign_id, wisher, said, texts, limits, now)
    states = (None, WishState.PENDING_REVIEW)
    await write_history(session, wish_id, "post", states, at=now, actor=actor)
    await write(session, [wish_act(actor, "post", wish_id, states, now)])
    wish = await queries.find_wish(session, wish_id)
    assert wish is not None, "it was just written"
    return Posted(wish, title.hidden, detail.hidden, similar_to)


async def _insert(
    session: AsyncSession,
    sealer: Sealer,
    campaign_id: UUID,
    wisher: _Wisher,
    said: NewWish,
    screened: tuple[Screened, Screened],
    limits: Limits,
    now: datetime,
) -> UUID:
    wish_id = new_id()
    original = json.dumps({"title": said.title, "detail": said.detail}, ensure_ascii=False)
    pool_id = await create_pool(
        session,
        group=f"{POOL_KIND}:{campaign_id}",
        kind=POOL_KIND,
        owner_id=wish_id,
        total=1,
        opens_at=now,
        closes_at=said.needed_by,
        per_person_total=limits.open_claims,
    )
    session.add(
        Wish(
            id=wish_id,
            campaign_id=campaign_id,
            pool_id=pool_id,
            member_id=wisher.member_id,
            kind=said.kind,
            title=screened[0].shown,
            detail=screened[1].shown,
            original_sealed=ORIGINAL.seal(sealer, original),
            district=said.district,
            urgency=said.urgency,
            needed_by=said.needed_by,
            contact_phone_sealed=CONTACT_PHONE.seal(sealer, said.contact_phone),
            show_contact=said.show_contact,
            posted_by=wisher.staff_id,
            proxy_sealed=_sealed_proxy(sealer, wisher.proxy),
            state=WishState.PENDING_REVIEW,
            posted_at=now,
            waiting_from=now,
        )
    )
    await session.flush()
    return wish_id


def _sealed_proxy(sealer: Sealer, proxy: Proxy | None) -> bytes | None:
    if proxy is None:
        return None
    told = {"name": proxy.name, "relation": proxy.relation}
    return PROXY.seal(sealer, json.dumps(told, ensure_ascii=False))
