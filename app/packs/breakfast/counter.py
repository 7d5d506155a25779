"""Where vouchers are presented: many at a time, judged in order, written in one transaction.

Tills that call at the same moment are served in one round, and an upload is a round of its
own; both go through `_settle`. A voucher's row is locked first, everything else is read
after it, and a verdict counts for those behind it in the same round.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import RedemptionState, VoucherState
from app.packs.breakfast import counter_queries, counter_records
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.counter_queries import FoundVouchers
from app.packs.breakfast.counter_records import Redemption, Refused, Second
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
from app.packs.breakfast.redemption_refusals import CodeMalformed, CodeUnknown
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions, is_passing, sqlstate
from app.platform.errors import Forbidden, QuotaExceeded, Refusal, TemporarilyUnavailable
from app.platform.ids import new_id
from app.shared.limits.guesses import GuessBudget

UNIQUE_VIOLATION = "23505"
ATTEMPTS = 3
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


class Counter:
    """One a process."""

    def __init__(self, sessions: Sessions, guesses: GuessBudget) -> None:
        self._sessions = sessions
        self._guesses = guesses
        self._rounds: Coalescer[Presentation, Outcome] = Coalescer(
            self.present_all, most=MOST_A_ROUND
        )

    async def present(self, presented: Presentation) -> Outcome:
        """One voucher at a connected till, together with whoever calls just now.

        Raises the refusal.
        """
        return await self._rounds.ask(presented)

    async def present_all(self, presented: Sequence[Presentation]) -> list[Outcome]:
        """Each on its own, in order. Past its device's budget of wrong codes every
        answer is the same `QuotaExceeded`."""
        spent = await self._guesses.spent({_device(each) for each in presented})
        within = [each for each in presented if _device(each) not in spent]
        settled = iter(await self._limit_guesses(within, await self._settle_all(within)))
        return [
            self._out_of_guesses(spent[_device(each)]) if _device(each) in spent else next(settled)
            for each in presented
        ]

    async def look(self, presented: Presentation) -> tuple[VoucherFacts, CounterFacts]:
        """What presenting it now would redeem; nothing is locked and nothing changes.

        Raises the refusal.
        """
        spent = await self._guesses.spent({_device(presented)})
        if spent:
            raise self._out_of_guesses(spent[_device(presented)])
        async with self._sessions() as session:
            vouchers = await counter_queries.find_vouchers(session, [presented.scan], lock=False)
            [counter] = await counter_queries.look_at_counters(session, [presented], vouchers)
        voucher = vouchers.of(presented.scan)
        if counter is None:
            raise Forbidden()
        verdict = rules.judge(presented, voucher, counter)
        if isinstance(verdict, Refusal):
            [refusal] = await self._limit_guesses([presented], [verdict])
            assert isinstance(refusal, Refusal)
            raise refusal
        assert voucher is not None, "a scan without a voucher was refused above"
        return voucher, counter

    async def drain(self) -> None:
        """Finish what is in flight (shutdown)."""
        await self._rounds.drain()

    async def _settle_all(self, presented: Sequence[Presentation]) -> Sequence[Outcome]:
        if not presented:
            return []
        try:
            return await self._settle_together(presented)
        except DBAPIError as error:
            if is_passing(error) or len(presented) == 1:
                raise
        # One of them is more than the database will hold: it must not fail its neighbours.
        return [await self._settle_alone(each) for each in presented]

    async def _settle_alone(self, presented: Presentation) -> Outcome:
        [outcome] = await self._settle_together([presented])
        return outcome

    async def _settle_together(self, presented: Sequence[Presentation]) -> Sequence[Outcome]:
        for _ in range(ATTEMPTS):
            try:
                async with self._sessions.begin() as session:
                    return await _settle(session, presented)
            except IntegrityError as error:
                # Another voucher raced for one of the numbers and has committed: look again.
                if sqlstate(error) != UNIQUE_VIOLATION:
                    raise
        raise TemporarilyUnavailable()

    async def _limit_guesses(
        self, presented: Sequence[Presentation], outcomes: Sequence[Outcome]
    ) -> Sequence[Outcome]:
        """Wrong codes are counted before they are answered; those beyond the budget hear
        no more than that."""
        wrong = Tally(
            _device(each)
            for each, outcome in zip(presented, outcomes, strict=True)
            if isinstance(outcome, CodeMalformed | CodeUnknown)
        )
        if not wrong:
            return outcomes
        left = {device: await self._guesses.spend(device, count) for device, count in wrong.items()}
        limited = list(outcomes)
        for place, (each, outcome) in enumerate(zip(presented, outcomes, strict=True)):
            if isinstance(outcome, CodeMalformed | CodeUnknown):
                left[_device(each)] -= 1
                if left[_device(each)] < 0:
                    limited[place] = self._out_of_guesses(self._guesses.policy.window_s)
        return limited

    def _out_of_guesses(self, retry_after_s: int) -> QuotaExceeded:
        return QuotaExceeded(retry_after_s=retry_after_s, policy=self._guesses.policy.name)


async def _settle(session: AsyncSession, presented: Sequence[Presentation]) -> list[Outcome]:
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
        number = (counter.store.id, presented.redemption_no)
        return replace(
            counter,
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


def _device(presented: Presentation) -> str:
    return str(presented.till.device_id)
