"""Experts, counsellors and members who ask them, over HTTP."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from app.models.states import Role
from app.packs.health.holdings import CHECKS
from app.shared.identity.callers import Member
from app.shared.verification import run_checks
from tests.factories import Factory, auth
from tests.shared.exports.desk import work_off

EXPERTS = "/v1/admin/health/experts"
CONSULTATIONS, DESK = "/v1/health/consultations", "/v1/admin/health/consultations"
ALERTS = "/v1/admin/health/alerts"
RETENTION = "/v1/admin/retention"
RUNS = f"{RETENTION}/runs"
CONSENT = "/v1/me/consents/health_data"
EXPERT = {
    "name": "李医生",
    "title": "主任医师",
    "licence_no": "370200-TEST",
    "hospital": "青岛大学附属医院",
    "department": "呼吸内科",
    "topics": ["general", "respiratory", "psychological"],
}


_COUNT = count(1)


@dataclass(frozen=True)
class Working:
    """An expert, and the headers of the account that the expert works in."""

    id: str
    account: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return auth(self.token)


@dataclass
class Consulting:
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    _keys: "count[int]" = _COUNT
    _manager: dict[str, str] = field(default_factory=dict)

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"consulting-{next(self._keys)}")

    async def manager(self) -> dict[str, str]:
        if not self._manager:
            self._manager = auth(await self.make.staff(Role.CAMPAIGN_MANAGER))
        return self._manager

    async def create(self, **changes: Any) -> httpx.Response:
        body = {**EXPERT, "licence_no": f"370200-{str(uuid4())[:8]}", **changes}
        return await self.client.post(EXPERTS, headers=await self.manager(), json=body)

    async def expert(self, **changes: Any) -> Working:
        account = f"expert-{uuid4()}"
        token = await self.make.staff(Role.EXPERT, name=account)
        created = await self.create(account=account, **changes)
        assert created.status_code == 201, created.text
        return Working(created.json()["id"], account, token)

    async def consent(self, member: Member, *, given: bool = True) -> None:
        answer = await self.client.put(
            CONSENT,
            headers=auth(self.make.token(member)),
            json={"given": given, "version": 1},
        )
        assert answer.status_code == 200, answer.text

    async def asker(self) -> Member:
        """A member who consents, of a campaign that is there."""
        await self.make.campaign()
        member = await self.make.member()
        await self.consent(member)
        return member

    async def open(
        self, member: Member, text: str = "咳嗽两周了", *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        return await self.client.post(
            CONSULTATIONS,
            headers=self.as_member(member, key),
            json={"topic": "respiratory", "text": text, **more},
        )

    async def opened(self, member: Member, text: str = "咳嗽两周了", **more: Any) -> str:
        answer = await self.open(member, text, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def write(self, member: Member, thread_id: str, text: str, **more: Any) -> httpx.Response:
        return await self.client.post(
            f"{CONSULTATIONS}/{thread_id}/messages",
            headers=self.as_member(member),
            json={"text": text, **more},
        )

    async def own(self, member: Member, thread_id: str) -> httpx.Response:
        return await self.client.get(
            f"{CONSULTATIONS}/{thread_id}/messages", headers=auth(self.make.token(member))
        )

    async def act(self, member: Member, thread_id: str, act: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{CONSULTATIONS}/{thread_id}/{act}", headers=self.as_member(member), json=body
        )

    async def queue(self, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
        answer = await self.client.get(DESK, headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def read(self, headers: dict[str, str], thread_id: str) -> httpx.Response:
        return await self.client.get(f"{DESK}/{thread_id}/messages", headers=headers)

    async def desk(
        self, headers: dict[str, str], thread_id: str, act: str, **body: Any
    ) -> httpx.Response:
        return await self.client.post(f"{DESK}/{thread_id}/{act}", headers=headers, json=body)

    async def taken(
        self, member: Member, expert: Working, text: str = "咳嗽两周了", **more: Any
    ) -> str:
        thread_id = await self.opened(member, text, **more)
        answer = await self.desk(expert.headers, thread_id, "take")
        assert answer.status_code == 200, answer.text
        return thread_id

    async def officer(self) -> dict[str, str]:
        return auth(await self.make.staff(Role.PRIVACY_OFFICER))

    async def reviewer(self) -> Working:
        expert = await self.expert(name="审阅人", topics=["nutrition"])
        named = await self.client.put(
            f"{EXPERTS}/{expert.id}/reviewer",
            headers=await self.officer(),
            json={"is_reviewer": True, "reason": "医务处任命"},
        )
        assert named.json()["is_reviewer"] is True, named.text
        return expert

    async def looks(self, member: Member) -> list[str]:
        """The acts in the member's list of looks, the newest first."""
        answer = await self.client.get(
            "/v1/me/data-accesses", headers=auth(self.make.token(member))
        )
        return [each["act"] for each in answer.json()["items"]]

    async def alert(self) -> str:
        """One that nobody has acknowledged."""
        await self.opened(await self.asker(), "突然胸痛")
        (alert, *_) = await self.alerts(acknowledged="false")
        return str(alert["id"])

    async def alerts(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(ALERTS, headers=await self.manager(), params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def run(self, *, dry_run: bool) -> dict[str, int]:
        """What a run of retention erased, or would have, by kind."""
        answer = await self.client.post(
            RUNS, headers=await self.officer(), json={"dry_run": dry_run}
        )
        assert answer.status_code == 201, answer.text
        return {each["kind"].split(".")[1]: each["erased"] for each in answer.json()["lines"]}

    async def work_off(self) -> None:
        await work_off(self.make.rooms)

    async def assert_right(self) -> None:
        async with self.make.rooms.sessions() as session:
            checks = [check async for check in run_checks(session, CHECKS)]
        assert not [check for check in checks if check.faults]
