"""Where vouchers are presented: many at a time, judged in order, written in one transaction.

Tills that call at the same moment are served in one round, and an upload is a round of its
own; both go through `_settle`. A voucher's row is locked first, everything else is read
after it, and a verdict counts for those behind it in the same round.

Whoever presents a voucher that this process met as redeemed has rounds apart
(`_settle_spent`): he moves nothing, so the voucher is not locked and there is no transaction.
So have those who only look (`looking.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast import counter_queries, counter_records
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.counter_queries import FoundVouchers
from app.packs.breakfast.counter_records import Redemption, Refused, Second
from app.packs.breakfast.looking import Seen, look
from app.packs.breakfast.presented import (
    Accepted,
    Contested,
    CounterFacts,
    LiveRedemption,
    Presentation,
    RedemptionFacts,
    Repeated,
    VoucherFacts,
)
from app.packs.breakfast.redemption_refusals import AlreadyRedeemed
from app.packs.breakfast.spent import Spent
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, is_passing, one_statement
from app.platform.errors import Forbidden, Refusal, TemporarilyUnavailable
from app.platform.ids import new_id
from app.shared.counter import Rounds, answer_all
from app.shared.limits.guesses import GuessBudget

MOST_A_ROUND = 64


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The redemption, and whether this number had redeemed this voucher before."""

    redemption: RedemptionFacts
    repeated: bool


@dataclass(frozen=True, slots=True)
class Disputed:
    """Another till was first; both scans are kept until staff decide.

    `first`: the voucher's live redemption, if it still has one.
    """

    at: datetime
    repeated: bool
    first: LiveRedemption | None


Outcome = Redeemed | Disputed | Refusal


class _Again(NamedTuple):
    """A voucher at a connected till that the process met as redeemed, as it was then."""

    presented: Presentation
    voucher: VoucherFacts


class Counter:
    """One a process."""

    def __init__(self, sessions: Sessions, guesses: GuessBudget) -> None:
        self._sessions = sessions
        self._rounds = Rounds[Presentation, Redeemed | Disputed](
            sessions, guesses, self._settle, device=_device
        )
        # Before a round and not in it, so that rounds do not wait for Redis one after the other.
        self._budgets: Coalescer[Presentation, None] = Coalescer(self._rounds.check_budgets)
        self._together: Coalescer[Presentation, Outcome] = Coalescer(
            self._rounds.settle_all, most=MOST_A_ROUND
        )
        self._looks: Coalescer[Presentation, Seen] = Coalescer(self._look_all, most=MOST_A_ROUND)
        self._spent = Spent()
        self._again: Coalescer[_Again, Outcome | None] = Coalescer(
            self._present_again, most=MOST_A_ROUND
        )

    async def present(self, presented: Presentation) -> Outcome:
        """One voucher at a connected till, together with whoever calls just now.

        Raises the refusal.
        """
        await self._budgets.ask(presented)
        voucher = self._spent.of(presented.scan)
        if voucher is not None:
            outcome = await self._again.ask(_Again(presented, voucher))
            if outcome is not None:
                return outcome
            self._spent.forget(presented.scan)
        return await self._together.ask(presented)

    async def present_all(self, presented: Sequence[Presentation]) -> list[Outcome]:
        """Each on its own, in order (`app/shared/counter/rounds.py`)."""
        return await self._rounds.present_all(presented)

    async def look(self, presented: Presentation) -> Seen:
        """What presenting it now would redeem, together with whoever asks just now; nothing is
        locked and nothing changes. Raises the refusal.
        """
        await self._budgets.ask(presented)
        return await self._looks.ask(presented)

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._budgets.drain()
        await self._again.drain()
        await self._together.drain()
        await self._looks.drain()

    async def _look_all(self, presented: Sequence[Presentation]) -> Sequence[Seen | Refusal]:
        seen = await answer_all(partial(look, self._sessions), presented)
        return await self._rounds.limit_guesses(presented, seen)

    async def _settle(
        self, session: AsyncSession, presented: Sequence[Presentation]
    ) -> list[Outcome]:
        vouchers = await counter_queries.find_vouchers(
            session, [each.scan for each in presented], lock=True
        )
        counters = await counter_queries.look_at_counters(session, presented, vouchers)
        ledger = _Round(vouchers)
        outcomes = [
            ledger.settle(each, counter) if counter is not None else Forbidden()
            for each, counter in zip(presented, counters, strict=True)
        ]
        if not await counter_records.record_redemptions(session, ledger.accepted):
            raise TemporarilyUnavailable()
        await counter_records.record_disputes(session, ledger.contested)
        await counter_records.record_refusals(session, ledger.refused)
        # Before the commit: a note that is wrong or early costs one look.
        for each, outcome in zip(presented, outcomes, strict=True):
            voucher = vouchers.of(each.scan)
            if voucher is not None and isinstance(outcome, AlreadyRedeemed):
                self._spent.note(each.scan, voucher)
        return outcomes

    async def _present_again(self, asked: Sequence[_Again]) -> Sequence[Outcome | None]:
        """Each on its own; None: to be presented like any other voucher."""
        try:
            return await self._settle_spent(asked)
        except DBAPIError as error:
            if is_passing(error):
                raise
        # It is one of them, and a common round settles each alone.
        return [None] * len(asked)

    async def _settle_spent(self, asked: Sequence[_Again]) -> list[Outcome | None]:
        """One look, and one line of those who are refused, each a statement by itself. None
        where the look finds the voucher redeemed no more."""
        vouchers = FoundVouchers(
            {voucher.id: voucher for _, voucher in asked},
            {digest: voucher.id for each, voucher in asked for digest in each.scan.code_digests},
        )
        presented = [each for each, _ in asked]
        ledger = _Round(vouchers)
        async with self._sessions() as session:
            connection = await one_statement(session)
            counters = await counter_queries.look_at_counters(connection, presented, vouchers)
            outcomes = [
                _settled_spent(ledger, each, counter)
                for each, counter in zip(presented, counters, strict=True)
            ]
            await counter_records.record_refusals(connection, ledger.refused)
        return outcomes


