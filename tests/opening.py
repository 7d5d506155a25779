"""Crowds that are put in order by a draw, whatever it is that opens: the window closes, two people
enter the number, and anybody draws it again."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from app.models.states import Role
from app.routers.rooms import Rooms
from app.shared.draws import inspect_draws
from tests.house.source import ROOT

HOUR = timedelta(hours=1)
# What a round of drand might say.
NUMBER = "5f" * 32
VERIFIER = ROOT / "tools" / "verify_draw.py"


class Openings:
    """What a pack's helper is, to be one of these as well. `fair` is as the pack shows it."""

    client: httpx.AsyncClient

    async def as_staff(self, role: Role) -> dict[str, str]:
        raise NotImplementedError

    async def later(self, by: timedelta) -> None:
        raise NotImplementedError

    async def work_off(self) -> None:
        raise NotImplementedError

    async def window_closes(self, fair: dict[str, Any]) -> dict[str, Any]:
        """And its number is out: the public draw as it is then."""
        await self.later(HOUR)
        await self.work_off()
        await self.later(HOUR / 4)
        return await self.public_draw(fair)

    async def public_draw(self, fair: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/public/draws/{fair['draw_id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def proof(self, fair: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.get((await self.public_draw(fair))["proof"])
        found: dict[str, Any] = answer.json()
        return found

    async def enter_number(self, path: str, numbers: Any = None) -> httpx.Response:
        """The first of two people."""
        return await self.client.post(
            f"{path}/order",
            headers=await self.as_staff(Role.DRAW_OFFICER),
            json={"public_numbers": numbers or [NUMBER], "reason": "已核对 drand"},
        )

    async def number_entered(self, path: str) -> None:
        """By two people; no turn is taken by that."""
        asked = await self.enter_number(path)
        assert asked.status_code == 202, asked.text
        approval_id = asked.json()["approval_id"]
        decided = await self.client.post(
            f"/v1/admin/approvals/{approval_id}/decision",
            headers=await self.as_staff(Role.CAMPAIGN_MANAGER),
            json={"decision": "approve", "reason": "号码相符"},
        )
        assert decided.status_code == 200, decided.text


def verified(proof: dict[str, Any], folder: Path, *noted: str) -> subprocess.CompletedProcess[str]:
    """By the page of Python that anybody can download."""
    path = folder / "proof.json"
    path.write_text(json.dumps(proof), "utf-8")
    return subprocess.run(
        [sys.executable, str(VERIFIER), str(path), *noted],
        capture_output=True,
        text=True,
        check=False,
    )


async def assert_draws_are_right(rooms: Rooms) -> None:
    async with rooms.sessions() as session:
        checks = [check async for check in inspect_draws(session)]
    assert not [(check.name, check.faults) for check in checks if check.faults]
