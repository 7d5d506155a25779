"""The quiz and its draw: a week from the rules to the last prize, and the count.

A play that was killed has left a quiz and a draw behind it, of which time makes the end. The next
one has its own, with tickets of its own, on later days; so nothing has to be undone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.replay.figures import Figure
from app.replay.health import times
from app.replay.health.bank import CODES, correct_key, open_quiz, read_bank
from app.replay.health.draw import DrawPlay
from app.replay.health.plan import PUBLISHED_ENTRANTS, Course, Plan, Taker, takers_of
from app.replay.health.quiz import TAKERS_AT_ONCE, Takers
from app.replay.members import gather_audience
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe
from app.replay.watch import next_first_day
from app.replay.wire import crowd
from app.schemas.draws import DrawOut, WinnerOut

PACK = "health"
WINNERS_AT_ONCE = 16
TICKET = "looking at a ticket"


async def play(stage: Stage) -> list[Figure]:
    """The part's figures. Raises `NotPlayable`, `Unreachable`."""
    plan, troupe = Plan.at(stage.scale), Troupe(stage)
    # Each person once, who never handed in once more, and every winner.
    stage.progress.plan(plan.people + plan.of(Course.ABANDONED, Course.LATE))
    stage.progress.scene("health: members")
    people = await gather_audience(stage, plan.people)
    takers = takers_of(plan, stage.seed, [person.account for person in people])
    first_day = await next_first_day(stage)
    await stage.move_clock(first_day + times.ANNOUNCED)
    quiz_id = await open_quiz(troupe, first_day)
    excluded = [taker.account for taker in _of(takers, Course.EXCLUDED)]
    draw = await DrawPlay.publish(troupe, plan, quiz_id, first_day, excluded)
    return await _Week(troupe, plan, takers, first_day, quiz_id, draw).play()


