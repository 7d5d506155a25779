"""A small campaign that touches every pack, and staff who ask for its report."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text, update

from app.models import identity
from app.models.states import Category, District, Role
from app.packs.breakfast.voucher_records import VoucherRow
from app.shared.identity.callers import Member, Till
from tests.appointing import Appointing
from tests.consulting import Consulting
from tests.coupletting import Couplets, Event
from tests.factories import Factory, auth
from tests.quizzing import Quizzing
from tests.tills import Counter
from tests.wishing import Wishing

REPORT = "/v1/admin/report"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORKER = (Category.NEW_EMPLOYMENT, Category.OUTDOOR)


@dataclass
class Playing:
    """Everybody by name, and what they did so far."""

    client: httpx.AsyncClient
    counter: Counter
    make: Factory
    members: dict[str, Member] = field(default_factory=dict)
    tills: dict[str, Till] = field(default_factory=dict)
    vouchers: list[VoucherRow] = field(default_factory=list)
    staff: dict[str, str] = field(default_factory=dict)
    wish_id: str = ""
    reservation_id: str = ""
    quiz_id: str = ""
    appointment_id: str = ""
    registration_id: str = ""
    event: Event | None = None

    def __post_init__(self) -> None:
        self.wishing = Wishing(self.client, self.make)
        self.couplets = Couplets(self.client, self.make)
        self.quizzing = Quizzing(self.client, self.make)
        self.consulting = Consulting(self.client, self.make)
        self.appointing = Appointing(self.client, self.make)

    async def ask(self, form: str = "", *, status: int = 200, **query: Any) -> httpx.Response:
        """The report in one of its forms, as a manager or as `self.staff` says."""
        if not self.staff:
            self.staff = auth(await self.make.staff(Role.CAMPAIGN_MANAGER))
        answer = await self.client.get(REPORT + form, headers=self.staff, params=query)
        assert answer.status_code == status, answer.text
        return answer

    async def figures(self, **query: Any) -> dict[str, dict[str, Any]]:
        packs = (await self.ask(**query)).json()["packs"]
        return {each["name"]: each for pack in packs for each in pack["figures"]}

    async def values(self, **query: Any) -> dict[str, int | None]:
        return {name: each["value"] for name, each in (await self.figures(**query)).items()}

    async def settle(self) -> datetime:
        """The time until now, after which enough has gone by for it to be asked about."""
        at = self.make.rooms.clock.now()
        await self.make.move_clock(timedelta(seconds=10))
        return at

    async def play(self) -> "Playing":
        """The first day: four breakfasts, two wishes, three couplets, two quizzes, and one
        consultation, appointment and talk."""
        make, counter = self.make, self.counter
        one = await make.member(district=District.JIMO)
        again = await make.member(district=District.JIMO, person_id=one.person_id)
        both = await make.member(district=District.SHINAN, categories=WORKER)
        self.members = {"one": one, "again": again, "both": both}
        shinan, laixi = District.SHINAN, District.LAIXI
        self.tills = {
            "shinan": await counter.till(district=shinan, store_no="QD1", name="甲店"),
            "laixi": await counter.till(district=laixi, store_no="QD2", name="乙店"),
        }
        await self._eat()
        await self._wish()
        await self._write()
        await self._quiz()
        await self._advise()
        for pack in ("breakfast", "breakfast", "gift_boxes"):
            await self._look(pack)
        return self

    async def _eat(self) -> None:
        counter, members = self.counter, self.members
        batch = await self.make.batch(
            total=20, valid_days=6, face_value_fen=800, eligible_categories=list(WORKER)
        )
        await self.make.batch(total=500, started=False)
        self.vouchers = [
            await counter.voucher(batch=batch, member=members[who])
            for who in ("one", "again", "both", "both")
        ]
        await counter.redeem(self.tills["shinan"], "NUMBER-1", self.vouchers[0].code)
        await counter.redeem(self.tills["laixi"], "NUMBER-2", self.vouchers[1].code)
        await counter.redeem(self.tills["laixi"], "NUMBER-3", self.vouchers[2].code)
        await counter.reverse(self.tills["laixi"], "NUMBER-3")
        tested = await counter.voucher(test=True)
        await counter.redeem(self.tills["shinan"], "TESTED-1", tested.code)

    async def _wish(self) -> None:
        wishing, members = self.wishing, self.members
        self.wish_id = await wishing.opened(members["one"], district="jimo")
        await wishing.posted(members["both"], kind="return_home")
        await wishing.submitted(members["both"], self.wish_id)

    async def _write(self) -> None:
        couplets, members = self.couplets, self.members
        self.event = await couplets.event(reserved=3, walk_in=2)
        self.reservation_id = await couplets.reserved(members["one"], self.event)
        given_up = await couplets.reserved(members["both"], self.event)
        await couplets.cancel(members["both"], given_up)
        await self.make.move_clock(4 * DAY)
        await couplets.walk_in(self.event)

    async def _quiz(self) -> None:
        quizzing, members = self.quizzing, self.members
        self.quiz_id = await quizzing.opened()
        await quizzing.opened_draw(entry={"quiz_id": self.quiz_id})
        await quizzing.finished(members["one"], self.quiz_id)
        await quizzing.started(members["both"], self.quiz_id)

    async def _advise(self) -> None:
        """Somebody is answered, has an appointment, and is at a talk before it begins."""
        consulting, appointing, one = self.consulting, self.appointing, self.members["one"]
        await consulting.consent(one)
        doctor = await appointing.planned()
        thread_id = await consulting.taken(one, doctor)
        await consulting.desk(doctor.headers, thread_id, "messages", text="多喝水")
        slots = await appointing.slots(doctor)
        self.appointment_id = (await appointing.booked(one, slots[0]["id"]))["id"]
        begins = appointing.now + 100 * MINUTE
        talk_id = await appointing.talk(
            starts_at=begins.isoformat(),
            ends_at=(begins + HOUR).isoformat(),
            register_closes_at=begins.isoformat(),
        )
        self.registration_id = await appointing.registered(one, talk_id)
        await appointing.attend(talk_id, registration_id=self.registration_id)

    async def _look(self, pack: str) -> None:
        member = self.members["one"]
        await self.client.post(
            "/v1/views", headers=auth(self.make.token(member)), json={"pack": pack}
        )

    async def play_on(self) -> None:
        """Everything that could change what was: undone, voided, confirmed, moved, erased."""
        counter, members = self.counter, self.members
        event = self.event
        assert event is not None, "it was written first"
        counts = self.make.rooms
        staffs = await counter.find(self.tills["laixi"], "NUMBER-2")
        await counter.reverse_by_staff(staffs.id)
        await counter.void(self.vouchers[3].id)
        await self.wishing.confirm(members["one"], self.wish_id)
        await self.wishing.posted(members["again"])
        await self.couplets.cancel(members["one"], self.reservation_id)
        await self.quizzing.finished(members["again"], self.quiz_id)
        await self.consulting.opened(members["one"], topic="general")
        await self.appointing.act(members["one"], self.appointment_id, "cancellation")
        undo = f"/v1/admin/health/registrations/{self.registration_id}/reversal"
        staff = await self.appointing.as_staff()
        await self.client.post(undo, headers=staff, json={"reason": "认错了人"})
        await self.appointing.unregister(members["one"], self.registration_id)
        async with counts.sessions.begin() as session:
            for table, row_id in (
                (identity.Member, members["one"].id),
                (identity.Store, self.tills["shinan"].store_id),
            ):
                await session.execute(
                    update(table).where(table.id == row_id).values(district=District.PINGDU)
                )
        await self._look("breakfast")

    async def finish_live(self) -> None:
        """A session that 320 watched is over, and its figures are final."""
        assert self.event is not None, "it was written first"
        rooms = self.make.rooms
        await self._watched(UUID(self.event.id), 320, rooms.clock.now())

    async def _watched(self, event_id: UUID, members: int, at: datetime) -> None:
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(
                text(
                    "INSERT INTO presence_history (kind, subject_id, at, members, joins, peak,"
                    " peak_at) VALUES ('couplets.event', :event, :at, :members, :members, 1, :at)"
                ),
                {"event": event_id, "at": at, "members": members},
            )
