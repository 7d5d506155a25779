"""A fair opening of free boxes, as members meet it: ask within the window, ask to have it another
way, take it back.

The order of all who asked is drawn (`app/shared/draws`). One ask a natural person and box. Who may
ask are those whose category's window has opened by then: the most in need first, as ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes_fulfilment import GiftBoxesAsk, GiftBoxesFreeClaim
from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.models.states_gift_boxes import DeliveryMode
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import TICKET
from app.packs.gift_boxes.boxes import find_box
from app.packs.gift_boxes.entitled import not_for
from app.packs.gift_boxes.free_windows import FreeBox
from app.packs.gift_boxes.orders import Delivery, delivery_columns
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.seals import OF_ASK
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, StateConflict
from app.shared import draws
from app.shared.approvals import Asked as ApprovalAsked
from app.shared.draws import (
    AskState,
    CrowdEntry,
    FairOpening,
    Numbers,
    Ticketed,
    ask_state,
    enter_order,
    find_draws,
    find_entries,
    find_entry,
    take_back,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Member
from app.shared.ledger import Act, made, write


@dataclass(frozen=True, slots=True)
class Asked(Ticketed):
    """How somebody wants a free box, and their ticket. `order_id`: what they were given, in turn
    or as a substitute."""

    box_id: UUID
    mode: DeliveryMode
    site_id: UUID | None
    given_up_at: datetime | None
    order_id: UUID | None

    @property
    def state(self) -> AskState:
        if self.order_id is not None:
            return AskState.GRANTED
        if self.given_up_at is not None:
            return AskState.WITHDRAWN
        return ask_state(self.entry.outcome, is_listed=self.entry.is_listed)


async def ask_in_window(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    free: FreeBox,
    fair: FairOpening,
    delivery: Delivery,
) -> Asked | None:
    """Ask for a free box, or to have it another way than before. None: whoever comes first has
    what is left.

    Raises `AlreadyAnswered` also after the window, `InputInvalid`, `NotEligible`, `NotOpen`
    (`PackClosed`), `ResultPending`, `AlreadyEntered`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        if fair.ordered_at is not None:
            return None
        refusal = not_for(free, delivery, member, clock.now())
        if refusal is not None:
            raise refusal
        entry = await enter_order(session, fair, member=member, now=clock.now())
        if entry is None:
            return None
        await _note_ask(session, sealer, entry.id, free.box.id, delivery)
        changes = made(box_id=free.box.id, mode=delivery.mode, site_id=delivery.site_id)
        act = Act(actor, "gift_boxes.ticket.ask", TICKET, entry.id, changes, at=clock.now())
        await write(session, [act])
        asked = await _asked(session, free.box.id, entry)
        await once.keep(session, asked)
    return asked


async def withdraw_ask(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    member: Member,
    actor: Actor,
    box_id: UUID,
) -> Asked:
    """Take it back, until the window closes; asking again gives the same ticket. Once the order
    is drawn, whoever waits for what comes free waits no longer.

    Raises `NotFound`, `DeadlinePassed`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session)
        fair = await _fair(session, box_id)
        entry = await find_entry(session, fair.draw_id, member_id=member.id)
        if entry is not None and entry.outcome is TurnOutcome.WAITING:
            await _give_up(session, entry, clock.now())
        else:
            entry = await take_back(session, fair.draw_id, member_id=member.id)
        act = Act(actor, "gift_boxes.ticket.withdraw", TICKET, entry.id, at=clock.now())
        await write(session, [act])
        withdrawn = await _asked(session, box_id, entry)
        await once.keep(session, withdrawn)
    return withdrawn


async def ask_order(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    box_id: UUID,
    public_numbers: Sequence[Numbers],
    reason: str,
) -> ApprovalAsked:
    """Two people enter the number that decides the order. Raises as `draws.ask_order`."""
    # A box's draw is made with it and never another.
    box = await find_box(sessions, box_id=box_id)
    return await draws.ask_order(
        sessions,
        once,
        actor=actor,
        pack=PackKind.GIFT_BOXES,
        fair=box.fair,
        public_numbers=public_numbers,
        reason=reason,
    )


async def find_ask(sessions: Sessions, *, member_id: UUID, box_id: UUID) -> Asked:
    """Mine. Raises `NotFound`."""
    async with sessions() as session:
        fair = await _fair(session, box_id)
        entry = await find_entry(session, fair.draw_id, member_id=member_id)
        if entry is None:
            raise NotFound()
        return await _asked(session, box_id, entry)


async def asks_of(
    session: AsyncSession, boxes: Sequence[BoxFacts], *, member_id: UUID
) -> dict[UUID, Asked]:
    """A member's, by box; of most boxes there is nothing to look for."""
    box_ids = {box.draw_id: box.id for box in boxes if box.draw_id is not None}
    if not box_ids:
        return {}
    entries = await find_entries(session, box_ids, member_id=member_id)
    if not entries:
        return {}
    return await _all_asked(session, {box_ids[each]: entries[each] for each in entries})


async def _fair(session: AsyncSession, box_id: UUID) -> FairOpening:
    fair = (await queries.require_box(session, box_id)).fair
    if fair is None:
        raise NotFound()
    return fair


async def _note_ask(
    session: AsyncSession, sealer: Sealer, entry_id: UUID, box_id: UUID, delivery: Delivery
) -> None:
    chosen = delivery_columns(delivery, sealer, OF_ASK)
    await session.execute(
        insert(GiftBoxesAsk)
        .values(entry_id=entry_id, box_id=box_id, **chosen)
        .on_conflict_do_update(index_elements=[GiftBoxesAsk.entry_id], set_=chosen)
    )


async def _give_up(session: AsyncSession, entry: CrowdEntry, now: datetime) -> None:
    """Of a substitute. Whoever gives them a box locks the same row."""
    ask = GiftBoxesAsk
    given_up_at = await session.scalar(
        select(ask.given_up_at).where(ask.entry_id == entry.id).with_for_update()
    )
    # Looked for behind the lock: a statement that waited for it sees what was there before.
    order_id = await session.scalar(
        select(GiftBoxesFreeClaim.order_id).where(GiftBoxesFreeClaim.order_id == entry.id)
    )
    if given_up_at is not None or order_id is not None:
        state = AskState.WITHDRAWN if order_id is None else AskState.GRANTED
        raise StateConflict(state=state.value)
    await session.execute(update(ask).where(ask.entry_id == entry.id).values(given_up_at=now))


async def _asked(session: AsyncSession, box_id: UUID, entry: CrowdEntry) -> Asked:
    asked = (await _all_asked(session, {box_id: entry})).get(box_id)
    if asked is None:
        raise NotFound()
    return asked


async def _all_asked(
    session: AsyncSession, entries: Mapping[UUID, CrowdEntry]
) -> dict[UUID, Asked]:
    """By box; none where the account is erased, whose ticket stays on its list."""
    ask = GiftBoxesAsk
    rows = await session.execute(
        select(ask.entry_id, ask.mode, ask.site_id, ask.given_up_at, GiftBoxesFreeClaim.order_id)
        .outerjoin(GiftBoxesFreeClaim, GiftBoxesFreeClaim.order_id == ask.entry_id)
        .where(ask.entry_id.in_([entry.id for entry in entries.values()]))
    )
    asks = {row.entry_id: row[1:] for row in rows}
    found = await find_draws(session, {entry.draw_id for entry in entries.values()})
    return {
        box_id: Asked(found[entry.draw_id], entry, box_id, *asks[entry.id])
        for box_id, entry in entries.items()
        if entry.id in asks
    }
