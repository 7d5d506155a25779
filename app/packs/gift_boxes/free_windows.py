"""Who may have a free box, and from when: a window by category, the most in need first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes_fulfilment import GiftBoxesFreeWindow
from app.models.states import Category
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import BOX
from app.packs.gift_boxes.fulfilment_rules import Window, windows_of
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.clock import Clock
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.errors import InputInvalid, StateConflict, invalid
from app.shared.campaigns import ClosedPacks
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write


@dataclass(frozen=True, slots=True)
class FreeBox:
    """A box and who may have a free one, the earliest first."""

    box: BoxFacts
    windows: tuple[Window, ...]

    @property
    def categories(self) -> list[Category]:
        return [each.category for each in self.windows]


class FreeBoxes:
    """One a process. Never cached: nothing may be given by stale rules. A crowd asks once."""

    def __init__(self, sessions: Sessions, closed: ClosedPacks) -> None:
        self._sessions = sessions
        self._closed = closed
        self._boxes: Coalescer[UUID, FreeBox | None] = Coalescer(self._load)

    async def find(self, box_id: UUID) -> FreeBox | None:
        """A box that members may see: none that is of a draft edition."""
        free = await self._boxes.ask(box_id)
        return None if free is None or self._closed.is_draft(free.box.campaign_id) else free

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._boxes.drain()

    async def _load(self, ids: Sequence[UUID]) -> list[FreeBox | None]:
        async with self._sessions() as session:
            boxes = await queries.find_boxes(session, set(ids))
            said = await _said(session, boxes)
        return [
            FreeBox(boxes[each], windows_of(said.get(each, ()), boxes[each].opens_at))
            if each in boxes
            else None
            for each in ids
        ]


async def get_windows(sessions: Sessions, *, box_id: UUID) -> FreeBox:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await read_free_box(session, box_id)


async def set_windows(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    box_id: UUID,
    windows: Sequence[Window],
    reason: str,
) -> FreeBox:
    """Instead of those before, for claims from now on; what was given stays given. None: hardship
    alone, with the sale.

    Raises `NotFound`, `InputInvalid` (a window outside of the sale, or where a fair draw is under
    way), `StateConflict` (people ask already, or wait for their turn).
    """
    async with sessions.begin() as session:
        await queries.lock_box(session, box_id)
        before = await read_free_box(session, box_id)
        _check(before.box, windows, clock.now())
        await session.execute(
            delete(GiftBoxesFreeWindow).where(GiftBoxesFreeWindow.box_id == box_id)
        )
        if windows:
            rows = [
                {"box_id": box_id, "category": each.category, "opens_at": each.opens_at}
                for each in windows
            ]
            await session.execute(insert(GiftBoxesFreeWindow), rows)
        after = await read_free_box(session, box_id)
        act = Act(
            actor,
            "gift_boxes.box.set_free_windows",
            BOX,
            box_id,
            changed(_fields(before), _fields(after)),
            at=clock.now(),
            reason=reason,
        )
        await write(session, [act])
    return after


def _check(box: BoxFacts, windows: Sequence[Window], now: datetime) -> None:
    if any(not box.opens_at <= each.opens_at < box.closes_at for each in windows):
        raise outside_sale()
    fair = box.fair
    if fair is None or fair.ordered_at is not None:
        return
    if now >= fair.opens_at:
        raise StateConflict(state=fair.phase_at(now).value)
    # Whoever is to come later must not stand in one order with those who come first.
    if any(fair.opens_at < each.opens_at < fair.result_at for each in windows):
        zh, en = "应与开放同时，或在抽签结果之后", "should be the opening's, or after the result"
        raise invalid("windows", zh, en, "window_within_draw")


def outside_sale() -> InputInvalid:
    return invalid("windows", "应在销售期内", "should lie within the sale", "window_outside_sale")


async def read_free_box(session: AsyncSession, box_id: UUID) -> FreeBox:
    """As this transaction sees it. Raises `NotFound`."""
    box = await queries.require_box(session, box_id)
    said = await _said(session, [box_id])
    return FreeBox(box, windows_of(said.get(box_id, ()), box.opens_at))


async def _said(session: AsyncSession, box_ids: Collection[UUID]) -> dict[UUID, list[Window]]:
    rows = await session.execute(
        select(
            GiftBoxesFreeWindow.box_id,
            GiftBoxesFreeWindow.category,
            GiftBoxesFreeWindow.opens_at,
        ).where(GiftBoxesFreeWindow.box_id.in_(box_ids))
    )
    found: dict[UUID, list[Window]] = {}
    for box_id, category, opens_at in rows:
        found.setdefault(box_id, []).append(Window(category, opens_at))
    return found


def _fields(free: FreeBox) -> dict[str, Any]:
    return {"windows": [[each.category, each.opens_at] for each in free.windows]}
