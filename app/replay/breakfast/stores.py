"""The stores that take part, and their tills: they come in by onboarding codes, and are handed
back in the end.

A store is suspended for a day. Should the play be killed on that day, the next one restores it:
it is known by its till of the play's, which was not handed back.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID, uuid4

from app.replay.stage import NotPlayable, Stage
from app.replay.wire import crowd
from app.schemas.stores import StoreOut

STORES = "/v1/admin/stores"
STORE_MANAGER = "store_manager"
TILL_NAME = "活动回放收银机"
TILLS_AT_ONCE = 16
# Well within the half hour that a till's token is good for.
TOKEN_KEPT_S = 20 * 60
BREAKFAST_TIME = "08:00"


@dataclass(slots=True)
class Till:
    """A store's till with its client, which fetches a token whenever the old one is stale."""

    store: StoreOut
    client_id: str
    client_secret: str
    _token: str = ""
    _fetched: float = 0.0

    async def token(self, stage: Stage) -> str:
        if not self._token or time.monotonic() - self._fetched > TOKEN_KEPT_S:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            answer = await stage.wire.send("POST", "/v1/oauth/token", form=form)
            stage.must(answer, "200", act="a till's fetching its token")
            self._token, self._fetched = answer.body["access_token"], time.monotonic()
        return self._token


async def choose_stores(stage: Stage, count: int) -> list[StoreOut]:
    """That many stores that serve breakfast, from every district in turn.

    Raises `NotPlayable` when there are fewer.
    """
    found = map(StoreOut.model_validate, await stage.read_all(STORES, stage.staff[STORE_MANAGER]))
    by_district: dict[str, list[StoreOut]] = defaultdict(list)
    for store in found:
        if _serves_breakfast(store):
            by_district[store.district].append(store)
    turns = zip_longest(*by_district.values())
    chosen = [store for turn in turns for store in turn if store is not None][:count]
    if len(chosen) < count:
        raise NotPlayable(f"{count} stores are needed, and {len(chosen)} serve breakfast")
    return chosen


def _serves_breakfast(store: StoreOut) -> bool:
    is_past_midnight = store.closes <= store.opens
    return (
        store.state == "active"
        and store.opens <= BREAKFAST_TIME
        and (store.closes > BREAKFAST_TIME or is_past_midnight)
    )


async def connect_tills(stage: Stage, stores: list[StoreOut]) -> list[Till]:
    """A till a store, in the stores' order, each by an onboarding code of its own."""
    tills: dict[UUID, Till] = {}

    async def connect(store: StoreOut) -> None:
        tills[store.id] = await _connect(stage, store)
        stage.progress.step()

    await crowd(stores, connect, at_once=TILLS_AT_ONCE)
    return [tills[store.id] for store in stores]


async def _connect(stage: Stage, store: StoreOut) -> Till:
    code = await stage.wire.send(
        "POST", f"{STORES}/{store.id}/onboarding-codes", token=stage.staff[STORE_MANAGER]
    )
    stage.must(code, "201", act="making an onboarding code")
    connection = {"onboarding_code": code.body["onboarding_code"], "name": TILL_NAME}
    made = await stage.wire.send("POST", "/v1/store/devices", body=connection)
    stage.must(made, "201", act="connecting a till")
    till = Till(store, made.body["client_id"], made.body["client_secret"])
    await till.token(stage)
    return till


async def disconnect_tills(stage: Stage, tills: list[Till]) -> None:
    """The tills are handed back: their clients are shut out for good."""

    async def disconnect(till: Till) -> None:
        await _revoke(stage, till.store, till.client_id)
        stage.progress.step()

    await crowd(tills, disconnect, at_once=TILLS_AT_ONCE)


async def move_store(stage: Stage, store: StoreOut, act: str, *, reason: str) -> None:
    """Suspend or restore. Raises `NotPlayable`."""
    answer = await stage.wire.send(
        "POST",
        f"{STORES}/{store.id}/{act}",
        token=stage.staff[STORE_MANAGER],
        key=str(uuid4()),
        body={"reason": reason},
    )
    stage.must(answer, "200", act=f"{act} a store")


async def restore_stores(stage: Stage) -> None:
    """Restore what a play that was killed has left suspended."""
    token = stage.staff[STORE_MANAGER]
    for found in await stage.read_all(STORES, token, state="suspended"):
        store = StoreOut.model_validate(found)
        devices = await stage.read_all(f"{STORES}/{store.id}/devices", token)
        left = [each for each in devices if each["name"] == TILL_NAME and not each["revoked_at"]]
        if left:
            await move_store(stage, store, "restore", reason="回放中断，恢复门店")
        for device in left:
            await _revoke(stage, store, device["id"])


async def _revoke(stage: Stage, store: StoreOut, device_id: str) -> None:
    answer = await stage.wire.send(
        "DELETE", f"{STORES}/{store.id}/devices/{device_id}", token=stage.staff[STORE_MANAGER]
    )
    stage.expect(answer, "200", act="shutting a till out", repeated="state_conflict")
