"""The desk of a site: orders are handed out, by their pass or by name, each once.

How wrong ones are counted is any counter's (`app/shared/counter`); the desk is bound to no hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesPickup
from app.models.states import PickupInput, PickupState
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.packs.gift_boxes import pickup_queries
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import OrderFacts, lock_orders
from app.packs.gift_boxes.pickup_queries import PickupFacts
from app.packs.gift_boxes.rules import next_state, shown
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.errors import Refusal, Words, invalid
from app.platform.ids import new_id
from app.shared.counter import Passes, Rounds
from app.shared.counter.device_time import pass_is_over
from app.shared.counter.refusals import (
    AlreadyCollected,
    CodeMalformed,
    CodeUnknown,
    NameUnknown,
    PassExpired,
    SeveralMatch,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.seals import NAME, PHONE
from app.shared.limits.guesses import GuessBudget
from app.shared.personal_data import AccessKind, log_access

HAND_OUT = AccessKind(
    "gift_boxes.hand_out",
    Words(
        "领取年货时核对了您的订单，看到打码的姓名与手机号。",
        "Your boxes were handed out; what was seen were a name and a phone, masked.",
    ),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose order it is: by a pass, or by name and digits; or what is wrong with it."""

    input: PickupInput
    order_id: UUID | None = None
    signed_at: datetime | None = None
    name: str = ""
    phone_last4: str = ""
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """One order at one desk. `site_id`: where, if not at the order's own site."""

    staff: StaffMember
    actor: Actor
    what: Shown
    site_id: UUID | None
    arrived: datetime


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The hand-out, what goes with it, and whom the desk should have before it, masked."""

    pickup: PickupFacts
    order: OrderFacts
    name: str
    phone: str


@dataclass(frozen=True)
class PickupDesk:
    """One a process."""

    sessions: Sessions
    clock: Clock
    sealer: Sealer
    digester: Digester
    passes: Passes
    guesses: GuessBudget

    def by_pass(self, text: str) -> Shown:
        """Its fault, if it has one, waits for its turn in the order of checks."""
        try:
            claims = self.passes.read(text.strip())
        except CodeUnknown as fault:
            return Shown(PickupInput.PASS, fault=fault)
        return Shown(PickupInput.PASS, order_id=claims.held_id, signed_at=claims.signed_at)

    def by_name(self, name: str, phone_last4: str) -> Shown:
        return Shown(PickupInput.NAME, name=name, phone_last4=phone_last4)

    async def hand_out(
        self,
        once: Once,
        *,
        staff: StaffMember,
        actor: Actor,
        what: Shown,
        site_id: UUID | None = None,
    ) -> HandedOut:
        """One packed order, now.

        Raises `QuotaExceeded`, `InputInvalid` (a site that is none), `CodeUnknown` (also for a
        name), `SeveralMatch`, `PassExpired`, `AlreadyCollected`, `StateConflict`.
        """
        presented = Presentation(staff, actor, what, site_id, self.clock.now())
        await self._rounds.check_budget(presented)
        try:
            async with self.sessions.begin() as session:
                await once.first(session)
                handed = await self._hand_out(session, presented)
                await once.keep(session, handed)
        except (CodeMalformed, CodeUnknown) as wrong:
            [limited] = await self._rounds.limit_guesses([presented], [wrong])
            assert isinstance(limited, Refusal)
            raise limited from wrong
        return handed

    @property
    def _rounds(self) -> Rounds[Presentation, HandedOut]:
        return Rounds(self.sessions, self.guesses, self._settle, device=_account)

    async def _settle(
        self, session: AsyncSession, presented: Sequence[Presentation]
    ) -> list[HandedOut | Refusal]:
        return [await self._hand_out(session, each) for each in presented]

    async def _hand_out(self, session: AsyncSession, presented: Presentation) -> HandedOut:
        order = await self._find(session, presented)
        site_id, site_name = await _site(session, order, presented.site_id)
        await self._check(session, order, presented)
        pickup = PickupFacts(
            id=new_id(),
            order_id=order.id,
            site_id=site_id,
            site_name=site_name,
            state=PickupState.COLLECTED,
            input=presented.what.input,
            collected_at=presented.arrived,
            staff_name=presented.staff.name,
            reversed_at=None,
        )
        await _insert(session, pickup, presented)
        await take(session, order, "pick_up", now=presented.arrived, actor=presented.actor)
        await log_access(
            session,
            self.clock,
            HAND_OUT,
            staff_id=presented.staff.id,
            roles=presented.staff.roles,
            member_ids=[order.member_id],
        )
        name, phone = await pickup_queries.sealed_name(session, order.member_id)
        return HandedOut(
            pickup,
            replace(order, decided=OrderState.PICKED_UP),
            NAME.show(self.sealer, name),
            PHONE.show(self.sealer, phone),
        )

    async def _find(self, session: AsyncSession, presented: Presentation) -> OrderFacts:
        """The one order that fits, locked."""
        what = presented.what
        if what.fault is not None:
            raise what.fault
        if what.order_id is not None:
            fitting = [what.order_id]
        else:
            fitting = await pickup_queries.find_by_name(
                session,
                self.sealer,
                self.digester,
                name=what.name,
                phone_last4=what.phone_last4,
                site_id=presented.site_id,
            )
        if len(fitting) > 1:
            raise SeveralMatch(matches=len(fitting))
        found = await lock_orders(session, GiftBoxesOrder.id.in_(fitting))
        if not found:
            raise NameUnknown() if what.input is PickupInput.NAME else CodeUnknown()
        return found[0]

    async def _check(
        self, session: AsyncSession, order: OrderFacts, presented: Presentation
    ) -> None:
        signed_at = presented.what.signed_at
        if pass_is_over(presented.arrived, signed_at, None):
            raise PassExpired(signed_at=shown(signed_at or presented.arrived))
        first = await pickup_queries.live_pickup(session, order.id)
        if first is not None:
            raise AlreadyCollected(
                first={
                    "by": first.staff_name,
                    "collected_at": shown(first.collected_at),
                    "site_name": first.site_name,
                }
            )
        next_state(order.state_at(presented.arrived), "pick_up")


async def _site(session: AsyncSession, order: OrderFacts, site_id: UUID | None) -> tuple[UUID, str]:
    """Where it is handed out. Raises `InputInvalid`; `CodeUnknown` of what is sent, not fetched."""
    if order.mode is not DeliveryMode.PICKUP or order.site_id is None:
        raise CodeUnknown()
    wanted = site_id or order.site_id
    found = await session.scalar(
        select(GiftBoxesSite.name).where(
            GiftBoxesSite.id == wanted, GiftBoxesSite.campaign_id == order.campaign_id
        )
    )
    if found is None:
        raise invalid("site_id", "没有这个自提点", "there is no such site", "site_unknown")
    return wanted, found


async def _insert(session: AsyncSession, pickup: PickupFacts, presented: Presentation) -> None:
    await session.execute(
        insert(GiftBoxesPickup).values(
            id=pickup.id,
            order_id=pickup.order_id,
            site_id=pickup.site_id,
            state=pickup.state,
            input=pickup.input,
            collected_at=pickup.collected_at,
            staff_id=presented.staff.id,
        )
    )


def _account(presented: Presentation) -> str:
    return str(presented.staff.id)
