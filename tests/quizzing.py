"""Quiz managers, draw officers and members, who do over HTTP what they do."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from openpyxl import Workbook

from app.models.states import Role
from app.packs.health.holdings import CHECKS
from app.shared.draws import inspect_draws
from app.shared.identity.callers import Member
from app.shared.verification import run_checks
from tests.factories import YEAR, Factory, auth
from tests.shared.exports.desk import work_off

QUIZZES, DRAWS = "/v1/admin/health/quizzes", "/v1/admin/health/draws"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LIMIT_S, GRACE_S = 600, 30
KINDS = ("single", "multiple", "true_false")
RIGHT = "对"


def question(number: int, **changes: Any) -> dict[str, Any]:
    """What is right begins with 对, so that a test can tell and a member cannot."""
    kind = KINDS[number % 3]
    wrong = [
        {"text": f"错{place}", "correct": False} for place in range(1 + (kind != "true_false"))
    ]
    right = [
        {"text": f"{RIGHT}{place}", "correct": True} for place in range(1 + (kind == "multiple"))
    ]
    return {
        "code": f"Q{number:03}",
        "kind": kind,
        "text": f"第 {number} 题",
        "options": [*right, *wrong],
        "explanation": f"解释{number}",
        **changes,
    }


def _option(word: str, place: int) -> dict[str, Any]:
    return {"text": f"{word}{place}", "correct": word == RIGHT}


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.is_error else None


@dataclass
class Quizzing:
    """Answers are httpx's; what a scene needs of them it asserts."""

    client: httpx.AsyncClient
    make: Factory
    entrants: list[Member] = field(default_factory=list)
    _keys: "count[int]" = field(default_factory=lambda: count(1))
    _staff: dict[tuple[Role, int], dict[str, str]] = field(default_factory=dict)

    def as_member(self, member: Member, key: str | None = None) -> dict[str, str]:
        return auth(self.make.token(member), key or f"quizzing-{next(self._keys)}")

    async def staff(self, role: Role, which: int = 0) -> dict[str, str]:
        if (role, which) not in self._staff:
            self._staff[role, which] = auth(await self.make.staff(role))
        return self._staff[role, which]

    async def manager(self) -> dict[str, str]:
        return await self.staff(Role.QUIZ_MANAGER)

    async def create(self, size: int = 6, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        now = self.make.rooms.clock.now()
        body = {
            "title": "疫来疫往",
            "intro": "答题赢奖品。",
            "opens_at": now.isoformat(),
            "closes_at": (now + YEAR).isoformat(),
            "question_count": min(size, 3),
            "time_limit_s": LIMIT_S,
            "grace_s": GRACE_S,
            "attempts_per_person": 2,
            "questions": [question(number) for number in range(size)],
            **changes,
        }
        return await self.client.post(QUIZZES, headers=await self.manager(), json=body)

    async def opened(self, size: int = 6, **changes: Any) -> str:
        created = await self.create(size, **changes)
        assert created.status_code == 201, created.text
        quiz_id = str(created.json()["id"])
        opened = await self.of_quiz(quiz_id, "open")
        assert opened.json()["state"] == "open", opened.text
        return quiz_id

    async def of_quiz(self, quiz_id: str, act: str) -> httpx.Response:
        return await self.client.post(
            f"{QUIZZES}/{quiz_id}/{act}", headers=await self.manager(), json={"reason": "测试"}
        )

    async def bank(self, quiz_id: str) -> list[dict[str, Any]]:
        answer = await self.client.get(
            f"{QUIZZES}/{quiz_id}/questions", headers=await self.manager()
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def start(self, member: Member, quiz_id: str, key: str | None = None) -> httpx.Response:
        return await self.client.post(
            f"/v1/health/quizzes/{quiz_id}/attempts", headers=self.as_member(member, key)
        )

    async def started(self, member: Member, quiz_id: str) -> dict[str, Any]:
        answer = await self.start(member, quiz_id)
        assert answer.status_code == 201, answer.text
        begun: dict[str, Any] = answer.json()
        return begun

    def answers(self, attempt: dict[str, Any], right: int | None = None) -> dict[str, list[str]]:
        """So many of its questions right (all of them if not said), the others wrong."""
        chosen = {}
        for place, asked in enumerate(attempt["questions"]):
            is_right = right is None or place < right
            options = [o["id"] for o in asked["options"] if o["text"].startswith(RIGHT) == is_right]
            chosen[asked["id"]] = options if is_right else options[:1]
        return chosen

    async def save(self, member: Member, attempt_id: str, answers: Any) -> httpx.Response:
        return await self.client.put(
            f"/v1/health/attempts/{attempt_id}/answers",
            headers=auth(self.make.token(member)),
            json={"answers": answers},
        )

    async def submit(
        self,
        member: Member,
        attempt_id: str,
        answers: Any = None,
        key: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        return await self.client.post(
            f"/v1/health/attempts/{attempt_id}/submission",
            headers=self.as_member(member, key),
            json={"answers": answers or {}, **more},
        )

    async def finished(
        self, member: Member, quiz_id: str, right: int | None = None
    ) -> dict[str, Any]:
        begun = await self.started(member, quiz_id)
        answer = await self.submit(member, begun["id"], self.answers(begun, right))
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def see(self, member: Member, attempt_id: str) -> httpx.Response:
        return await self.client.get(
            f"/v1/health/attempts/{attempt_id}", headers=auth(self.make.token(member))
        )

    async def correct(self, quiz_id: str, question_id: str, right: list[str]) -> httpx.Response:
        return await self.client.post(
            f"{QUIZZES}/{quiz_id}/questions/{question_id}/key",
            headers=await self.manager(),
            json={"right": right, "reason": "教材更正"},
        )

    async def send_file(self, quiz_id: str, rows: Sequence[Sequence[str]]) -> httpx.Response:
        book, held = Workbook(), io.BytesIO()
        assert book.active is not None
        for row in rows:
            book.active.append(list(row))
        book.save(held)
        return await self.client.post(
            f"{QUIZZES}/{quiz_id}/questions/import",
            headers=await self.manager(),
            files={"file": ("bank.xlsx", held.getvalue())},
        )

    def draw_body(self, **changes: Any) -> dict[str, Any]:
        now = self.make.rooms.clock.now()
        return {
            "title": "答题抽奖",
            "title_en": "Quiz draw",
            "organiser": "青岛市总工会",
            "conditions": "完成答题即可参加。",
            "conditions_en": "Finish the quiz.",
            "opens_at": now.isoformat(),
            "closes_at": (now + DAY).isoformat(),
            "accept_within_h": 72,
            "prizes": [
                {"name": "电饭煲", "name_en": "cooker", "value_fen": 30000, "quantity": 1},
                {"name": "口罩", "name_en": "masks", "value_fen": 500, "quantity": 2},
            ],
            **changes,
        }

    async def officer(self, which: int = 0) -> dict[str, str]:
        return await self.staff(Role.DRAW_OFFICER, which)

    async def create_draw(self, **changes: Any) -> httpx.Response:
        await self.make.campaign()
        body = self.draw_body(**changes)
        return await self.client.post(DRAWS, headers=await self.officer(), json=body)

    async def opened_draw(self, **changes: Any) -> str:
        created = await self.create_draw(**changes)
        assert created.status_code == 201, created.text
        draw_id = str(created.json()["id"])
        opened = await self.of_draw(draw_id, "open")
        assert opened.json()["state"] == "open", opened.text
        return draw_id

    async def of_draw(self, draw_id: str, act: str, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{DRAWS}/{draw_id}/{act}",
            headers=await self.officer(),
            json={"reason": "按规则", **body},
        )

    async def decide(self, asked: httpx.Response, which: int = 1) -> httpx.Response:
        assert asked.status_code == 202, asked.text
        return await self.client.post(
            f"/v1/admin/approvals/{asked.json()['approval_id']}/decision",
            headers=await self.officer(which),
            json={"decision": "approve", "reason": "已核对"},
        )

    async def by_two(self, draw_id: str, act: str, **body: Any) -> None:
        decided = await self.decide(await self.of_draw(draw_id, act, **body))
        assert (decided.status_code, decided.json().get("state")) == (200, "approved"), decided.text

    def sources(self) -> list[dict[str, Any]]:
        tomorrow = (self.make.rooms.clock.now() + DAY).isoformat()
        lottery = {"kind": "lottery", "published_at": tomorrow, "url": "https://www.cwl.gov.cn/"}
        return [
            {**lottery, "name": "红球", "pick": 6, "lowest": 1, "highest": 33},
            {**lottery, "name": "蓝球", "pick": 1, "lowest": 1, "highest": 16},
        ]

    async def freezable(self, entrants: int = 0) -> str:
        """A draw whose entries are over."""
        draw_id, quiz_id = await self.opened_draw(), await self.opened()
        self.entrants = await self.make.members(entrants) if entrants else []
        for member in self.entrants:
            await self.finished(member, quiz_id)
        await self.later(DAY)
        return draw_id

    async def frozen(self, entrants: int = 0) -> str:
        draw_id = await self.freezable(entrants)
        await self.by_two(draw_id, "freeze")
        return draw_id

    async def committed(self, entrants: int = 0) -> str:
        """Its numbers are out."""
        draw_id = await self.frozen(entrants)
        await self.by_two(draw_id, "commit", sources=self.sources())
        await self.later(DAY)
        return draw_id

    async def drawn(self, entrants: int) -> tuple[str, str]:
        """A draw and the ticket that has its first prize."""
        draw_id = await self.committed(entrants)
        await self.by_two(draw_id, "reveal", public_numbers=[[1, 2, 3, 4, 5, 6], [7]])
        winners = (await self.public(draw_id))["winners"]
        return draw_id, str(winners[0]["ticket_no"])

    async def public(self, draw_id: str, part: str = "") -> dict[str, Any]:
        answer = await self.client.get(f"/v1/public/draws/{draw_id}{part}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def later(self, by: timedelta) -> None:
        await self.make.move_clock(by)

    async def work_off(self) -> None:
        await work_off(self.make.rooms)

    async def assert_right(self) -> None:
        """Every check of the pack and of the draws."""
        async with self.make.rooms.sessions() as session:
            checks = [check async for check in run_checks(session, CHECKS)]
            checks += [check async for check in inspect_draws(session)]
        assert not [check for check in checks if check.faults]
