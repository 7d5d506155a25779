"""A store whose system is certified: its till, staff, a test batch, and the codes made for it."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from app.models.states import Role
from app.packs.breakfast.certification_cases import DISPUTED
from app.packs.breakfast.queries import BatchFacts
from app.platform.clock import SHANGHAI
from tests.factories import Factory, auth

REDEMPTIONS = "/v1/store/redemptions"
TEST_PASSES = "/v1/store/test-passes"


def codes_path(batch: BatchFacts) -> str:
    return f"/v1/admin/breakfast/batches/{batch.id}/test-codes"


@dataclass
class Certification:
    """`store_no` goes into every call where a merchant's own system is tried."""

    client: httpx.AsyncClient
    make: Factory
    store_no: str = "CERT-1"
    names_store: bool = False
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def begin(self, till: str | None = None, **batch: Any) -> "Certification":
        self.store_id = await self.make.store(store_no=self.store_no)
        self.till = auth(till or await self.make.till(self.store_id))
        self.staff = auth(await self.make.staff(Role.STORE_MANAGER))
        self.batch = await self.make.batch(**{"test": True, "total": 100, **batch})
        return self

    async def ask(self, key: str | None = None, **body: Any) -> httpx.Response:
        """Staff ask for a set."""
        headers = self.staff | ({"Idempotency-Key": f'"{key}"'} if key else {})
        asked = {"store_no": self.store_no} | body
        return await self.client.post(codes_path(self.batch), headers=headers, json=asked)

    async def made(self) -> dict[str, dict[str, Any]]:
        """A fresh set, by case."""
        answer = await self.ask()
        assert answer.status_code == 201, answer.text
        return {each["case"]: each for each in answer.json()["codes"]}

    async def present(self, code: dict[str, Any]) -> list[str]:
        """What the till hears for all that the case has to present."""
        if code["act"] == "reverse":
            return [await self.reverse(code["redemption_no"])]
        act = self.upload if code["act"] == "upload" else self.redeem
        texts = [each for each in (code["pass"], code["code"]) if each is not None]
        # Once it is redeemed its code says so, and that is another case.
        return [await act(text) for text in texts[: 1 if code["expected"] == "accepted" else 2]]

    async def redeem(self, text: str, number: str | None = None) -> str:
        answer = await self.client.put(
            f"{REDEMPTIONS}/{number or self._number()}",
            headers=self.till,
            json=self._body(code=text),
        )
        if answer.status_code == 201:
            assert answer.json()["test"] is True
            return "accepted"
        return str(answer.json()["code"])

    async def look_up(self, text: str) -> str:
        answer = await self.client.post(
            f"{REDEMPTIONS}/lookup", headers=self.till, json=self._body(code=text)
        )
        return "accepted" if answer.status_code == 200 else str(answer.json()["code"])

    async def upload(self, text: str) -> str:
        now = self.make.rooms.clock.now().astimezone(SHANGHAI).isoformat()
        scan = {"redemption_no": self._number(), "code": text, "redeemed_at": now}
        answer = await self.client.post(
            f"{REDEMPTIONS}/batch", headers=self.till, json=self._body(sent_at=now, items=[scan])
        )
        [result] = answer.json()["results"]
        if result["outcome"] in ("accepted", DISPUTED):
            return str(result["outcome"])
        return str(result["code"])

    async def reverse(self, number: str) -> str:
        answer = await self.client.post(
            f"{REDEMPTIONS}/{number}/reversal", headers=self.till, json=self._body(reason="扫错了")
        )
        body = answer.json()
        return str(body.get("code", body.get("state")))

    async def fresh_pass(self, code: str) -> httpx.Response:
        return await self.client.post(TEST_PASSES, headers=self.till, json=self._body(code=code))

    def _body(self, **fields: Any) -> dict[str, Any]:
        return fields | ({"store_no": self.store_no} if self.names_store else {})

    def _number(self) -> str:
        return f"CASE-{next(self._numbers):04}"
