"""Appointments: booked, rushed for, held, moved, given up, kept and missed, on one day of many
experts."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.replay.health import advice_times as times
from app.replay.health.advice_plan import COME, Plan, Visit
from app.replay.health.experts import MANAGER, RECEIVED_FOR, Cast
from app.replay.health.threads import consent
from app.replay.members import NewMember
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.replay.watch import Watch
from app.replay.wire import crowd

OWN, DESK = "/v1/health/appointments", "/v1/admin/health/appointments"
CLERK = "desk"
VISITORS_AT_ONCE = 16
BOOK, HOLDS = "booking an appointment", frozenset({Visit.HELD, Visit.LAPSED})


@dataclass(slots=True)
class Booking:
    """On its way. An empty id: it was never made."""

    visit: Visit
    account: str
    slot: dict[str, Any]
    id: str = ""

    @property
    def path(self) -> str:
        return f"{OWN}/{self.id}"

    @property
    def desk_path(self) -> str:
        return f"{DESK}/{self.id}"


class Visits:
    """All of one play."""

    def __init__(
        self, troupe: Troupe, plan: Plan, cast: Cast, people: Sequence[NewMember], day: date
    ) -> None:
        self._troupe = troupe
        self._plan = plan
        self._cast = cast
        self._accounts = [person.account for person in people]
        self._day = day
        self._spare: list[dict[str, Any]] = []
        self.bookings: list[Booking] = []

    async def find_slots(self) -> None:
        """Whose each will be: some times are left to "any expert", the last to whoever would like
        to be in two places. Raises `NotPlayable`."""
        rows = await self._rows()
        any_rows, rest, last = (
            rows[: self._plan.any_times],
            rows[self._plan.any_times : -1],
            rows[-1],
        )
        wanted = [slot for row in any_rows for slot in row]
        free = [slot for row in rest for slot in row]
        accounts = iter(self._accounts)
        for visit, count in self._plan.visits.items():
            for _ in range(count):
                slots = {Visit.ANY: wanted, Visit.OVERLAPPING: [last[0]]}.get(visit, free)
                self.bookings.append(Booking(visit, next(accounts), slots.pop(0)))
        self._spare = [last[1], *free]
        self._rushers = list(accounts)

    async def _rows(self) -> list[list[dict[str, Any]]]:
        """The day's slots by their beginning."""
        stage, rows = self._troupe.stage, dict[str, list[dict[str, Any]]]()
        token = stage.member_token(self._accounts[0])
        for expert in self._cast.receivers:
            path = f"/v1/health/experts/{expert.id}/slots"
            for slot in await stage.read_all(path, token, day=self._day.isoformat()):
                rows.setdefault(slot["starts_at"], []).append(slot)
        if any(len(row) != len(self._cast.receivers) for row in rows.values()):
            raise NotPlayable("an expert's hours are not the slots that were planned")
        return [rows[starts_at] for starts_at in sorted(rows)]

    def of(self, *visits: Visit) -> list[Booking]:
        return [each for each in self.bookings if each.visit in visits]

    async def book(self) -> None:
        """The rush first; then everybody else."""
        [rushed] = self.of(Visit.RUSHED)
        await self._rush(rushed)
        others = [each for each in self.bookings if each is not rushed]
        await crowd(others, self._book, at_once=VISITORS_AT_ONCE)
        await self._find_nothing_free()

    async def _rush(self, booking: Booking) -> None:
        """Many at the same moment, of whom one has it."""
        stage, slot = self._troupe.stage, {"slot_id": booking.slot["id"]}
        accounts = [booking.account, *self._rushers[1:]]
        for account in accounts:
            await consent(self._troupe, account)
        answers = await asyncio.gather(
            *(self._troupe.send(account, OWN, slot) for account in accounts)
        )
        told = Counter(answer.code for answer in answers)
        if told != {"201": 1, "slot_taken": len(accounts) - 1}:
            stage.surprises.note(f"a rush on one slot: {dict(told)}")
        for account, answer in zip(accounts, answers, strict=True):
            stage.progress.step()
            if answer.status == 201:
                booking.account, booking.id = account, answer.body["id"]

    async def _book(self, booking: Booking) -> None:
        await consent(self._troupe, booking.account, given=booking.visit not in HOLDS)
        wanted: dict[str, object] = {"slot_id": booking.slot["id"]}
        if booking.visit is Visit.ANY:
            wanted = {"topic": RECEIVED_FOR, "starts_at": booking.slot["starts_at"]}
        made = await self._troupe.act(booking.account, OWN, wanted, expects="201", act=BOOK)
        booking.id = str(made.get("id", ""))
        state = "pending" if booking.visit in HOLDS else "booked"
        if made and made["state"] != state:
            self._troupe.stage.surprises.note(f"{BOOK}: {made['state']} instead of {state}")
        if booking.visit is Visit.OVERLAPPING:
            elsewhere = {"slot_id": self._spare[0]["id"]}
            act = "being in two places"
            await self._troupe.act(booking.account, OWN, elsewhere, expects="overlapping", act=act)
        if booking.visit is Visit.HELD:
            await consent(self._troupe, booking.account)
            path, act = f"{booking.path}/confirmation", "confirming what was held"
            await self._troupe.act(booking.account, path, act=act)
        self._troupe.stage.progress.step()

    async def _find_nothing_free(self) -> None:
        """At a time that is all taken, "any expert" is nobody."""
        booking, account = self.of(Visit.ANY)[0], self._rushers[0]
        wanted = {"topic": RECEIVED_FOR, "starts_at": booking.slot["starts_at"]}
        await self._troupe.act(account, OWN, wanted, expects="slot_taken", act=BOOK)
        self._troupe.stage.progress.step()

    async def confirm_too_late(self) -> None:
        for booking in self.of(Visit.LAPSED):
            await consent(self._troupe, booking.account)
            path, act = f"{booking.path}/confirmation", "confirming what has lapsed"
            await self._troupe.act(booking.account, path, expects="state_conflict", act=act)

    async def change(self) -> None:
        """Moved, cancelled, called off, put right."""
        for booking, slot in zip(self.of(Visit.MOVED), self._spare[1:], strict=False):
            path, body = f"{booking.path}/move", {"slot_id": slot["id"]}
            await self._troupe.act(booking.account, path, body, act="moving an appointment")
            booking.slot = slot
        for booking in self.of(Visit.CANCELLED):
            path, act = f"{booking.path}/cancellation", "cancelling an appointment"
            await self._troupe.act(booking.account, path, act=act)
        for booking in self.of(Visit.CALLED_OFF):
            body = {"reason": "专家临时有急诊手术"}
            await self._by_desk(booking, "cancellation", body)
        for booking in self.of(Visit.IN_ERROR):
            await self._by_desk(booking, "correction", {"reason": "登记到了另一位会员名下"})

    async def receive(self, watch: Watch) -> None:
        """Slot by slot, whoever comes is checked in."""
        coming = [each for each in self.bookings if each.visit in COME]
        for starts_at in sorted({each.slot["starts_at"] for each in coming}):
            await watch.move_clock(datetime.fromisoformat(starts_at) - times.CHECK_IN_BEFORE)
            now = [each for each in coming if each.slot["starts_at"] == starts_at]
            await crowd(now, self._check_in, at_once=VISITORS_AT_ONCE)

    async def _check_in(self, booking: Booking) -> None:
        await self._by_desk(booking, "check-in", None)

    async def end(self) -> None:
        """What took place; nobody came to what is left."""

        async def fulfil(booking: Booking) -> None:
            await self._by_desk(booking, "fulfilment", None)

        coming = [each for each in self.bookings if each.visit in COME]
        await crowd(coming, fulfil, at_once=VISITORS_AT_ONCE)

    async def _by_desk(self, booking: Booking, act: str, body: object) -> None:
        await self._troupe.order(
            CLERK, f"{booking.desk_path}/{act}", body, act=f"the desk's {act} of an appointment"
        )

    async def count(self) -> "Counter[str]":
        """By state, as staff see them. Raises `NotPlayable`."""
        stage, ours = self._troupe.stage, {each.id for each in self.bookings}
        found = Counter[str]()
        for expert in self._cast.receivers:
            listed = await stage.read_all(DESK, stage.staff[MANAGER], expert_id=expert.id)
            found.update(each["state"] for each in listed if each["id"] in ours)
        return found
