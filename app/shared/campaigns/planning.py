"""Editions as staff plan them: one that begins with nothing, and corrections of any."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from app.models.campaign import Campaign, Pack
from app.models.states import PackKind
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, VersionStale, Words, invalid
from app.platform.ids import new_id
from app.platform.pulse import PACKS, raise_topic
from app.shared.campaigns.contents import Planned, count_contents, read_planned
from app.shared.campaigns.current import PackFacts, pack_facts
from app.shared.campaigns.drafts import OBJECT, NewPack, add_draft
from app.shared.campaigns.edition import EditionPart
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, Changes, changed, write

Row = TypeVar("Row", Campaign, Pack)


async def create_campaign(
    sessions: Sessions,
    clock: Clock,
    parts: Sequence[EditionPart],
    once: Once,
    *,
    actor: Actor,
    name: Words,
    starts_at: datetime,
    ends_at: datetime,
    packs: Sequence[NewPack],
) -> Planned:
    """A draft with packs and nothing in them. Raises `InputInvalid`."""
    _check_window(starts_at, ends_at)
    async with sessions.begin() as session:
        await once.first(session)
        row = Campaign(
            id=new_id(), name=name.zh, name_en=name.en, starts_at=starts_at, ends_at=ends_at
        )
        campaign = await add_draft(session, clock, row, packs, actor=actor, act="create")
        planned = Planned(campaign, await count_contents(session, parts, campaign.id))
        await once.keep(session, planned)
        await raise_topic(session, PACKS)
    return planned


async def change_campaign(
    sessions: Sessions,
    clock: Clock,
    parts: Sequence[EditionPart],
    *,
    actor: Actor,
    campaign_id: UUID,
    version: int,
    changes: Mapping[str, Any],
) -> Planned:
    """Correct its name and its dates. Raises `NotFound`, `VersionStale`, `InputInvalid`."""
    async with sessions.begin() as session:
        found = await session.scalar(
            select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
        )
        row = _as_seen(found, version)
        _check_window(changes.get("starts_at", row.starts_at), changes.get("ends_at", row.ends_at))
        fields = _correct(row, changes)
        await session.flush()
        verb = "campaigns.campaign.change"
        await write(session, [Act(actor, verb, OBJECT, campaign_id, fields, at=clock.now())])
        return await read_planned(session, parts, campaign_id)


async def change_pack(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    campaign_id: UUID,
    kind: PackKind,
    version: int,
    changes: Mapping[str, str],
) -> PackFacts:
    """Correct what the app shows of a pack. Raises `NotFound`, `VersionStale`."""
    async with sessions.begin() as session:
        this = (Pack.campaign_id == campaign_id, Pack.kind == kind)
        found = await session.scalar(select(Pack).where(*this).with_for_update(key_share=True))
        row = _as_seen(found, version)
        fields = _correct(row, changes)
        await session.flush()
        verb = "campaigns.pack.change"
        await write(session, [Act(actor, verb, "pack", row.id, fields, at=clock.now())])
        return pack_facts(row)


def _as_seen(row: Row | None, version: int) -> Row:
    """As whoever changes it has read it. Raises `NotFound`, `VersionStale`."""
    if row is None:
        raise NotFound()
    if row.version != version:
        raise VersionStale(version=row.version)
    return row


def _correct(row: Campaign | Pack, changes: Mapping[str, Any]) -> Changes:
    """What changed of it, for the ledger."""
    fields = changed({name: getattr(row, name) for name in changes}, changes)
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    return fields


def _check_window(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise invalid("ends_at", "须晚于 starts_at", "it has to be after starts_at", "window_empty")
