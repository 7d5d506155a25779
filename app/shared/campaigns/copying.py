"""Next year's edition, copied from an earlier one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from app.models.campaign import Campaign
from app.platform.clock import Clock, day_start, shanghai_day
from app.platform.db import Sessions
from app.platform.errors import Words, invalid
from app.platform.ids import new_id
from app.platform.pulse import PACKS, raise_topic
from app.shared.campaigns.contents import Planned, count_contents
from app.shared.campaigns.current import CampaignFacts, find_campaign
from app.shared.campaigns.drafts import NewPack, add_draft
from app.shared.campaigns.edition import Copying, EditionPart
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor


async def copy_campaign(
    sessions: Sessions,
    clock: Clock,
    parts: Sequence[EditionPart],
    once: Once,
    *,
    actor: Actor,
    campaign_id: UUID,
    name: Words,
    starts_on: date | None = None,
    shift_days: int | None = None,
) -> Planned:
    """Next year's edition: a draft with the packs, texts and plans of that one, every time moved
    by the same number of whole days, so that what began at midnight does so again.

    `starts_on`: the Shanghai day on which the copy begins, or `shift_days`, how many days later.
    Raises `NotFound`, `InputInvalid` (both or neither; a time beyond the calendar).
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Campaign.id).where(Campaign.id == campaign_id))
        source = await find_campaign(session, campaign_id)
        shift = _shift(source, starts_on, shift_days)
        field = "shift_days" if starts_on is None else "starts_on"
        draft = Copying(source.id, source, shift, field, actor, clock.now())
        row = Campaign(
            id=new_id(),
            name=name.zh,
            name_en=name.en,
            starts_at=draft.moved(source.starts_at),
            ends_at=draft.moved(source.ends_at),
            copied_from=source.id,
        )
        packs = [NewPack(pack.kind, pack.title, pack.summary) for pack in source.packs]
        target = await add_draft(session, clock, row, packs, actor=actor, act="copy")
        copying = replace(draft, target=target)
        for part in parts:
            await part.copy(session, copying)
        planned = Planned(target, await count_contents(session, parts, target.id))
        await once.keep(session, planned)
        # Last: who switches a pack raises the same topic, and must not wait for a long copy.
        await raise_topic(session, PACKS)
    return planned


def _shift(source: CampaignFacts, starts_on: date | None, shift_days: int | None) -> timedelta:
    if (starts_on is None) == (shift_days is None):
        zh, en = "starts_on 与 shift_days 填且只填一项", "one of starts_on and shift_days"
        raise invalid("starts_on", zh, en, "one_of")
    if shift_days is not None:
        return timedelta(days=shift_days)
    assert starts_on is not None
    return day_start(starts_on) - day_start(shanghai_day(source.starts_at))