class _Week:
    """One quiz's and its draw's, and what is kept from one day to the next."""

    def __init__(
        self,
        troupe: Troupe,
        plan: Plan,
        takers: Sequence[Taker],
        first_day: datetime,
        quiz_id: str,
        draw: DrawPlay,
    ) -> None:
        self._troupe = troupe
        self._stage = troupe.stage
        self._plan = plan
        self._people = takers
        self._first_day = first_day
        self._quiz_id = quiz_id
        self._draw = draw
        self._takers = Takers(troupe, quiz_id)

    async def play(self) -> list[Figure]:
        await self._take_the_quiz()
        corrected = await correct_key(self._troupe, self._quiz_id)
        earned, lost = await self._freeze()
        await self._draw_it()
        await self._give_the_rest_away()
        self._stage.progress.scene("health: the count")
        never = _of(self._people, Course.LATE, Course.ABANDONED)
        counted = {
            "abandoned": await self._takers.count_abandoned(never),
            "handed_in": (await read_bank(self._troupe, self._quiz_id))[CODES[-1]]["asked"],
            "earned": earned,
            "lost": lost,
            "confirmed": await self._draw.prove(),
        }
        return figures(self._plan, await self._draw.read(), corrected, counted)

    async def _take_the_quiz(self) -> None:
        """Those who are slow begin first, and the crowd comes when their time is over."""
        slow = [taker for taker in self._people if taker.is_slow]
        await self._at(times.SLOW_ONES, "those who take their time")
        await self._takers.begin_slowly(slow)
        await self._stage.move_clock(self._first_day + times.IN_GRACE)
        await self._takers.come_back(_of(slow, Course.IN_GRACE))
        await self._at(times.TOO_LATE, "the quiz")
        await self._takers.come_too_late(_of(slow, Course.LATE))
        for _ in _of(slow, Course.ABANDONED):
            self._stage.progress.step()
        await self._takers.take([taker for taker in self._people if not taker.is_slow])

    async def _freeze(self) -> tuple[int, int]:
        """The list, and whom the corrected key brought a ticket and cost it."""
        await self._at(times.FROZEN, "the list is frozen")
        await self._draw.freeze()
        earned = await self._count_tickets(_of(self._people, Course.MISLED), is_listed=True)
        lost = await self._count_tickets(_of(self._people, Course.FLATTERED), is_listed=False)
        await self._draw.commit()
        return earned, lost

    async def _count_tickets(self, takers: Sequence[Taker], *, is_listed: bool) -> int:
        count = 0

        async def look(taker: Taker) -> None:
            nonlocal count
            mine = await self._troupe.read(taker.account, self._draw.ticket_path, act=TICKET)
            count += mine.get("is_listed") is is_listed
            self._takers.tickets[str(mine.get("ticket_no", ""))] = taker.account

        await crowd(takers, look, at_once=TAKERS_AT_ONCE)
        return count

    async def _draw_it(self) -> None:
        """Some winners do not come for their prize."""
        await self._at(times.DRAWN, "the draw")
        await self._draw.reveal()
        winners = (await self._draw.read()).winners
        await self._accept(winners[self._plan.idle :])
        await self._at(times.PRIZES_OVER, "prizes that nobody came for")
        for winner in winners[: self._plan.idle]:
            await self._draw.accept(self._whose(winner), expects="deadline_passed")

    async def _give_the_rest_away(self) -> None:
        """To substitutes: what nobody came for, and what two of the winners must not have."""
        winners = (await self._draw.read()).winners
        accepted = [winner.ticket_no for winner in winners if winner.state == "accepted"]
        await self._draw.disqualify(accepted[: self._plan.disqualified])
        winners = (await self._draw.read()).winners
        await self._accept([winner for winner in winners if winner.state == "awarded"])

    async def _accept(self, winners: Sequence[WinnerOut]) -> None:
        async def one(winner: WinnerOut) -> None:
            await self._draw.accept(self._whose(winner))

        await crowd(winners, one, at_once=WINNERS_AT_ONCE)

    def _whose(self, winner: WinnerOut) -> str:
        """Raises `NotPlayable`."""
        account = self._takers.tickets.get(winner.ticket_no)
        if account is None:
            raise NotPlayable("a ticket that nobody was told has won")
        return account

    async def _at(self, when: timedelta, title: str) -> None:
        await self._stage.move_clock(self._first_day + when)
        self._stage.progress.scene(f"health: {title}")


def figures(
    plan: Plan, drawn: DrawOut, corrected: Mapping[str, Any], counted: Mapping[str, int]
) -> list[Figure]:
    prizes = Counter(winner.state.value for winner in drawn.winners)
    moved = plan.handed_in - plan.of(Course.FAILED)
    reached = {
        "attempts_handed_in": (plan.handed_in, counted["handed_in"]),
        "attempts_abandoned": (plan.never_handed_in, counted["abandoned"]),
        "regraded": (plan.handed_in, corrected["regraded_count"]),
        "moved_by_the_corrected_key": (moved, corrected["moved_count"]),
        "tickets_earned_by_it": (plan.of(Course.MISLED), counted["earned"]),
        "tickets_lost_by_it": (plan.of(Course.FLATTERED), counted["lost"]),
        "prizes_accepted": (plan.units, prizes["accepted"]),
        "prizes_expired": (plan.idle, prizes["expired"]),
        "prizes_disqualified": (plan.disqualified, prizes["disqualified"]),
        "proof_confirmed": (1, counted["confirmed"]),
    }
    entrants = drawn.entrants_count or 0
    return [
        Figure(PACK, "quiz_and_draw_entrants", PUBLISHED_ENTRANTS, plan.entrants, entrants),
        *(Figure(PACK, name, None, *counts) for name, counts in reached.items()),
    ]


def _of(takers: Sequence[Taker], *courses: Course) -> list[Taker]:
    return [taker for taker in takers if taker.course in courses]
