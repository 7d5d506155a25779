"""Wishers, volunteers and reviewers, who do over HTTP what members and staff do."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import update

from app.models import identity
from app.models.states import Role
from app.shared.identity.callers import Member
from tests.factories import YEAR, Factory, auth
from tests.shared.exports.desk import work_off

WISHES, STAFF = "/v1/wishes", "/v1/admin/wishes"
PHONE = "19911112222"


@dataclass
class Wishing:
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    _keys: "count[int]" = field(default_factory=lambda: count(1))

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"wishing-{next(self._keys)}")

    async def reviewer(self) -> dict[str, str]:
        return auth(await self.make.staff(Role.WISH_REVIEWER))

    def text(self, **changes: Any) -> dict[str, Any]:
        needed_by = self.make.rooms.clock.now() + YEAR
        return {
            "kind": "elderly_care",
            "title": "想要一副老花镜",
            "detail": "看不清报纸。",
            "district": "shinan",
            "urgency": "anytime",
            "needed_by": needed_by.isoformat(),
            "contact_phone": PHONE,
            "show_contact_to_helper": True,
            **changes,
        }

    async def post(self, wisher: Member, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        return await self.client.post(
            WISHES, headers=self.as_member(wisher), json=self.text(**changes)
        )

    async def posted(self, wisher: Member | None = None, **changes: Any) -> str:
        answer = await self.post(wisher or await self.make.member(name="王阿姨"), **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def review(
        self, wish_id: str, *, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        return await self.client.post(
            f"{STAFF}/{wish_id}/review",
            headers=headers or await self.reviewer(),
            json={"decision": "approve", "reason": "情况属实", **body},
        )

    async def opened(self, wisher: Member | None = None, **changes: Any) -> str:
        """A wish that can be claimed."""
        wish_id = await self.posted(wisher, **changes)
        answer = await self.review(wish_id)
        assert answer.json()["state"] == "open", answer.text
        return wish_id

    async def claim(
        self, volunteer: Member, wish_id: str, key: str | None = None
    ) -> httpx.Response:
        return await self.client.post(
            f"{WISHES}/{wish_id}/claims", headers=self.as_member(volunteer, key)
        )

    async def claimed(self, volunteer: Member, wish_id: str) -> str:
        answer = await self.claim(volunteer, wish_id)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def act(
        self, volunteer: Member, wish_id: str, claim_id: str, act: str, **body: Any
    ) -> httpx.Response:
        """start, release or submission."""
        shown = {
            "start": None,
            "release": {"reason": "来不及"},
            "submission": {"evidence": "送到了", "minutes": 90},
        }[act]
        return await self.client.post(
            f"{WISHES}/{wish_id}/claims/{claim_id}/{act}",
            headers=self.as_member(volunteer),
            json=None if shown is None else {**shown, **body},
        )

    async def started(self, volunteer: Member, wish_id: str) -> str:
        claim_id = await self.claimed(volunteer, wish_id)
        answer = await self.act(volunteer, wish_id, claim_id, "start")
        assert answer.status_code == 200, answer.text
        return claim_id

    async def submitted(self, volunteer: Member, wish_id: str, **body: Any) -> str:
        claim_id = await self.started(volunteer, wish_id)
        answer = await self.act(volunteer, wish_id, claim_id, "submission", **body)
        assert answer.status_code == 200, answer.text
        return claim_id

    async def confirm(
        self, wisher: Member, wish_id: str, *, done: bool = True, **body: Any
    ) -> httpx.Response:
        return await self.of_wish(wisher, wish_id, "confirmation", done=done, **body)

    async def withdraw(self, wisher: Member, wish_id: str) -> httpx.Response:
        return await self.of_wish(wisher, wish_id, "withdrawal", reason="不需要了")

    async def rate(self, member: Member, wish_id: str) -> httpx.Response:
        return await self.of_wish(member, wish_id, "rating", stars=5, comment="很好")

    async def of_wish(self, member: Member, wish_id: str, act: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{WISHES}/{wish_id}/{act}", headers=self.as_member(member), json=body
        )

    async def dispatch(
        self, wish_id: str, volunteer: Member, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.client.post(
            f"{STAFF}/{wish_id}/dispatches",
            headers=headers or await self.reviewer(),
            json={"member_no": volunteer.member_no},
        )

    async def dispatched(self, wish_id: str, volunteer: Member) -> str:
        answer = await self.dispatch(wish_id, volunteer)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def answer(
        self, volunteer: Member, dispatch_id: str, act: str, key: str | None = None
    ) -> httpx.Response:
        """acceptance or refusal."""
        return await self.client.post(
            f"{WISHES}/dispatches/{dispatch_id}/{act}",
            headers=self.as_member(volunteer, key),
            json={"reason": "太远了"} if act == "refusal" else None,
        )

    async def record(self, volunteer: Member, **seen: bool) -> httpx.Response:
        """All of it seen, unless said otherwise."""
        suits = {"is_adult": True, "is_trained": True, "is_healthy": True}
        return await self.client.put(
            f"/v1/admin/wish-volunteers/{volunteer.id}",
            headers=await self.reviewer(),
            json={**suits, **seen, "reason": "已核验"},
        )

    async def see(self, member: Member, wish_id: str | UUID) -> httpx.Response:
        return await self.client.get(f"{WISHES}/{wish_id}", headers=auth(self.make.token(member)))

    async def state(self, wish_id: str) -> str:
        """As staff read it."""
        answer = await self.client.get(f"{STAFF}/{wish_id}", headers=await self.reviewer())
        return str(answer.json()["state"])

    async def join(self, member: Member, other: Member) -> None:
        """They turn out to be one human."""
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(
                update(identity.Member)
                .where(identity.Member.id == member.id)
                .values(person_id=other.person_id)
            )

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
