"""Members and desks of couplets, who do over HTTP what they would do."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.models.states import Role
from app.models.waiting import WaitingOffer
from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.opening import HOUR, NUMBER, Openings
from tests.shared.exports.desk import work_off

__all__ = ["HOUR", "NUMBER", "Couplets", "Event", "told"]

EVENTS, STAFF = "/v1/couplets/events", "/v1/admin/couplets/events"
RESERVATIONS = "/v1/couplets/reservations"


@dataclass
class Event:
    """What its creation answered, by the names that scenes use."""

    body: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def path(self) -> str:
        return f"{EVENTS}/{self.id}"

    @property
    def desk(self) -> str:
        return f"{STAFF}/{self.id}"

    def choice(self, variant: int = 0, site: int = 0) -> dict[str, str]:
        return {
            "variant_id": self.body["variants"][variant]["id"],
            "site_id": self.body["sites"][site]["id"],
        }


@dataclass
class Couplets(Openings):
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    _keys: "count[int]" = field(default_factory=lambda: count(1))
    _staff: dict[Role, str] = field(default_factory=dict)

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"couplets-{next(self._keys)}")

    async def as_staff(self, role: Role = Role.DESK) -> dict[str, str]:
        """The same account each time."""
        if role not in self._staff:
            self._staff[role] = await self.make.staff(role)
        return auth(self._staff[role])

    def plan(self, *, reserved: int = 1, walk_in: int = 1, **changes: Any) -> dict[str, Any]:
        """An event that is open now, with one variant and two sites that close a week from now."""
        now = self.make.rooms.clock.now()

        def at(by: timedelta) -> str:
            return (now + by).isoformat()

        site = {"opens_at": at(3 * 24 * HOUR), "closes_at": at(7 * 24 * HOUR)}
        return {
            "title": "送万福、进万家",
            "stream_url": "https://live.example.cn/couplets",
            "live_from": at(-HOUR),
            "live_to": at(HOUR),
            "reserve_opens_at": at(-HOUR),
            "reserve_closes_at": at(6 * 24 * HOUR),
            "opening": "first_come",
            "variants": [
                {
                    "title": "七言春联",
                    "text": "春风入喜财入户",
                    "reserved": reserved,
                    "walk_in": walk_in,
                }
            ],
            "sites": [
                {"name": "市工人文化宫", "address": "东海西路 1 号", **site},
                {"name": "李沧工会驿站", "address": "书院路 2 号", **site},
            ],
            **changes,
        }

    async def create(self, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        return await self.client.post(
            STAFF, headers=await self.as_staff(Role.CAMPAIGN_MANAGER), json=self.plan(**changes)
        )

    async def event(self, **changes: Any) -> Event:
        answer = await self.create(**changes)
        assert answer.status_code == 201, answer.text
        return Event(answer.json())

    async def stock(self, event: Event, **change: Any) -> httpx.Response:
        """Of the first variant: `pool`, `expected_total`, `total`."""
        return await self.client.post(
            f"{event.desk}/variants/{event.choice()['variant_id']}/stock",
            headers=await self.as_staff(Role.CAMPAIGN_MANAGER),
            json={**change, "reason": "加写"},
        )

    async def change(self, event: Event, version: int = 1, **changes: Any) -> httpx.Response:
        return await self.client.patch(
            event.desk,
            headers=await self.as_staff(Role.CAMPAIGN_MANAGER),
            json={"version": version, **changes},
        )

    async def see(self, member: Member, event: Event) -> dict[str, Any]:
        answer = await self.client.get(event.path, headers=auth(self.make.token(member)))
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def reserve(
        self, member: Member, event: Event, *, key: str | None = None, **choice: int
    ) -> httpx.Response:
        return await self.client.post(
            f"{event.path}/reservations",
            headers=self.as_member(member, key),
            json=event.choice(**choice),
        )

    async def fair_event(self, *, window_min: int = 60, **changes: Any) -> Event:
        """Whoever asks within its window, which opens now, is put in order."""
        now = self.make.rooms.clock.now()
        return await self.event(
            opening="fair_draw",
            opening_window_min=window_min,
            reserve_opens_at=now.isoformat(),
            **changes,
        )

    async def entry(self, member: Member, event: Event) -> dict[str, Any]:
        answer = await self.client.get(f"{event.path}/entry", headers=auth(self.make.token(member)))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def take_back(self, member: Member, event: Event) -> httpx.Response:
        return await self.client.post(
            f"{event.path}/entry/withdrawal", headers=self.as_member(member)
        )

    async def close_window(self, event: Event) -> dict[str, Any]:
        return await self.window_closes(event.body["fair"])

    async def draw(self, event: Event) -> dict[str, Any]:
        return await self.public_draw(event.body["fair"])

    async def ask_order(self, event: Event, numbers: Any = None) -> httpx.Response:
        return await self.enter_number(event.desk, numbers)

    async def drawn(self, event: Event) -> None:
        await self.number_entered(event.desk)

    async def reserved(self, member: Member, event: Event, **choice: int) -> str:
        answer = await self.reserve(member, event, **choice)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def of_reservation(
        self, member: Member, reservation_id: str, act: str, body: Any = None
    ) -> httpx.Response:
        """cancellation, recipient or proxy."""
        return await self.client.post(
            f"{RESERVATIONS}/{reservation_id}/{act}",
            headers=self.as_member(member),
            json=body,
        )

    async def cancel(self, member: Member, reservation_id: str) -> httpx.Response:
        return await self.of_reservation(
            member, reservation_id, "cancellation", {"reason": "来不了"}
        )

    async def wait(self, member: Member, event: Event, **choice: int) -> httpx.Response:
        return await self.client.post(
            f"{event.path}/waitlist", headers=self.as_member(member), json=event.choice(**choice)
        )

    async def leave(self, member: Member, event: Event) -> httpx.Response:
        return await self.client.post(
            f"{event.path}/waitlist/withdrawal", headers=self.as_member(member)
        )

    async def offer(self, member: Member, event: Event) -> str | None:
        """The id of what is kept for the member, if anything is."""
        offer = (await self.see(member, event))["mine"]["offer"]
        return str(offer["id"]) if offer else None

    async def offer_of(self, entry_id: str) -> str:
        """The offer that was made to a place, whatever has become of it."""
        async with self.make.rooms.sessions() as session:
            found = await session.scalar(
                select(WaitingOffer.id).where(WaitingOffer.entry_id == UUID(entry_id))
            )
        return str(found)

    async def accept(self, member: Member, offer_id: str) -> httpx.Response:
        return await self.client.post(
            f"/v1/couplets/offers/{offer_id}/acceptance", headers=self.as_member(member)
        )

    async def show_pass(self, member: Member, reservation_id: str) -> str:
        answer = await self.client.get(
            f"{RESERVATIONS}/{reservation_id}/pass", headers=auth(self.make.token(member))
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["pass"])

    async def pick_up(
        self, event: Event, *, headers: dict[str, str] | None = None, **shown: Any
    ) -> httpx.Response:
        """By `text` (a pass), `proxy_code`, or `name` and `phone_last4`."""
        body = {"pass" if name == "text" else name: value for name, value in shown.items()}
        return await self.client.post(
            f"{event.desk}/pickups", headers=headers or await self.as_staff(), json=body
        )

    async def collect(self, member: Member, reservation_id: str, event: Event) -> str:
        shown = await self.show_pass(member, reservation_id)
        answer = await self.pick_up(event, text=shown)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def walk_in(
        self, event: Event, member: Member | None = None, **choice: int
    ) -> httpx.Response:
        who = {"member_no": member.member_no} if member else {}
        return await self.client.post(
            f"{event.desk}/walk-ins",
            headers=await self.as_staff(),
            json={**event.choice(**choice), **who},
        )

    async def reverse(self, pickup_id: str) -> httpx.Response:
        return await self.client.post(
            f"/v1/admin/couplets/pickups/{pickup_id}/reversal",
            headers=await self.as_staff(),
            json={"reason": "发错人"},
        )

    async def upload(
        self, event: Event, *items: dict[str, Any], headers: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Sent just now, by a device whose clock is right."""
        answer = await self.client.post(
            f"{event.desk}/pickups/batch",
            headers=headers or await self.as_staff(),
            json={"sent_at": self.make.rooms.clock.now().isoformat(), "items": list(items)},
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    async def look(self, event: Event, part: str = "") -> Any:
        """The event, or its statistics, waitlist, pickups, disputes, as staff see them."""
        answer = await self.client.get(
            f"{event.desk}{part}",
            headers=await self.as_staff() | {"Accept-Language": "en"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def left(self, event: Event) -> tuple[int, int]:
        """Of the first variant: what can be reserved, what there is at the door."""
        variant = (await self.look(event))["variants"][0]
        return variant["left"], variant["walk_in_left"]

    async def state(self, member: Member, reservation_id: str) -> str:
        answer = await self.client.get(
            f"{RESERVATIONS}/{reservation_id}", headers=auth(self.make.token(member))
        )
        return str(answer.json()["state"])

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def work_off(self) -> None:
        """All that workers have to do by now."""
        await work_off(self.make.rooms)

    async def notices(self, member: Member) -> list[str]:
        answer = await self.client.get("/v1/me/notices", headers=auth(self.make.token(member)))
        return [notice["kind"] for notice in answer.json()["items"]]


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.is_error else None
