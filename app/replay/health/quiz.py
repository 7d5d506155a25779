"""Takers: they begin, save, hand in; some too late, some never, some twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.replay.health.bank import chosen
from app.replay.health.plan import Course, Taker
from app.replay.troupe import Troupe
from app.replay.wire import Answer, crowd

TAKERS_AT_ONCE = 64
# Saved before the rest is handed in.
SAVED = 3
BEGIN, HAND_IN = "beginning an attempt", "handing an attempt in"


@dataclass(slots=True)
class Attempt:
    """On its way. An empty id: it never began, which was a surprise."""

    id: str = ""
    answers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/health/attempts/{self.id}"


class Takers:
    """Everybody who takes one quiz. `tickets`: whose each is, as they were told."""

    def __init__(self, troupe: Troupe, quiz_id: str) -> None:
        self._troupe = troupe
        self._path = f"/v1/health/quizzes/{quiz_id}/attempts"
        self._attempts: dict[str, Attempt] = {}
        self.tickets: dict[str, str] = {}

    async def begin_slowly(self, takers: Sequence[Taker]) -> None:
        """They save something, and put the phone away."""

        async def one(taker: Taker) -> None:
            await self._begin(taker)
            await self._save(taker)

        await crowd(takers, one, at_once=TAKERS_AT_ONCE)

    async def come_back(self, takers: Sequence[Taker]) -> None:
        """In the grace what comes along still counts."""

        async def one(taker: Taker) -> None:
            await self._save(taker, expects="deadline_passed")
            await self._hand_in(taker)
            self._troupe.stage.progress.step()

        await crowd(takers, one, at_once=TAKERS_AT_ONCE)

    async def come_too_late(self, takers: Sequence[Taker]) -> None:
        async def one(taker: Taker) -> None:
            await self._hand_in(taker, expects="deadline_passed")
            self._troupe.stage.progress.step()

        await crowd(takers, one, at_once=TAKERS_AT_ONCE)

    async def take(self, takers: Sequence[Taker]) -> None:
        """From the first question to the result."""

        async def one(taker: Taker) -> None:
            await self._begin(taker)
            await self._save(taker)
            await self._hand_in(taker)
            if taker.course is Course.AGAIN:
                await self._hand_in(taker)
                await self._troupe.act(
                    taker.account, self._path, expects="attempts_used", act="a second attempt"
                )
            self._troupe.stage.progress.step()

        await crowd(takers, one, at_once=TAKERS_AT_ONCE)

    async def _begin(self, taker: Taker) -> None:
        begun = await self._begun(taker)
        if any("key" in question for question in begun.get("questions", [])):
            self._troupe.stage.surprises.note(f"{BEGIN}: keys are in it")
        answers = chosen(taker, begun.get("questions", []))
        self._attempts[taker.account] = Attempt(str(begun.get("id", "")), answers)

    async def _begun(self, taker: Taker) -> dict[str, Any]:
        if taker.course is not Course.AT_ONCE:
            return await self._troupe.act(taker.account, self._path, expects="201", act=BEGIN)
        return self._one_of(
            await asyncio.gather(*(self._troupe.send(taker.account, self._path) for _ in range(2)))
        )

    def _one_of(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Two phones at the same moment: one attempt, and the other hears of it."""
        stage, act = self._troupe.stage, "beginning on two phones"
        for answer in answers:
            stage.expect(answer, "201", "attempts_used", "state_conflict", act=act)
        begun = [answer.body for answer in answers if answer.status == 201]
        if len(begun) != 1:
            stage.surprises.note(f"{act}: {len(begun)} attempts")
        return begun[0] if begun else {}

    async def _save(self, taker: Taker, *, expects: str = "200") -> None:
        stage, attempt = self._troupe.stage, self._attempts[taker.account]
        first = dict(list(attempt.answers.items())[:SAVED])
        answer = await stage.wire.send(
            "PUT",
            f"{attempt.path}/answers",
            token=stage.member_token(taker.account),
            body={"answers": first},
        )
        stage.expect(answer, expects, act="saving answers")

    async def _hand_in(self, taker: Taker, *, expects: str = "200") -> None:
        """With the answers that were not saved; the score that the phone claims is not read."""
        attempt = self._attempts[taker.account]
        rest = dict(list(attempt.answers.items())[SAVED:])
        body = {"answers": rest, "score": 100}
        path = f"{attempt.path}/submission"
        result = await self._troupe.act(taker.account, path, body, expects=expects, act=HAND_IN)
        if result:
            self._keep(taker, result)

    def _keep(self, taker: Taker, result: dict[str, Any]) -> None:
        """The key of the last question is still the wrong one."""
        points = taker.knows + (taker.course is Course.FLATTERED)
        earns = taker.course not in {Course.MISLED, Course.FAILED, Course.EXCLUDED}
        ticket = result["ticket_no"]
        if result["score"] != points or (ticket is not None) != earns:
            self._troupe.stage.surprises.note(f"{HAND_IN}: another score, or another's ticket")
        if ticket is not None:
            self.tickets[ticket] = taker.account

    async def count_abandoned(self, takers: Sequence[Taker]) -> int:
        """As they see it themselves."""
        count = 0

        async def one(taker: Taker) -> None:
            nonlocal count
            for attempt in await self._troupe.read_all(taker.account, "/v1/health/attempts"):
                is_ours = attempt["id"] == self._attempts[taker.account].id
                count += is_ours and attempt["state"] == "abandoned"
            self._troupe.stage.progress.step()

        await crowd(takers, one, at_once=TAKERS_AT_ONCE)
        return count
