"""Experts, as staff bring them in for some days: accounts that answer consultations, some who only
receive members, and the one medical reviewer. An earlier play's are let go first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from app.replay.health import advice_times as times
from app.replay.health.advice_plan import Plan
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe

EXPERTS, STAFF = "/v1/admin/health/experts", "/v1/admin/staff"
MANAGER, OFFICER, ADMINISTRATOR = "campaign_manager", "privacy_officer", "administrator"
LICENCES = "REPLAY-"
# What half of those who answer, and all who receive, advise on.
BODY = ("general", "respiratory", "chronic", "nutrition")
MIND = ("psychological", "mother_and_child", "general", "nutrition")
RECEIVED_FOR = "chronic"
HOSPITAL, PLACE = "青岛大学附属医院", "市工人文化宫健康咨询室"


@dataclass(frozen=True, slots=True)
class Expert:
    """`role`: under which the stage has the token of the expert's account; empty without one."""

    id: str
    role: str
    topics: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cast:
    advisers: Sequence[Expert]
    receivers: Sequence[Expert]
    reviewer: Expert

    def for_topic(self, topic: str, number: int) -> tuple[Expert, Expert]:
        """One who advises on it, by turns, and another."""
        able = [each for each in self.advisers if topic in each.topics]
        return able[number % len(able)], able[(number + 1) % len(able)]


async def let_go_of_earlier(stage: Stage) -> bool:
    """Whether a play that was killed has left any. Raises `NotPlayable`."""
    left = False
    token = stage.staff[MANAGER]
    for expert in await stage.read_all(EXPERTS, token):
        is_ours = expert["licence_no"].startswith(LICENCES)
        if expert["is_reviewer"] and not is_ours:
            raise NotPlayable("somebody else is the medical reviewer")
        if is_ours and expert["is_active"]:
            left = True
            body = {"version": expert["version"], "is_active": False}
            path = f"{EXPERTS}/{expert['id']}"
            answer = await stage.wire.send("PATCH", path, token=token, body=body)
            stage.must(answer, "200", act="letting an expert go")
    return left


class Hiring:
    """Of one play. `stage` has the accounts' tokens, each by its name."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._name = f"replay-{uuid4().hex[:8]}"
        self._accounts: list[str] = []

    async def hire(self, plan: Plan, first_day: date) -> Cast:
        """Raises `NotPlayable`."""
        advisers = [
            await self._adviser(number, MIND if number % 2 else BODY)
            for number in range(plan.advisers)
        ]
        receivers = [await self._receiver(number, first_day) for number in range(plan.receivers)]
        reviewer = await self._adviser(plan.advisers, ("nutrition",))
        body = {"is_reviewer": True, "reason": "医务处任命"}
        answer = await self.stage.wire.send(
            "PUT",
            f"{EXPERTS}/{reviewer.id}/reviewer",
            token=self.stage.staff[OFFICER],
            body=body,
        )
        self.stage.must(answer, "200", act="naming the medical reviewer")
        return Cast(advisers, receivers, reviewer)

    async def let_go(self) -> None:
        """All of them, and their accounts."""
        await let_go_of_earlier(self.stage)
        troupe = Troupe(self.stage)
        for staff_id in self._accounts:
            path, act = f"{STAFF}/{staff_id}/disable", "closing an expert's account"
            await troupe.order(ADMINISTRATOR, path, {}, act=act)

    async def _adviser(self, number: int, topics: Sequence[str]) -> Expert:
        role = f"{self._name}-{number:02}"
        body: dict[str, Any] = {"name": role, "roles": ["expert"]}
        troupe = Troupe(self.stage)
        made = await troupe.set_up(ADMINISTRATOR, STAFF, body, act="making an expert's account")
        self._accounts.append(made["id"])
        form = {"grant_type": "password", "username": role, "password": made["password"]}
        answer = await self.stage.wire.send("POST", "/v1/oauth/token", form=form)
        self.stage.must(answer, "200", act="an expert's signing in")
        token = answer.body["access_token"]
        self.stage = replace(self.stage, staff={**self.stage.staff, role: token})
        return Expert(await self._create(f"A{number:02}", topics, account=role), role, topics)

    async def _receiver(self, number: int, first_day: date) -> Expert:
        expert_id = await self._create(f"R{number:02}", (RECEIVED_FOR,))
        answer = await self.stage.wire.send(
            "PUT",
            f"{EXPERTS}/{expert_id}/plan",
            token=self.stage.staff[MANAGER],
            body=_hours(first_day),
        )
        self.stage.must(answer, "200", act="planning an expert's hours")
        return Expert(expert_id, "", (RECEIVED_FOR,))

    async def _create(self, number: str, topics: Sequence[str], **more: str) -> str:
        body = {
            "name": f"回放医生{number}",
            "title": "主任医师",
            "licence_no": f"{LICENCES}{self._name[7:]}-{number}",
            "hospital": HOSPITAL,
            "department": "心理科" if topics == MIND else "内科",
            "topics": list(topics),
            **more,
        }
        troupe = Troupe(self.stage)
        created = await troupe.set_up(MANAGER, EXPERTS, body, act="bringing an expert in")
        return str(created["id"])


def _hours(first_day: date) -> dict[str, object]:
    """One day's."""
    day = date.fromordinal(first_day.toordinal() + times.VISITS_DAY)
    hours = {"opens": times.OPENS, "closes": times.CLOSES, "weekday": day.isoweekday()}
    valid = {"valid_from": day.isoformat(), "valid_until": day.isoformat()}
    opens, closes = times.BREAK
    return {
        "version": 0,
        "place": PLACE,
        "slot_min": times.SLOT_MIN,
        "hours": [hours | valid],
        "breaks": [{"opens": opens, "closes": closes}],
    }
