"""A till whose network is down judges a pass by what it fetched before, and by nothing else."""

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.models.states import District
from app.packs.breakfast.passes import Passes
from app.platform.crypto import KeyRing
from tests.factories import Factory, auth
from tests.tills import Counter

pytestmark = pytest.mark.anyio


def decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


class OfflineTill:
    """Written from the documents alone: base64, JSON and Ed25519, no code of the service."""

    def __init__(self, kit: dict[str, Any]) -> None:
        self.keys = {key["kid"]: decode(key["x"]) for key in kit["keys"]}
        self.batches = {batch["id"]: batch for batch in kit["batches"]}
        self.revoked = set(kit["revoked"])
        self.rules = kit["pass_rules"]

    def judge(self, text: str, now: datetime) -> str:
        claims = self._read(text)
        if claims is None:
            return "forged"
        if now.timestamp() >= claims["iat"] + self.rules["offline_life_s"]:
            return "pass expired"
        if claims["v"] in self.revoked:
            return "void"
        if not claims["n"] <= now.timestamp() < claims["e"]:
            return "not valid now"
        batch = self.batches.get(claims["b"])
        if batch is None or not batch["here"]:
            return "not here"
        return f"{batch['name']} {claims['f']} fen"

    def _read(self, text: str) -> Any:
        head, body, signature = text.split(".")
        header = json.loads(decode(head))
        if header["typ"] != self.rules["typ"] or header["kid"] not in self.keys:
            return None
        public = Ed25519PublicKey.from_public_bytes(self.keys[header["kid"]])
        try:
            public.verify(decode(signature), f"{head}.{body}".encode())
        except InvalidSignature:
            return None
        return json.loads(decode(body))


async def fetch(client: httpx.AsyncClient, till: str) -> dict[str, Any]:
    answer = await client.get("/v1/store/keys", headers=auth(till))
    assert answer.status_code == 200, answer.text
    kit: dict[str, Any] = answer.json()
    return kit


async def test_a_pass_is_judged_by_what_was_fetched_before(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    member = await make.member()
    good, void = [await counter.voucher(member=member, name="豆浆油条") for _ in range(2)]
    elsewhere = await counter.voucher(member=member, store_districts=[District.LAIXI])
    passes = [(await counter.show_pass(member, each.id)).text for each in (good, void, elsewhere)]
    await counter.void(void.id)
    kit = await fetch(client, await make.till())
    till, now = OfflineTill(kit), datetime.fromisoformat(kit["server_time"])
    assert [till.judge(text, now) for text in passes] == [
        f"豆浆油条 {good.face_value_fen} fen",
        "void",
        "not here",
    ]
    assert till.judge(passes[0], now + timedelta(minutes=14)).startswith("豆浆油条")
    assert till.judge(passes[0], now + timedelta(minutes=16)) == "pass expired"
    head, _, signature = passes[0].split(".")
    other_body = passes[1].split(".")[1]
    assert till.judge(f"{head}.{other_body}.{signature}", now) == "forged"


async def test_the_kit_tells_the_stores_own_hours_and_scope(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    await counter.voucher(name="只在莱西", store_districts=[District.LAIXI])
    await counter.voucher(name="测试", test=True)
    await make.batch(name="草稿", started=False)
    store = await make.store(name="夜店", opens=1080, closes=1560, district=District.LAIXI)
    kit = await fetch(client, await make.till(store))
    assert (kit["store"]["name"], kit["store"]["opens"], kit["store"]["closes"]) == (
        "夜店",
        "18:00",
        "02:00",
    )
    shown = {batch["name"]: (batch["here"], batch["test"]) for batch in kit["batches"]}
    assert shown == {"只在莱西": (True, False), "测试": (True, True)}


async def test_batches_and_revocations_leave_the_kit_when_nothing_of_them_can_be_valid(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    batch = await make.batch(closes_at=make.rooms.clock.now() + timedelta(days=1), valid_days=2)
    voucher = await counter.voucher(batch=batch)
    await counter.void(voucher.id)
    kit = await fetch(client, await make.till())
    assert (len(kit["batches"]), kit["revoked"]) == (1, [str(voucher.id)])
    await make.move_clock(timedelta(days=5))
    kit = await fetch(client, await make.till())
    assert (kit["batches"], kit["revoked"]) == ([], [])


async def test_a_merchants_system_names_the_store(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    merchant = await counter.merchant("连锁便利")
    await make.store(store_no="CHAIN-1", merchant_id=merchant)
    system = await counter.merchant_system(merchant)
    token = make.rooms.own_tokens.issue_till(system)
    nameless = await client.get("/v1/store/keys", headers=auth(token))
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (
        422,
        "/query/store_no",
    )
    foreign = await client.get("/v1/store/keys?store_no=OTHER-1", headers=auth(token))
    assert foreign.status_code == 403
    own = await client.get("/v1/store/keys?store_no=CHAIN-1", headers=auth(token))
    assert own.json()["store"]["store_no"] == "CHAIN-1"


def test_a_new_key_is_published_before_anything_is_signed_with_it() -> None:
    old, new = bytes(32), bytes([1]) * 32
    announced = Passes(KeyRing({1: old, 2: new}), signing=1)
    assert [(key.kid, key.signs) for key in announced.keys] == [("1", True), ("2", False)]
    rolled = Passes(KeyRing({1: old, 2: new}))
    assert [(key.kid, key.signs) for key in rolled.keys] == [("1", False), ("2", True)]
    with pytest.raises(ValueError, match="signing pass key"):
        Passes(KeyRing({1: old}), signing=2)
