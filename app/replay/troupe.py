"""Acts of members and staff, each of which must be answered as foreseen."""

from typing import Any
from uuid import uuid4

from app.replay.stage import Stage
from app.replay.wire import Answer


class Troupe:
    """Everybody who acts on a stage. What is not answered as foreseen is noted there."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def act(
        self,
        account: str,
        path: str,
        body: object = None,
        *,
        expects: str = "200",
        act: str,
    ) -> dict[str, Any]:
        """A member's POST; the body of an answer that was foreseen, else nothing."""
        return self._heard(await self.send(account, path, body), expects, act)

    async def send(self, account: str, path: str, body: object = None) -> Answer:
        return await self._post(self.stage.member_token(account), path, body)

    async def order(
        self,
        role: str,
        path: str,
        body: object = None,
        *,
        expects: str = "200",
        act: str,
    ) -> dict[str, Any]:
        """As `act`, by staff."""
        return self._heard(await self.send_as(role, path, body), expects, act)

    async def send_as(self, role: str, path: str, body: object = None) -> Answer:
        """A POST of staff."""
        return await self._post(self.stage.staff[role], path, body)

    async def set_up(self, role: str, path: str, body: object, *, act: str) -> dict[str, Any]:
        """As `order`, for what nothing can go on without. Raises `NotPlayable`."""
        answer = await self.send_as(role, path, body)
        self.stage.must(answer, "200", "201", "202", act=act)
        return dict(answer.body)

    async def read(self, account: str, path: str, *, act: str) -> dict[str, Any]:
        token = self.stage.member_token(account)
        return self._heard(await self.stage.wire.send("GET", path, token=token), "200", act)

    async def inspect(self, role: str, path: str, *, act: str) -> dict[str, Any]:
        """As `read`, by staff."""
        token = self.stage.staff[role]
        return self._heard(await self.stage.wire.send("GET", path, token=token), "200", act)

    async def read_public(self, path: str, *, act: str) -> dict[str, Any]:
        """As anybody does. Raises `NotPlayable`."""
        answer = await self.stage.wire.send("GET", path)
        self.stage.must(answer, "200", act=act)
        return dict(answer.body)

    async def read_all(self, account: str, path: str) -> list[Any]:
        return await self.stage.read_all(path, self.stage.member_token(account))

    async def _post(self, token: str, path: str, body: object) -> Answer:
        # Every act is one of its own; the wire sends it again under the same key.
        return await self.stage.wire.send("POST", path, token=token, key=str(uuid4()), body=body)

    def _heard(self, answer: Answer, expects: str, act: str) -> dict[str, Any]:
        is_foreseen = self.stage.expect(answer, expects, act=act)
        return answer.body if is_foreseen and answer.status < 300 else {}
