"""The opening of a drop: everybody's thumb comes down at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.replay.stage import Stage
from app.replay.wire import Answer, crowd
from app.schemas.breakfast import StaffBatchOut, VoucherOut

CONNECTIONS = 256
# One winner in so many loses the answer and asks again; the next one wants a second voucher.
ODD_WINNERS = 50


@dataclass(frozen=True, slots=True)
class Won:
    """A voucher in a worker's hand."""

    worker: str
    voucher_id: str
    code: str


class Opening:
    """One drop, from the moment it opens."""

    def __init__(self, stage: Stage, drop: StaffBatchOut, tokens: Mapping[str, str]) -> None:
        self._stage = stage
        self._path = f"/v1/breakfast/batches/{drop.id}/claims"
        self._tokens = tokens
        self._won: dict[str, Won] = {}

    async def play(self, pressers: Sequence[str], empty_handed: set[str]) -> list[Won]:
        """Everybody presses; who won what, in the order of their numbers.

        Whoever has never had a voucher gets up earlier: their presses are answered before
        the others begin, so how many take part in all is not left to luck.
        """
        early = [worker for worker in pressers if worker in empty_handed]
        others = [worker for worker in pressers if worker not in empty_handed]
        for wave in (early, others):
            await crowd(wave, self._press, at_once=CONNECTIONS)
        winners = sorted(self._won)
        await crowd(winners[::ODD_WINNERS], self._ask_again, at_once=CONNECTIONS)
        await crowd(winners[1::ODD_WINNERS], self._want_another, at_once=CONNECTIONS)
        return [self._won[worker] for worker in winners]

    async def _press(self, worker: str) -> None:
        answer = await self._send(worker, press=1)
        if self._stage.expect(answer, "201", "sold_out", act="a press") and answer.status == 201:
            voucher = VoucherOut.model_validate(answer.body)
            self._won[worker] = Won(worker, str(voucher.id), voucher.code)
        self._stage.progress.step()

    async def _ask_again(self, worker: str) -> None:
        answer = await self._send(worker, press=1)
        if not self._stage.expect(answer, "201", act="a press whose answer was lost"):
            return
        is_same = answer.body["id"] == self._won[worker].voucher_id
        if not is_same or answer.headers.get("idempotent-replayed") != "true":
            self._stage.surprises.note("a press whose answer was lost: another voucher")

    async def _want_another(self, worker: str) -> None:
        answer = await self._send(worker, press=2)
        self._stage.expect(answer, "limit_reached", act="a second press on the same day")

    async def _send(self, worker: str, *, press: int) -> Answer:
        return await self._stage.wire.send(
            "POST",
            self._path,
            token=self._tokens[worker],
            key=f"{self._stage.seed}-{worker}-{press}",
        )


async def look_at_the_page(stage: Stage, views: int, tokens: Sequence[str]) -> None:
    """Workers open the pack's page, in turn."""

    async def look(number: int) -> None:
        answer = await stage.wire.send(
            "POST", "/v1/views", token=tokens[number % len(tokens)], body={"pack": "breakfast"}
        )
        stage.expect(answer, "202", act="a page view")
        stage.progress.step()

    await crowd(range(views), look, at_once=CONNECTIONS)
