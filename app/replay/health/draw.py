"""The draw: published, frozen, committed to numbers that are still to come, drawn by two people,
and drawn again by the program that anybody can run.

Campaign time is moved, so no lottery and no drand has published what is entered here: the numbers
follow from the play's seed. What they decide does not hang on where they came from.
"""

import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from app.replay.health.bank import MIN_SCORE, REASON
from app.replay.health.plan import Plan
from app.replay.health.times import ACCEPT_WITHIN_H, NUMBERS_OUT, QUIZ_CLOSES, QUIZ_OPENS
from app.replay.troupe import Troupe
from app.schemas.draws import DrawOut

STAFFS, PUBLIC = "/v1/admin/health/draws", "/v1/public/draws"
OFFICER, SECOND = "draw_officer", "campaign_manager"
NAMES = (("血压计", "Blood-pressure monitor", 50_000), ("体温枪", "Thermometer", 10_000))
THIRD = ("口罩礼包", "Pack of masks", 2_000)
# The League of Entropy's first chain, as it publishes it.
DRAND = "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"
DRAND_BEGAN, DRAND_PERIOD_S = datetime.fromtimestamp(1_595_431_050, UTC), 30
BALLS, PICKED = 33, 6
VERIFIER = Path(__file__).parents[3] / "tools" / "verify_draw.py"


class DrawPlay:
    """One draw of this play's own."""

    def __init__(self, troupe: Troupe, draw_id: str, first_day: datetime) -> None:
        self._troupe = troupe
        self._draw_id = draw_id
        self._first_day = first_day

    @classmethod
    async def publish(
        cls,
        troupe: Troupe,
        plan: Plan,
        quiz_id: str,
        first_day: datetime,
        excluded: Sequence[str],
    ) -> "DrawPlay":
        """Rules and prizes, before anybody enters. Raises `NotPlayable`."""
        body = _planned(plan, quiz_id, first_day, excluded)
        created = await troupe.set_up(OFFICER, STAFFS, body, act="creating the draw")
        path = f"{STAFFS}/{created['id']}/open"
        await troupe.set_up(OFFICER, path, {"reason": REASON}, act="publishing the draw")
        return cls(troupe, str(created["id"]), first_day)

    @property
    def ticket_path(self) -> str:
        return f"/v1/health/draws/{self._draw_id}/ticket"

    async def read(self) -> DrawOut:
        """As anybody sees it. Raises `NotPlayable`."""
        path = f"{PUBLIC}/{self._draw_id}"
        return DrawOut.model_validate(await self._troupe.read_public(path, act="reading the draw"))

    async def freeze(self) -> None:
        await self._by_two("freeze", {})

    async def commit(self) -> None:
        """Before the numbers exist; and nothing is drawn before they do."""
        await self._by_two("commit", {"sources": self._sources()})
        early = {"public_numbers": self._numbers(), "reason": REASON}
        path, act = f"{STAFFS}/{self._draw_id}/reveal", "drawing before the numbers are out"
        await self._troupe.order(OFFICER, path, early, expects="numbers_not_published", act=act)

    async def reveal(self) -> None:
        await self._by_two("reveal", {"public_numbers": self._numbers()})

    async def disqualify(self, tickets: Sequence[str]) -> None:
        for ticket_no in tickets:
            body = {"ticket_no": ticket_no, "reason": "由他人代答"}
            await self._by_two("disqualifications", body)

    async def accept(self, account: str, *, expects: str = "200") -> None:
        """The winner's own prize."""
        mine = await self._troupe.read(account, self.ticket_path, act="looking at a ticket")
        prize = mine.get("prize") or {}
        path = f"/v1/health/prizes/{prize.get('id', '')}/acceptance"
        await self._troupe.act(account, path, expects=expects, act="accepting a prize")

    async def _by_two(self, act: str, body: dict[str, Any]) -> None:
        """One asks, and only another one decides. Raises `NotPlayable`."""
        path = f"{STAFFS}/{self._draw_id}/{act}"
        asked = await self._troupe.set_up(OFFICER, path, {"reason": REASON, **body}, act=act)
        decision = f"/v1/admin/approvals/{asked['approval_id']}/decision"
        approve = {"decision": "approve", "reason": "已核对"}
        await self._troupe.order(
            OFFICER, decision, approve, expects="own_approval", act=f"{act}: one's own approval"
        )
        await self._troupe.set_up(SECOND, decision, approve, act=f"{act}: the second person")

    def _sources(self) -> list[dict[str, object]]:
        since = self._first_day + NUMBERS_OUT - DRAND_BEGAN
        return [
            {
                "kind": "lottery",
                "name": "双色球 红球（回放）",
                "published_at": (self._first_day + NUMBERS_OUT).isoformat(),
                "url": "https://www.cwl.gov.cn/",
                "pick": PICKED,
                "lowest": 1,
                "highest": BALLS,
            },
            {
                "kind": "drand",
                "chain": DRAND,
                "round": int(since.total_seconds()) // DRAND_PERIOD_S,
            },
        ]

    def _numbers(self) -> list[object]:
        seed = f"{self._troupe.stage.seed}-draw"
        balls = Random(seed).sample(range(1, BALLS + 1), PICKED)  # noqa: S311 (see above)
        return [sorted(balls), hashlib.sha256(seed.encode()).hexdigest()]

    async def prove(self) -> int:
        """1 if the stand-alone program, which shares no line with the service, confirms the proof
        as anybody fetches it, and the commitment that was noted down; else 0."""
        drawn = await self.read()
        proof = await self._troupe.read_public(drawn.proof, act="fetching the proof")
        return int(await is_confirmed(proof, str(drawn.commitment)))


async def is_confirmed(proof: dict[str, Any], commitment: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "proof.json"
        file.write_text(json.dumps(proof, ensure_ascii=False), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(VERIFIER),
            str(file),
            commitment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0


def _planned(
    plan: Plan, quiz_id: str, first_day: datetime, excluded: Sequence[str]
) -> dict[str, object]:
    prizes = [
        {"name": name, "name_en": name_en, "value_fen": value_fen, "quantity": quantity}
        for (name, name_en, value_fen), quantity in zip((*NAMES, THIRD), plan.prizes, strict=True)
    ]
    return {
        "title": "防疫知识答题抽奖 · 回放",
        "title_en": "Draw of the epidemic-prevention quiz (replay)",
        "organiser": "青岛市总工会",
        "conditions": "答对三题即可获得一张奖券，每人一张；主办单位工作人员不参加。",
        "conditions_en": "Three right answers earn a ticket, one a person; no staff.",
        "entry": {"quiz_id": quiz_id, "min_score": MIN_SCORE},
        "opens_at": (first_day + QUIZ_OPENS).isoformat(),
        "closes_at": (first_day + QUIZ_CLOSES).isoformat(),
        "accept_within_h": ACCEPT_WITHIN_H,
        "prizes": prizes,
        "excluded_member_nos": list(excluded),
    }