@dataclass(slots=True)
class _Round:
    """The verdicts of one round. What was accepted counts for those that come after it."""

    vouchers: FoundVouchers
    accepted: list[Redemption] = field(default_factory=list)
    contested: list[Second] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    _live: dict[UUID, LiveRedemption] = field(default_factory=dict)
    _known: dict[tuple[UUID, str | None], RedemptionFacts] = field(default_factory=dict)
    _disputed: dict[tuple[UUID, str | None], UUID] = field(default_factory=dict)

    def settle(self, presented: Presentation, counter: CounterFacts) -> Outcome:
        voucher = self.vouchers.of(presented.scan)
        counter = self._as_of_now(presented, voucher, counter)
        verdict = rules.judge(presented, voucher, counter)
        if isinstance(verdict, Repeated):
            return Redeemed(verdict.redemption, repeated=True)
        if isinstance(verdict, Refusal):
            voucher_id = voucher.id if voucher else None
            at = rules.judged_at(presented, voucher)
            self.refused.append(Refused(presented, counter.store.id, voucher_id, verdict.code, at))
            return verdict
        assert voucher is not None, "a scan without a voucher was refused above"
        if isinstance(verdict, Accepted):
            return self._accept(presented, voucher, counter, verdict)
        return self._contest(presented, voucher, counter, verdict)

    def _as_of_now(
        self, presented: Presentation, voucher: VoucherFacts | None, counter: CounterFacts
    ) -> CounterFacts:
        if not (self._known or self._disputed):
            return counter
        number = (counter.store.id, presented.redemption_no)
        return counter._replace(
            known=self._known.get(number, counter.known),
            disputed=self._disputed.get(number, counter.disputed),
            live=(voucher and self._live.get(voucher.id)) or counter.live,
        )

    def _accept(
        self,
        presented: Presentation,
        voucher: VoucherFacts,
        counter: CounterFacts,
        verdict: Accepted,
    ) -> Redeemed:
        store, device_id = counter.store, presented.till.device_id
        assert presented.redemption_no is not None, "what is only looked at is not settled"
        facts = RedemptionFacts(
            id=new_id(),
            redemption_no=presented.redemption_no,
            voucher_id=voucher.id,
            face_value_fen=voucher.face_value_fen,
            input=presented.scan.input,
            state=RedemptionState.REDEEMED,
            redeemed_at=verdict.at,
            test=store.test,
        )
        self.accepted.append(Redemption(presented, store.id, facts))
        self.vouchers.by_id[voucher.id] = replace(voucher, state=VoucherState.REDEEMED)
        self._live[voucher.id] = LiveRedemption(
            facts.id, verdict.at, store.id, store.name, device_id
        )
        self._known[store.id, presented.redemption_no] = facts
        return Redeemed(facts, repeated=False)

    def _contest(
        self,
        presented: Presentation,
        voucher: VoucherFacts,
        counter: CounterFacts,
        verdict: Contested,
    ) -> Disputed:
        if not verdict.repeated:
            assert counter.live is not None, "only a redeemed voucher is contested"
            store_id = counter.store.id
            self.contested.append(
                Second(presented, store_id, voucher.id, counter.live.id, verdict.at)
            )
            self._disputed[store_id, presented.redemption_no] = voucher.id
        return Disputed(verdict.at, verdict.repeated, counter.live)


def _settled_spent(
    ledger: _Round, presented: Presentation, counter: CounterFacts | None
) -> Outcome | None:
    if counter is None:
        return Forbidden()
    # A voucher is redeemed for as long as it has a live redemption.
    return ledger.settle(presented, counter) if counter.live is not None else None


def _device(presented: Presentation) -> str:
    return str(presented.till.device_id)
