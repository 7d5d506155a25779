"""Tills that lose their network for a day: they go on scanning, and send it all the next day.

Their clocks are wrong by some minutes. What a till says its clock showed when it sent is what
the times of its scans are put right by; without that its passes would be far too old, or not
signed yet.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.replay.breakfast.days import Course, Day, Visit
from app.replay.breakfast.kit import Kit
from app.replay.breakfast.opening import Won
from app.replay.breakfast.scans import REDEMPTIONS, Scans
from app.replay.breakfast.stores import Till
from app.replay.stage import Stage
from app.replay.watch import Watch
from app.replay.wire import Answer, crowd
from app.schemas.offline import OfflineKitOut

TILLS_AT_ONCE = 16
# Less than any till's clock is wrong by; more than an upload takes.
NEAR = timedelta(minutes=2)
ACCEPTED, REPEATED, DISPUTED = "accepted", "repeated", "disputed"


@dataclass(frozen=True, slots=True)
class Taken:
    """A scan that waits to be sent. `at`: campaign time; `device_at`: by the till's clock."""

    visit: Visit
    won: Won
    number: str
    text: str
    at: datetime
    device_at: datetime


class OfflineTills:
    """All of them over the campaign; what was scanned on one day is sent on the next."""

    def __init__(
        self,
        stage: Stage,
        tills: Sequence[Till],
        scans: Scans,
        watch: Watch,
        minutes_wrong: Callable[[int], int],
    ) -> None:
        self._stage = stage
        self._tills = tills
        self._scans = scans
        self._watch = watch
        self._minutes_wrong = minutes_wrong
        self._kits: dict[int, Kit] = {}
        self._taken: dict[int, list[Taken]] = defaultdict(list)

    async def lose_network(self, day: Day) -> None:
        """The last that today's tills hear before they are alone: their kits."""
        self._kits = {}
        visited = {store for visit in day.visits for store in (visit.store, visit.other)}
        await crowd(sorted(visited & day.offline), self._fetch_kit, at_once=TILLS_AT_ONCE)

    def take(self, visit: Visit, won: Won, store: int, number: str, text: str) -> None:
        """The till scans. A pass it can judge by its kit; a code it takes in good faith."""
        at = self._watch.now()
        kit = self._kits.get(store)
        if kit is not None and text != won.code and kit.voucher_of(text, at=at) != won.voucher_id:
            self._stage.surprises.note("a pass that does not hold by the offline kit")
        self._taken[store].append(Taken(visit, won, number, text, at, self._device_time(store)))

    async def upload(self) -> dict[str, Course]:
        """The network is back: everything is sent, all tills at once, and then once more.

        Answers the vouchers that two tills took, with what staff are going to decide.
        """
        taken, self._taken = self._taken, defaultdict(list)
        outcomes: dict[str, list[str]] = defaultdict(list)

        async def send(store: int) -> None:
            for each, result in await self._send_twice(store, taken[store]):
                outcomes[each.won.voucher_id].append(result["outcome"])
                self._check(store, each, result)

        await crowd(sorted(taken), send, at_once=TILLS_AT_ONCE)
        scans: dict[str, list[Taken]] = defaultdict(list)
        for each in (each for of_till in taken.values() for each in of_till):
            scans[each.won.voucher_id].append(each)
        for voucher_id, of_voucher in scans.items():
            self._check_outcomes(of_voucher, outcomes[voucher_id])
        return {
            voucher_id: of_voucher[0].visit.course
            for voucher_id, of_voucher in scans.items()
            if of_voucher[0].visit.course.is_taken_twice
        }

    async def _fetch_kit(self, store: int) -> None:
        token = await self._tills[store].token(self._stage)
        answer = await self._stage.wire.send("GET", "/v1/store/keys", token=token)
        if self._stage.expect(answer, "200", act="fetching an offline kit"):
            self._kits[store] = Kit(OfflineKitOut.model_validate(answer.body))

    def _device_time(self, store: int) -> datetime:
        return self._watch.now() + timedelta(minutes=self._minutes_wrong(store))

    async def _send_twice(
        self, store: int, taken: Sequence[Taken]
    ) -> list[tuple[Taken, Mapping[str, Any]]]:
        """What the first answer says of each. The same upload again changes nothing."""
        upload = {
            "sent_at": self._device_time(store).isoformat(),
            "items": [
                {
                    "redemption_no": each.number,
                    "code": each.text,
                    "redeemed_at": each.device_at.isoformat(),
                    "device_seq": place,
                }
                for place, each in enumerate(taken, start=1)
            ],
        }
        first, again = [await self._send(store, upload) for _ in range(2)]
        results = _results(first)
        if first.resent:
            # What is known already was new when the answer was lost.
            results = [_renamed(result, REPEATED, ACCEPTED) for result in results]
        if [_renamed(result, ACCEPTED, REPEATED) for result in results] != _results(again):
            self._stage.surprises.note("an upload that was sent again: another outcome")
        return list(zip(taken, results, strict=bool(results)))

    async def _send(self, store: int, upload: Mapping[str, object]) -> Answer:
        token = await self._tills[store].token(self._stage)
        answer = await self._stage.wire.send(
            "POST", f"{REDEMPTIONS}/batch", token=token, body=upload
        )
        self._stage.expect(answer, "200", act="an upload")
        return answer

    def _check(self, store: int, each: Taken, result: Mapping[str, Any]) -> None:
        act = "an offline scan"
        if result["outcome"] == ACCEPTED:
            redemption = result["redemption"]
            self._scans.compare(redemption, each.won, act=act)
            if abs(datetime.fromisoformat(redemption["redeemed_at"]) - each.at) > NEAR:
                self._stage.surprises.note(f"{act}: judged at another time than its own")
            self._scans.remember(each.visit, store, each.number)
        elif result["outcome"] != DISPUTED:
            self._stage.surprises.note(f"{act}: {result['outcome']} {result['code']}")

    def _check_outcomes(self, scans: Sequence[Taken], outcomes: Sequence[str]) -> None:
        """Whoever is first has the voucher; of two uploads at once, either may be."""
        expected = [ACCEPTED] * len(scans)
        if scans[0].visit.course.is_taken_twice:
            expected[-1] = DISPUTED
        if sorted(outcomes) != expected:
            self._stage.surprises.note(f"a voucher taken offline: {' and '.join(sorted(outcomes))}")


def _results(answer: Answer) -> list[Mapping[str, Any]]:
    """One an item, in order; none when the answer was not what it should be."""
    return list(answer.body["results"]) if answer.status == 200 else []


def _renamed(result: Mapping[str, Any], outcome: str, other: str) -> Mapping[str, Any]:
    return {**result, "outcome": other} if result["outcome"] == outcome else result
