"""The desk: pairs are handed out, by what is shown or at the door, with a network or without.

One way for all: `settle_desk.settle`, with the rules of `pickup_rules`; how rounds are settled
and wrong codes counted is any counter's (`app/shared/counter`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import PickupInput
from app.packs.couplets import desk_queries, queries
from app.packs.couplets.presented import (
    AtTheDoor,
    Disputed,
    HandedOut,
    Outcome,
    Presentation,
    Shown,
)
from app.packs.couplets.seals import PROXY_LOOKUP, RECIPIENT_NAME, RECIPIENT_PHONE
from app.packs.couplets.settle_desk import settle
from app.packs.couplets.settling import settle_event
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.errors import Refusal, Words
from app.shared.counter import Passes, Rounds, Upload, raise_if_all_are_the_callers
from app.shared.counter.codes import normalise
from app.shared.counter.refusals import CodeMalformed, CodeUnknown
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.seals import NAME, PHONE
from app.shared.limits.guesses import GuessBudget
from app.shared.personal_data import AccessKind, log_access
from app.shared.stock import Stock

# The type of a reservation's pass.
PASS_KIND = "couplets-pass+jwt"
HAND_OUT = AccessKind(
    "couplets.hand_out",
    Words(
        "领取春联时核对了您的预约，看到打码的姓名与手机号。",
        "Your couplets were handed out; what was seen were a name and a phone, masked.",
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a desk wrote down without a network. `device_at`, `device_seq`: when, and as its
    which, by the device."""

    pickup_no: str
    what: Shown | AtTheDoor
    device_at: datetime
    device_seq: int | None = None
    site_id: UUID | None = None


@dataclass(frozen=True)
class Desk:
    """One a process."""

    sessions: Sessions
    stock: Stock
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
        return Shown(PickupInput.PASS, reservation_id=claims.held_id, signed_at=claims.signed_at)

    def by_proxy_code(self, text: str) -> Shown:
        try:
            digests = PROXY_LOOKUP.digests(self.digester, normalise(text))
        except CodeMalformed as fault:
            return Shown(PickupInput.PROXY_CODE, fault=fault)
        return Shown(PickupInput.PROXY_CODE, code_digests=tuple(digests))

    def by_name(self, name: str, phone_last4: str) -> Shown:
        return Shown(PickupInput.NAME, name=name, phone_last4=phone_last4)

    async def hand_out(
        self,
        once: Once,
        *,
        staff: StaffMember,
        actor: Actor,
        event_id: UUID,
        what: Shown | AtTheDoor,
        site_id: UUID | None = None,
    ) -> HandedOut:
        """One pair, now.

        Raises `NotFound`, `QuotaExceeded`, `CodeMalformed`, `CodeUnknown` (also for a name),
        `SeveralMatch`, `PassExpired`, `AlreadyCollected`, `StateConflict`, `SoldOut`,
        `InputInvalid`.
        """
        presented = await self._presentation(event_id, staff, actor, what, site_id=site_id)
        await self._rounds.check_budget(presented)
        await self._settle_what_is_due(presented)
        try:
            async with self.sessions.begin() as session:
                await once.first(session)
                [outcome] = await self._settle(session, [presented])
                if isinstance(outcome, Refusal):
                    raise outcome
                assert isinstance(outcome, HandedOut), "only what was uploaded is disputed"
                await once.keep(session, outcome)
        except (CodeMalformed, CodeUnknown) as wrong:
            [limited] = await self._rounds.limit_guesses([presented], [wrong])
            assert isinstance(limited, Refusal)
            raise limited from wrong
        return outcome

    async def upload(
        self,
        *,
        staff: StaffMember,
        actor: Actor,
        event_id: UUID,
        sent_at: datetime,
        written: Sequence[Written],
    ) -> list[Outcome]:
        """What became of each, in order, all in one transaction; judged at the device's time,
        put right by what its clock said when it sent.

        What was accepted or disputed before is that again; what was refused is decided anew.
        Raises `NotFound`, `QuotaExceeded`.
        """
        if not written:
            await self._event(event_id)
            return []
        first = await self._presentation(event_id, staff, actor, written[0].what)
        await self._settle_what_is_due(first)
        outcomes = await self._rounds.present_all(
            [
                replace(
                    first,
                    what=each.what,
                    site_id=each.site_id,
                    pickup_no=each.pickup_no,
                    device_at=each.device_at,
                    upload=Upload(sent_at, each.device_seq),
                )
                for each in written
            ]
        )
        raise_if_all_are_the_callers(outcomes)
        return outcomes

    @property
    def _rounds(self) -> Rounds[Presentation, HandedOut | Disputed]:
        return Rounds(self.sessions, self.guesses, self._settle, device=_account)

    async def _settle(
        self, session: AsyncSession, presented: Sequence[Presentation]
    ) -> list[Outcome]:
        """A round, and whom the desk should have before it."""
        outcomes = await settle(session, self.sealer, self.digester, presented)
        return await _with_names(session, self.clock, self.sealer, presented[0].staff, outcomes)

    async def _settle_what_is_due(self, presented: Presentation) -> None:
        """So that the door has what is its own by now, whether a job has been or not."""
        event, now = presented.event, presented.arrived
        sites_due = any(
            site.released_at is None and now >= event.release_at(site) for site in event.sites
        )
        are_left = any(variant.reserved.free for variant in event.variants)
        if sites_due or (now >= event.reserve_closes_at and are_left):
            await settle_event(
                self.sessions, self.clock, self.stock, event=event, actor=presented.actor
            )

    async def _presentation(
        self,
        event_id: UUID,
        staff: StaffMember,
        actor: Actor,
        what: Shown | AtTheDoor,
        *,
        site_id: UUID | None = None,
    ) -> Presentation:
        event = await self._event(event_id)
        return Presentation(event, staff, actor, what, self.clock.now(), site_id)

    async def _event(self, event_id: UUID) -> queries.EventFacts:
        async with self.sessions() as session:
            return await queries.require_event(session, event_id)


async def _with_names(
    session: AsyncSession,
    clock: Clock,
    sealer: Sealer,
    staff: StaffMember,
    outcomes: Sequence[Outcome],
) -> list[Outcome]:
    """Masked, and written down for each member whose they are."""
    ids = [
        each.pickup.reservation_id
        for each in outcomes
        if isinstance(each, HandedOut) and each.pickup.reservation_id is not None
    ]
    found = await desk_queries.collectors(session, ids)
    await log_access(
        session,
        clock,
        HAND_OUT,
        staff_id=staff.id,
        roles=staff.roles,
        member_ids=[each.member_id for each in found.values()],
    )
    return [
        _named(sealer, each, found[each.pickup.reservation_id])
        if isinstance(each, HandedOut) and each.pickup.reservation_id in found
        else each
        for each in outcomes
    ]


def _named(sealer: Sealer, handed: HandedOut, row: desk_queries.Collector) -> HandedOut:
    if row.recipient_name_sealed is None or row.recipient_phone_sealed is None:
        name, phone = NAME.show(sealer, row.name_sealed), PHONE.show(sealer, row.phone_sealed)
    else:
        name = RECIPIENT_NAME.show(sealer, row.recipient_name_sealed)
        phone = RECIPIENT_PHONE.show(sealer, row.recipient_phone_sealed)
    return replace(handed, name=name, phone=phone)


def _account(presented: Presentation) -> str:
    return str(presented.staff.id)
