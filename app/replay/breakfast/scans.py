"""What a till does with a voucher, and what it must be told."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.replay.breakfast.days import Visit
from app.replay.breakfast.opening import Won
from app.replay.breakfast.stores import Till
from app.replay.stage import Stage
from app.replay.wire import Answer, Cut

REDEMPTIONS = "/v1/store/redemptions"
# One voucher in so many is looked up before it is redeemed.
LOOKED_UP = 4


class Scans:
    """All tills of the campaign, stores by their place among them.

    Numbers follow from the series and the voucher, so a scan that is repeated is the same
    scan. `last`: of each store the last redemption that is certain to stand, as (day,
    number). `undone`: every redemption that was reversed, as (store, number).
    """

    def __init__(
        self, stage: Stage, tills: Sequence[Till], tokens: Mapping[str, str], series: str
    ) -> None:
        self._stage = stage
        self._tills = tills
        self._tokens = tokens
        self._series = series
        self.last: dict[int, tuple[int, str]] = {}
        self.undone: list[tuple[int, str]] = []

    def number(self, visit: Visit, scan: str) -> str:
        return f"{self._series}-{visit.voucher:05}-{scan}"

    def is_ours(self, number: str) -> bool:
        return number.startswith(f"{self._series}-")

    async def text(self, visit: Visit, won: Won) -> str:
        """What the worker shows: a pass fetched just now, or the code."""
        if not visit.by_pass:
            return won.code
        answer = await self._stage.wire.send(
            "GET", f"/v1/breakfast/vouchers/{won.voucher_id}/pass", token=self._tokens[won.account]
        )
        if self._stage.expect(answer, "200", act="fetching a pass"):
            return str(answer.body["pass"])
        return won.code

    async def put(self, store: int, number: str, text: str) -> Answer:
        """Redeem, whatever the answer."""
        return await self._stage.wire.send(
            "PUT",
            f"{REDEMPTIONS}/{number}",
            token=await self._tills[store].token(self._stage),
            body={"code": text},
        )

    async def redeem(
        self,
        visit: Visit,
        won: Won,
        store: int,
        number: str,
        text: str,
        *,
        codes: Sequence[str] = ("201",),
    ) -> bool:
        """The till redeems what it was shown, and hears one of `codes`. Whether it did."""
        if visit.voucher % LOOKED_UP == 0:
            await self._look_up(store, text, won)
        answer = await self.put(store, number, text)
        if not self._stage.expect(answer, *codes, act="redeeming a voucher", repeated="200"):
            return False
        self.compare(answer.body, won, act="redeeming a voucher")
        self.remember(visit, store, number)
        return True

    def remember(self, visit: Visit, store: int, number: str) -> None:
        """This store has redeemed the visit's voucher."""
        if visit.course.is_certain and store == visit.store:
            self.last[store] = (visit.day, number)

    async def lose(self, store: int, number: str, text: str) -> tuple[str, ...]:
        """The till's network fails while it redeems; it asks what became of the number.

        Answers what it may hear when it sends the same again.
        """
        path, token = f"{REDEMPTIONS}/{number}", await self._tills[store].token(self._stage)
        body = {"code": text}
        lost = await self._stage.wire.lose("PUT", path, cut=Cut.LATE, token=token, body=body)
        known = await self._stage.wire.send("GET", path, token=token)
        # Unknown: the request never came to anything, and it is safe to send it again.
        is_known = ("200",) if lost == 201 else ("200", "redemption_unknown")
        self._stage.expect(known, *is_known, act="asking what became of a lost redemption")
        return ("200",) if known.status == 200 else ("201",)

    async def reverse(self, store: int, number: str) -> None:
        answer = await self._stage.wire.send(
            "POST",
            f"{REDEMPTIONS}/{number}/reversal",
            token=await self._tills[store].token(self._stage),
            body={"reason": "扫错券"},
        )
        act, again = "reversing a redemption", "already_reversed"
        if self._stage.expect(answer, "200", act=act, repeated=again):
            self.undone.append((store, number))

    def compare(self, body: Mapping[str, Any], won: Won, *, act: str) -> None:
        if body["voucher_id"] != won.voucher_id:
            self._stage.surprises.note(f"{act}: it was another one")

    def compare_first(self, body: Mapping[str, Any], store: int, *, act: str) -> None:
        """Whoever comes too late is told who was first."""
        if body["first"]["store_name"] != self._tills[store].store.name:
            self._stage.surprises.note(f"{act}: another store is said to be the first")

    async def _look_up(self, store: int, text: str, won: Won) -> None:
        answer = await self._stage.wire.send(
            "POST",
            f"{REDEMPTIONS}/lookup",
            token=await self._tills[store].token(self._stage),
            body={"code": text},
        )
        if self._stage.expect(answer, "200", act="looking a voucher up"):
            self.compare(answer.body, won, act="looking a voucher up")
