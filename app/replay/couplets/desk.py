"""The desks: pairs handed out by what is shown, at the door, and without a network."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.replay.couplets.event import DESK, SECOND_DESK, Event, Pair
from app.replay.couplets.holder import RECIPIENT, make_code, recipients_phone, show_pass
from app.replay.couplets.plan import UPLOADED, Course, Walk
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import crowd

# As many as stand at the desks of two sites.
DESKS_AT_ONCE = 8
# One hand-out in so many is scanned a second time.
SCANNED_AGAIN_EVERY = 20
HAND_OUT, AT_THE_DOOR, UPLOAD = "handing out", "handing out at the door", "an upload of a desk"
MOST_ITEMS = 500


class Desks:
    """All of an event. `people` by account."""

    def __init__(self, troupe: Troupe, event: Event, people: Mapping[str, NewMember]) -> None:
        self._troupe = troupe
        self._event = event
        self._people = people
        self._written: list[dict[str, Any]] = []

    async def hand_out(self, pairs: Sequence[Pair]) -> None:
        """To everybody who comes to a desk with a network."""
        coming = [pair for pair in pairs if pair.course not in UPLOADED]
        await crowd(enumerate(coming), self._serve, at_once=DESKS_AT_ONCE)

    async def _serve(self, coming: tuple[int, Pair]) -> None:
        number, pair = coming
        shown = await self._shown(pair)
        handed = await self._pick_up(shown)
        if pair.course is Course.REVERSED:
            await self._reverse(str(handed.get("id", "")))
            await self._pick_up(await self._shown(pair))
        elif number % SCANNED_AGAIN_EVERY == 0 and pair.course is not Course.BY_RECIPIENT:
            await self._pick_up(shown, expects="already_collected")
        self._troupe.stage.progress.step()

    async def _shown(self, pair: Pair) -> dict[str, str]:
        """What whoever comes shows the desk."""
        holder = self._people[pair.holder]
        if pair.course is Course.BY_NAME:
            return {"name": holder.name, "phone_last4": holder.phone[-4:]}
        if pair.course is Course.BY_RECIPIENT:
            return {"name": RECIPIENT, "phone_last4": recipients_phone(holder)[-4:]}
        if pair.course is Course.BY_PROXY:
            return {"proxy_code": await make_code(self._troupe, pair)}
        return {"pass": await show_pass(self._troupe, pair)}

    async def _pick_up(self, shown: dict[str, str], *, expects: str = "201") -> dict[str, Any]:
        path = f"{self._event.staffs_path}/pickups"
        return await self._troupe.order(DESK, path, shown, expects=expects, act=HAND_OUT)

    async def _reverse(self, pickup_id: str) -> None:
        path, act = f"/v1/admin/couplets/pickups/{pickup_id}/reversal", "undoing a hand-out"
        undone = await self._troupe.order(DESK, path, {"reason": "发错了人"}, act=act)
        if undone.get("reservation_state") != "reserved":
            self._troupe.stage.surprises.note(f"{act}: the reservation does not wait again")

    async def serve_the_door(self, walks: Sequence[Walk], people: Sequence[NewMember]) -> None:
        """One pair each, to whoever says who they are and to whoever does not."""

        async def serve(coming: tuple[int, tuple[Walk, NewMember]]) -> None:
            number, (walk, person) = coming
            await self._walk_in(number, person if walk is Walk.MEMBER else None)
            self._troupe.stage.progress.step()

        who = list(zip(walks, people, strict=True))
        await crowd(enumerate(who), serve, at_once=DESKS_AT_ONCE)

    async def find_nothing_left(self) -> None:
        await self._walk_in(0, None, expects="sold_out")

    async def _walk_in(
        self, number: int, person: NewMember | None, *, expects: str = "201"
    ) -> None:
        body = self._wanted(number, person)
        path = f"{self._event.staffs_path}/walk-ins"
        await self._troupe.order(DESK, path, body, expects=expects, act=AT_THE_DOOR)

    def _wanted(self, number: int, person: NewMember | None) -> dict[str, str]:
        who = {"member_no": person.account} if person else {}
        return {**self._event.choice(0, number), **who}

    async def lose_network(
        self, pairs: Sequence[Pair], walkers: Sequence[NewMember], now: datetime
    ) -> None:
        """What is handed out without it is written down: by passes, and at the door."""
        for pair in pairs:
            if pair.course in UPLOADED:
                self._write_down(now, {"pass": await show_pass(self._troupe, pair)})
        for number, person in enumerate(walkers):
            self._write_down(now, {"walk_in": self._wanted(number, person)})

    def _write_down(self, now: datetime, what: Mapping[str, object]) -> None:
        number = len(self._written) + 1
        at = (now + timedelta(seconds=number)).isoformat()
        item = {"pickup_no": f"DESK-{number:05}", "collected_at": at, "device_seq": number, **what}
        self._written.append(item)

    async def upload(self, now: datetime) -> None:
        """Everything, and once more because the answer was lost."""
        for outcome in ("accepted", "repeated"):
            for first in range(0, len(self._written), MOST_ITEMS):
                items = self._written[first : first + MOST_ITEMS]
                await self._send(DESK, items, now, outcome)
        for _ in self._written:
            self._troupe.stage.progress.step()

    async def upload_at_the_second_desk(
        self, pairs: Sequence[Pair], shown_at: datetime, now: datetime
    ) -> None:
        """It had no network either, and handed the same pairs out again."""
        items = [
            {
                "pickup_no": f"SECOND-{number:05}",
                "collected_at": shown_at.isoformat(),
                "device_seq": number,
                "pass": pair.pass_text,
            }
            for number, pair in enumerate(pairs, start=1)
            if pair.course is Course.DISPUTED
        ]
        await self._send(SECOND_DESK, items, now, "disputed")

    async def _send(
        self, role: str, items: Sequence[Mapping[str, Any]], now: datetime, outcome: str
    ) -> None:
        path = f"{self._event.staffs_path}/pickups/batch"
        body = {"sent_at": now.isoformat(), "items": items}
        answer = await self._troupe.order(role, path, body, act=UPLOAD)
        for result in answer.get("results", []):
            if result["outcome"] != outcome:
                said = result["code"] or result["outcome"]
                self._troupe.stage.surprises.note(f"{UPLOAD}: {said} instead of {outcome}")
