"""Talks, experts' plans and appointments: staff and members who do over HTTP what they do."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from app.models.states import Purpose, Role
from app.packs.health.holdings import CHECKS, HOLDINGS
from app.platform.clock import SHANGHAI
from app.routers.rooms import Rooms
from app.shared.consents import set_consent
from app.shared.consents.purposes import current_version
from app.shared.identity.callers import Member
from app.shared.stock import balances, inspect_books
from app.shared.verification import run_checks
from tests.consulting import Consulting, Working
from tests.factories import Factory, auth
from tests.shared.exports.desk import work_off

TALKS, STAFF_TALKS = "/v1/health/talks", "/v1/admin/health/talks"
APPOINTMENTS, STAFF_APPOINTMENTS = "/v1/health/appointments", "/v1/admin/health/appointments"
REGISTRATIONS = "/v1/health/registrations"
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
SLOT_MIN = 30


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.is_error else None


async def assert_health_is_right(rooms: Rooms) -> None:
    """Every invariant of the pack, and of the books of its talks and slots."""
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_books(session, HOLDINGS)]
        checks += [check async for check in run_checks(session, CHECKS)]
        assert not [(check.name, check.faults) for check in checks if check.faults]
        found = await balances(session, HOLDINGS)
        assert not [balance for balance in found if not balance.equal]


@dataclass
class Appointing:
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    _keys: "count[int]" = field(default_factory=lambda: count(1))
    _staff: dict[Role, dict[str, str]] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.make.rooms.clock.now()

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"appointing-{next(self._keys)}")

    async def as_staff(self, role: Role = Role.CAMPAIGN_MANAGER) -> dict[str, str]:
        """The same account each time."""
        if role not in self._staff:
            self._staff[role] = auth(await self.make.staff(role))
        return self._staff[role]

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def work_off(self) -> None:
        """All that workers have to do by now."""
        await work_off(self.make.rooms)

    async def notices(self, member: Member) -> list[str]:
        answer = await self.client.get("/v1/me/notices", headers=auth(self.make.token(member)))
        return [notice["kind"] for notice in answer.json()["items"]]

    # Talks

    def talk_plan(self, **changes: Any) -> dict[str, Any]:
        """In two days, open to be registered for until an hour before."""
        starts_at = self.now + 2 * DAY
        return {
            "title": "冬季呼吸道健康",
            "intro": "呼吸科医生讲解冬季防护。",
            "speaker": "王医生",
            "place": "市工人文化宫",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + HOUR).isoformat(),
            "register_opens_at": self.now.isoformat(),
            "register_closes_at": (starts_at - HOUR).isoformat(),
            "capacity": 2,
            **changes,
        }

    async def create_talk(self, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        return await self.client.post(
            STAFF_TALKS, headers=await self.as_staff(), json=self.talk_plan(**changes)
        )

    async def talk(self, **changes: Any) -> str:
        created = await self.create_talk(**changes)
        assert created.status_code == 201, created.text
        return str(created.json()["id"])

    async def change_talk(self, talk_id: str, **changes: Any) -> httpx.Response:
        headers = await self.as_staff()
        seen = await self.client.get(f"{STAFF_TALKS}/{talk_id}", headers=headers)
        body = {"version": seen.json()["version"], **changes}
        return await self.client.patch(f"{STAFF_TALKS}/{talk_id}", headers=headers, json=body)

    async def see_talk(self, member: Member, talk_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{TALKS}/{talk_id}", headers=auth(self.make.token(member)))
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def register(
        self, member: Member, talk_id: str, key: str | None = None
    ) -> httpx.Response:
        return await self.client.post(
            f"{TALKS}/{talk_id}/registrations", headers=self.as_member(member, key)
        )

    async def registered(self, member: Member, talk_id: str) -> str:
        answer = await self.register(member, talk_id)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def unregister(self, member: Member, registration_id: str) -> httpx.Response:
        return await self.client.post(
            f"{REGISTRATIONS}/{registration_id}/cancellation", headers=self.as_member(member)
        )

    async def attend(self, talk_id: str, **shown: str) -> httpx.Response:
        """By `text` (a pass) or `registration_id`."""
        body = {"pass" if name == "text" else name: value for name, value in shown.items()}
        return await self.client.post(
            f"{STAFF_TALKS}/{talk_id}/attendances",
            headers=await self.as_staff(Role.DESK),
            json=body,
        )

    async def talk_under_way(self) -> dict[str, Any]:
        """And somebody who has a place at it."""
        talk_id = await self.talk()
        registration_id = await self.registered(await self.make.member(), talk_id)
        await self.later(2 * DAY)
        return {"talk_id": talk_id, "registration_id": registration_id}

    # Appointments

    async def expert(self, **changes: Any) -> Working:
        """Who advises on general health, in an account of their own."""
        await self.make.campaign()
        return await Consulting(self.client, self.make).expert(**changes)

    def first_day(self) -> date:
        """The Shanghai day after the next midnight but one: nothing of it has begun."""
        return self.now.astimezone(SHANGHAI).date() + 2 * DAY

    def plan(self, *, slots: int = 4, days: int = 1, **changes: Any) -> dict[str, Any]:
        """So many slots of half an hour from nine, on so many days, whatever their weekday."""
        first, minutes = self.first_day(), 9 * 60 + slots * SLOT_MIN
        closes = f"{minutes // 60:02}:{minutes % 60:02}"
        hours = [
            {
                "weekday": weekday,
                "opens": "09:00",
                "closes": closes,
                "valid_from": first.isoformat(),
                "valid_until": (first + (days - 1) * DAY).isoformat(),
            }
            for weekday in range(1, 8)
        ]
        place = "健康咨询室"
        return {"version": 0, "place": place, "slot_min": SLOT_MIN, "hours": hours, **changes}

    async def set_plan(self, expert: Working, **changes: Any) -> httpx.Response:
        headers = await self.as_staff()
        path = f"/v1/admin/health/experts/{expert.id}/plan"
        known = (await self.client.get(path, headers=headers)).json()["version"]
        body = {**self.plan(), "version": known, **changes}
        return await self.client.put(path, headers=headers, json=body)

    async def planned(self, *, slots: int = 4, **changes: Any) -> Working:
        expert = await self.expert(**changes)
        answer = await self.set_plan(expert, **self.plan(slots=slots))
        assert answer.status_code == 200, answer.text
        assert answer.json()["slots_offered"] == slots
        return expert

    async def slots(self, expert: Working) -> list[dict[str, Any]]:
        reader = await self.make.member()
        answer = await self.client.get(
            f"/v1/health/experts/{expert.id}/slots", headers=auth(self.make.token(reader))
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def consent(self, member: Member, *, given: bool = True) -> None:
        rooms = self.make.rooms
        await set_consent(
            rooms.sessions,
            rooms.clock,
            actor=member.acting(rooms.digester),
            member_id=member.id,
            purpose=Purpose.HEALTH_DATA,
            given=given,
            version=current_version(Purpose.HEALTH_DATA),
        )

    async def patient(self, **more: Any) -> Member:
        """A member who consents."""
        member = await self.make.member(**more)
        await self.consent(member)
        return member

    async def patients(self, number: int) -> list[Member]:
        members = await self.make.members(number)
        for member in members:
            await self.consent(member)
        return members

    async def book(
        self, member: Member, wanted: dict[str, Any] | str, key: str | None = None
    ) -> httpx.Response:
        """A slot by its id, or `{topic, starts_at}`."""
        body = {"slot_id": wanted} if isinstance(wanted, str) else wanted
        return await self.client.post(APPOINTMENTS, headers=self.as_member(member, key), json=body)

    async def booked(self, member: Member, wanted: dict[str, Any] | str) -> dict[str, Any]:
        answer = await self.book(member, wanted)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def act(
        self, member: Member, appointment_id: str, act: str, body: Any = None
    ) -> httpx.Response:
        """confirmation, cancellation or move."""
        return await self.client.post(
            f"{APPOINTMENTS}/{appointment_id}/{act}", headers=self.as_member(member), json=body
        )

    async def move(self, member: Member, appointment_id: str, slot_id: str) -> httpx.Response:
        return await self.act(member, appointment_id, "move", {"slot_id": slot_id})

    async def deal_with(
        self, appointment_id: str, act: str, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """check-in, fulfilment, cancellation or correction, by staff."""
        body = {"reason": "测试"} if act in {"cancellation", "correction"} else None
        return await self.client.post(
            f"{STAFF_APPOINTMENTS}/{appointment_id}/{act}",
            headers=headers or await self.as_staff(),
            json=body,
        )

    async def see(self, member: Member, appointment_id: str) -> dict[str, Any]:
        answer = await self.client.get(
            f"{APPOINTMENTS}/{appointment_id}", headers=auth(self.make.token(member))
        )
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def state(self, member: Member, appointment_id: str) -> str:
        return str((await self.see(member, appointment_id))["state"])

    async def until(self, at: str, *, before: timedelta = timedelta()) -> None:
        """The clock is moved to that time, or so long before it."""
        await self.later(datetime.fromisoformat(at) - before - self.now + timedelta(seconds=1))

    async def appointment(self, how: str = "booked") -> str:
        """Somebody's, `booked`, `near` at hand, or `checked_in`."""
        slot = (await self.slots(await self.planned()))[0]
        made = await self.booked(await self.patient(), slot["id"])
        if how != "booked":
            await self.until(slot["starts_at"], before=30 * MINUTE)
        if how == "checked_in":
            assert (await self.deal_with(made["id"], "check-in")).is_success
        return str(made["id"])
