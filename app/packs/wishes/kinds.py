"""Kinds of wish: data of a campaign, which its staff add, edit and switch on and off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.wishes import WishKind
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import AlreadyExists, NotFound, VersionStale
from app.platform.ids import new_id
from app.shared.campaigns import find_campaign, shown_campaign
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write

OBJECT = "kind"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """A kind of wish. Its code never changes, because wishes bear it; `sort` is its place."""

    id: UUID
    code: str
    title: str
    title_en: str
    start_within_h: int
    sort: int
    is_on: bool
    version: int


_COLUMNS = (
    WishKind.id,
    WishKind.code,
    WishKind.title,
    WishKind.title_en,
    WishKind.start_within_h,
    WishKind.sort,
    WishKind.is_on,
    WishKind.version,
)


async def list_kinds(
    sessions: Sessions, *, off_too: bool = False, campaign_id: UUID | None = None
) -> Sequence[KindFacts]:
    """A campaign's (the current one's), in its order; those that are off, and those of a draft,
    for staff. Raises `NotFound`."""
    async with sessions() as session:
        look = find_campaign if off_too else shown_campaign
        campaign = await look(session, campaign_id)
        statement = _of_campaign(campaign.id).order_by(WishKind.sort, WishKind.code)
        if not off_too:
            statement = statement.where(WishKind.is_on)
        return [KindFacts(*row) for row in await session.execute(statement)]


async def create_kind(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    code: str,
    title: str,
    title_en: str,
    start_within_h: int,
    sort: int | None = None,
    campaign_id: UUID | None = None,
) -> KindFacts:
    """On at once, last in order unless `sort` says otherwise.

    Raises `NotFound` (no campaign), `AlreadyExists`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        campaign = await find_campaign(session, campaign_id)
        last = select(func.coalesce(func.max(WishKind.sort), 0) + 1).where(
            WishKind.campaign_id == campaign.id
        )
        kind_id = await session.scalar(
            insert(WishKind)
            .values(
                id=new_id(),
                campaign_id=campaign.id,
                code=code,
                title=title,
                title_en=title_en,
                start_within_h=start_within_h,
                sort=last.scalar_subquery() if sort is None else sort,
            )
            .on_conflict_do_nothing()
            .returning(WishKind.id)
        )
        if kind_id is None:
            raise AlreadyExists()
        made = await _find(session, kind_id)
        await write(session, [_act(actor, "create", None, made, clock)])
        await once.keep(session, made)
    return made


async def change_kind(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    kind_id: UUID,
    version: int,
    changes: dict[str, Any],
) -> KindFacts:
    """Felt at once: what is off cannot be posted any more; other hours hold for claims that are
    made from now on. Wishes of the kind that are there go on. Raises `NotFound`, `VersionStale`.
    """
    async with sessions.begin() as session:
        await session.execute(
            select(WishKind.id).where(WishKind.id == kind_id).with_for_update(key_share=True)
        )
        before = await _find(session, kind_id)
        if before.version != version:
            raise VersionStale(version=before.version)
        await session.execute(
            update(WishKind)
            .where(WishKind.id == kind_id)
            .values(version=WishKind.version + 1, **changes)
        )
        after = await _find(session, kind_id)
        await write(session, [_act(actor, "change", before, after, clock)])
    return after


async def _find(session: AsyncSession, kind_id: UUID) -> KindFacts:
    """Raises `NotFound`."""
    statement = select(*_COLUMNS).where(WishKind.id == kind_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return KindFacts(*row)


def _of_campaign(campaign_id: UUID) -> AnySelect:
    return select(*_COLUMNS).where(WishKind.campaign_id == campaign_id)


def _act(actor: Actor, act: str, before: KindFacts | None, after: KindFacts, clock: Clock) -> Act:
    fields = changed(_fields(before) if before else {}, _fields(after))
    return Act(actor, f"wishes.kind.{act}", OBJECT, after.id, fields, at=clock.now())


def _fields(kind: KindFacts) -> dict[str, Any]:
    return {
        "code": kind.code,
        "title": kind.title,
        "title_en": kind.title_en,
        "start_within_h": kind.start_within_h,
        "sort": kind.sort,
        "is_on": kind.is_on,
    }
