"""The opening of a drop: everybody's thumb comes down at once.

Not all of them press once, undisturbed and in good faith. Whatever they do, a person has
one voucher of a drop at most, and who may not have one gets none.
"""

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.replay.breakfast.people import Person
from app.replay.breakfast.plan import Manner, Presser
from app.replay.stage import Stage
from app.replay.wire import Answer, Cut, crowd
from app.schemas.breakfast import StaffBatchOut, VoucherOut

CONNECTIONS = 256
# One winner in so many presses again as before; the next one wants a second voucher.
ODD_WINNERS = 50
CUTS = {Manner.CUT_OFF_EARLY: Cut.EARLY, Manner.CUT_OFF_LATE: Cut.LATE}
FIRST, SECOND = "1", "2"
OTHER_PHONE = "1-other-phone"


@dataclass(frozen=True, slots=True)
class Won:
    """A voucher in a worker's hand, and the press of which account it came by."""

    account: str
    press: str
    voucher_id: str
    code: str


class Opening:
    """One drop, from the moment it opens."""

    def __init__(self, stage: Stage, drop: StaffBatchOut, tokens: Mapping[str, str]) -> None:
        self._stage = stage
        self._path = f"/v1/breakfast/batches/{drop.id}/claims"
        self._tokens = tokens
        self._won: dict[Person, Won] = {}

    async def play(
        self, pressers: Sequence[Presser], empty_handed: AbstractSet[Person]
    ) -> dict[Person, Won]:
        """Everybody presses; who won what, in the order of the vouchers' accounts.

        Whoever has never had a voucher gets up earlier: their presses are answered before
        the others begin, so how many take part in all is not left to luck.
        """
        early = [presser for presser in pressers if presser.person in empty_handed]
        others = [presser for presser in pressers if presser.person not in empty_handed]
        for wave in (early, others):
            await crowd(wave, self._press, at_once=CONNECTIONS)
        won = dict(sorted(self._won.items(), key=lambda pair: pair[1].account))
        winners = list(won.values())
        await crowd(winners[::ODD_WINNERS], self._ask_again, at_once=CONNECTIONS)
        await crowd(winners[1::ODD_WINNERS], self._want_another, at_once=CONNECTIONS)
        return won

    async def _press(self, presser: Presser) -> None:
        person, manner = presser.person, presser.manner
        if manner is Manner.NOT_ENTITLED:
            await self._press_in_vain(person)
        elif manner in CUTS:
            await self._press_and_lose(person, CUTS[manner])
        elif manner is Manner.ON_TWO_PHONES:
            await self._press_together(
                person, (person.account, FIRST), (person.account, OTHER_PHONE)
            )
        elif manner is Manner.IN_TWO_ACCOUNTS:
            await self._press_together(person, *((account, FIRST) for account in person.accounts))
        else:
            self._hear(person, FIRST, await self._send(person.account, FIRST), "a press")
        self._stage.progress.step()

    async def _press_in_vain(self, person: Person) -> None:
        answer = await self._send(person.account, FIRST)
        self._stage.expect(answer, "not_eligible", act="a press of somebody who is not entitled")

    async def _press_and_lose(self, person: Person, cut: Cut) -> None:
        """The connection is cut, and the app sends the same press again."""
        lost = await self._stage.wire.lose(
            "POST",
            self._path,
            cut=cut,
            token=self._tokens[person.account],
            key=self._key(person.account, FIRST),
        )
        answer = await self._send(person.account, FIRST)
        act = "a press whose answer was lost"
        self._hear(person, FIRST, answer, act)
        # What was granted is remembered, and sold out stays sold out.
        is_forgotten = lost == 201 and not _is_replayed(answer)
        if is_forgotten or (lost == 409 and answer.status == 201):
            self._stage.surprises.note(f"{act}: {lost} on its way, then {answer.code}")

    async def _press_together(self, person: Person, *presses: tuple[str, str]) -> None:
        """Two presses of one person at the same instant, as (account, press)."""
        answers = await asyncio.gather(*(self._send(*press) for press in presses))
        granted = [
            (press, answer)
            for press, answer in zip(presses, answers, strict=True)
            if answer.status == 201
        ]
        act = "two presses of one person at once"
        if len(granted) > 1:
            self._stage.surprises.note(f"{act}: two vouchers")
        allowed = ("sold_out", "limit_reached") if granted else ("sold_out",)
        for answer in answers:
            self._stage.expect(answer, "201", *allowed, act=act)
        for (account, press), answer in granted[:1]:
            self._win(person, account, press, answer)

    def _hear(self, person: Person, press: str, answer: Answer, act: str) -> None:
        if self._stage.expect(answer, "201", "sold_out", act=act) and answer.status == 201:
            self._win(person, person.account, press, answer)

    def _win(self, person: Person, account: str, press: str, answer: Answer) -> None:
        voucher = VoucherOut.model_validate(answer.body)
        self._won[person] = Won(account, press, str(voucher.id), voucher.code)

    async def _ask_again(self, won: Won) -> None:
        answer = await self._send(won.account, won.press)
        if not self._stage.expect(answer, "201", act="the same press again"):
            return
        if answer.body["id"] != won.voucher_id or not _is_replayed(answer):
            self._stage.surprises.note("the same press again: another voucher")

    async def _want_another(self, won: Won) -> None:
        answer = await self._send(won.account, SECOND)
        self._stage.expect(answer, "limit_reached", act="a second press on the same day")

    async def _send(self, account: str, press: str) -> Answer:
        return await self._stage.wire.send(
            "POST", self._path, token=self._tokens[account], key=self._key(account, press)
        )

    def _key(self, account: str, press: str) -> str:
        return f"{self._stage.seed}-{account}-{press}"


def _is_replayed(answer: Answer) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


async def look_at_the_page(stage: Stage, views: int, tokens: Sequence[str]) -> None:
    """Workers open the pack's page, in turn."""

    async def look(number: int) -> None:
        answer = await stage.wire.send(
            "POST", "/v1/views", token=tokens[number % len(tokens)], body={"pack": "breakfast"}
        )
        stage.expect(answer, "202", act="a page view")
        stage.progress.step()

    await crowd(range(views), look, at_once=CONNECTIONS)
