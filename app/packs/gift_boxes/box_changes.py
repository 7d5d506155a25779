"""Staff's side of boxes: correct one, add boxes or take some out of the sale."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesBox
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import box_act
from app.packs.gift_boxes.boxes import set_contents, set_sites
from app.packs.gift_boxes.new_boxes import NewSite
from app.packs.gift_boxes.offers import offer_free
from app.packs.gift_boxes.pictures import NewPicture, set_pictures
from app.packs.gift_boxes.queries import BoxFacts, ContentFacts
from app.packs.gift_boxes.substitutes import give_to_substitutes
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, VersionStale, Words
from app.shared.draws import check_moved
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Stock, change_person_limit, change_pool, lock_pools


async def change_box(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    *,
    actor: Actor,
    box_id: UUID,
    version: int,
    changes: Mapping[str, Any],
    contents: Sequence[ContentFacts] | None = None,
    sites: Sequence[NewSite] | None = None,
    pictures: Sequence[NewPicture] | None = None,
) -> BoxFacts:
    """Texts, prices, limits, times, sites, pictures; orders that stand keep what they were shown.

    Raises `NotFound`, `VersionStale`, `StateConflict` (the window of a fair draw, which is
    published), `InputInvalid`.
    """
    async with sessions.begin() as session:
        box = await _lock_box(session, box_id)
        if box.version != version:
            raise VersionStale(version=box.version)
        after = {name: getattr(box, name) for name in _JUDGED} | dict(changes)
        _check(after)
        check_moved(box.fair, after["opens_at"], after["closes_at"], "closes_at")
        await session.execute(
            update(GiftBoxesBox)
            .where(GiftBoxesBox.id == box_id)
            .values(version=GiftBoxesBox.version + 1, **changes)
        )
        await _change_pools(session, box, changes)
        if contents is not None:
            await set_contents(session, box_id, contents)
        if sites is not None:
            await set_sites(session, box.campaign_id, box_id, sites)
        if pictures is not None:
            await set_pictures(session, box_id, pictures)
        changed = await queries.require_box(session, box_id)
        await write(session, [box_act(actor, "change", box, changed, at=clock.now())])
    await stock.announce(changed.sold)
    return changed


async def change_stock(
    sessions: Sessions,
    clock: Clock,
    stock: Stock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    box_id: UUID,
    pool: str,
    expected_total: int,
    total: int,
    reason: str,
) -> BoxFacts:
    """More or fewer of a box, in one of its two pools (`sold`, `free`). What is added is
    offered to who waits, or given to who asked in a fair opening, before anybody else can have
    it.

    Raises `NotFound`, `VersionStale`, `BelowIssued`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(GiftBoxesBox.id).where(GiftBoxesBox.id == box_id))
        box = await _lock_box(session, box_id)
        wanted = box.sold if pool == "sold" else box.free
        await change_pool(
            session, wanted.id, why=reason, expected_total=expected_total, total=total
        )
        await session.execute(
            update(GiftBoxesBox)
            .where(GiftBoxesBox.id == box_id)
            .values(version=GiftBoxesBox.version + 1)
        )
        now = clock.now()
        if pool == "sold" and total > expected_total:
            await offer_free(session, box, total - expected_total, now=now, actor=actor)
        if pool == "free":
            await give_to_substitutes(session, sealer, box_id, now=now, actor=actor)
        changed = await queries.require_box(session, box_id)
        act = box_act(actor, "change_stock", box, changed, at=now, reason=reason)
        await write(session, [act])
        await once.keep(session, changed)
    await stock.announce(changed.sold if pool == "sold" else changed.free)
    return changed


async def _lock_box(session: AsyncSession, box_id: UUID) -> BoxFacts:
    """The box, then its pools: whoever orders it reads its price under those. Raises
    `NotFound`."""
    await queries.lock_box(session, box_id)
    box = await queries.require_box(session, box_id)
    await lock_pools(session, [box.sold.id, box.free.id])
    return await queries.require_box(session, box_id)


async def _change_pools(session: AsyncSession, box: BoxFacts, changes: Mapping[str, Any]) -> None:
    if changes.keys() & {"opens_at", "closes_at"}:
        for pool in sorted((box.sold, box.free), key=lambda each: each.id):
            await change_pool(
                session,
                pool.id,
                why="window changed",
                opens_at=changes.get("opens_at"),
                closes_at=changes.get("closes_at"),
            )
    if "per_person" in changes:
        await change_person_limit(
            session,
            [box.sold.id],
            why="limit changed",
            per_person_total=changes["per_person"],
        )


_JUDGED = ("opens_at", "closes_at", "list_price_fen", "member_price_fen")


def _check(after: Mapping[str, Any]) -> None:
    errors = []
    opens_at: datetime = after["opens_at"]
    if opens_at >= after["closes_at"]:
        errors.append(FieldError("#/closes_at", _EMPTY, "window_empty"))
    if after["member_price_fen"] > after["list_price_fen"]:
        errors.append(FieldError("#/member_price_fen", _DEARER, "dearer_than_listed"))
    if errors:
        raise InputInvalid(errors=tuple(errors))


_EMPTY = Words("结束应晚于开始", "should be later than the beginning")
_DEARER = Words("会员价不应高于市场价", "should not be above the list price")
