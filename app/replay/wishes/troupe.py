"""Everybody who acts in a wish, and the wishes as they stand while they are played."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from app.replay.stage import Stage
from app.replay.wire import Answer
from app.replay.wishes.plan import PlannedWish

WISHES = "/v1/wishes"
STAFFS = "/v1/admin/wishes"
REVIEWER, SECOND_REVIEWER = "wish_reviewer", "administrator"


@dataclass(slots=True)
class Story:
    """A wish on its way. Empty ids: it never came so far, which was a surprise."""

    plan: PlannedWish
    needed_by: datetime
    wish_id: str = ""
    dispatch_id: str = ""
    claim_id: str = ""
    volunteer: str = ""

    @property
    def wisher(self) -> str:
        return self.plan.wisher.account

    @property
    def path(self) -> str:
        return f"{WISHES}/{self.wish_id}"

    @property
    def claim_path(self) -> str:
        return f"{self.path}/claims/{self.claim_id}"

    @property
    def staffs_path(self) -> str:
        return f"{STAFFS}/{self.wish_id}"


class Troupe:
    """Acts of members and staff, each of which must be answered as foreseen."""

    def __init__(self, stage: Stage, tokens: Mapping[str, str]) -> None:
        self.stage = stage
        self._tokens = tokens

    async def act(
        self,
        account: str,
        path: str,
        body: object = None,
        *,
        expects: str = "200",
        act: str,
    ) -> dict[str, Any]:
        """A member's; the body of an answer that was foreseen, else nothing."""
        return self._heard(await self.send(account, path, body), expects, act)

    async def send(self, account: str, path: str, body: object = None) -> Answer:
        return await self._post(self._tokens[account], path, body)

    async def order(
        self,
        role: str,
        path: str,
        body: object,
        *,
        expects: str = "200",
        act: str,
    ) -> dict[str, Any]:
        """As `act`, by staff."""
        answer = await self._post(self.stage.staff[role], path, body)
        return self._heard(answer, expects, act)

    async def read(self, account: str, path: str, *, act: str) -> dict[str, Any]:
        answer = await self.stage.wire.send("GET", path, token=self._tokens[account])
        return self._heard(answer, "200", act)

    async def read_all(self, account: str, path: str) -> list[Any]:
        return await self.stage.read_all(path, self._tokens[account])

    async def _post(self, token: str, path: str, body: object) -> Answer:
        # Every act is one of its own; the wire sends it again under the same key.
        return await self.stage.wire.send("POST", path, token=token, key=str(uuid4()), body=body)

    def _heard(self, answer: Answer, expects: str, act: str) -> dict[str, Any]:
        is_foreseen = self.stage.expect(answer, expects, act=act)
        return answer.body if is_foreseen and answer.status < 300 else {}
