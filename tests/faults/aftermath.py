"""Is all well again? Asked from outside, with people, a batch and tills kept aside for it."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import httpx

from app.commands.verify import verify_deployment
from app.platform.pulse import ACCESS, raise_topic
from app.shared.identity.callers import Till
from tests.factories import Factory, auth
from tests.faults.rig import Rig
from tests.refusals import NOTING
from tests.tills import Counter
from tests.verify import assert_books_are_right

READY_S = 20.0
REVOKED_S = 10.0
POLL_S = 0.05
ALL_WELL = {"books": "reachable", "migrations": "current", "turnstile": "reachable"}


@dataclass
class Bystanders:
    """A member a process, a till, a member of staff."""

    batch_id: UUID
    members: list[str]
    till: str
    device_id: UUID
    staff: str

    @classmethod
    async def prepare(cls, make: Factory, *, processes: int = 2) -> "Bystanders":
        batch = await make.batch(total=processes)
        members = [make.token(member) for member in await make.members(processes)]
        till: Till = await Counter(make).till()
        token = make.rooms.own_tokens.issue_till(till)
        staff = await make.staff()
        async with make.rooms.sessions.begin() as session:
            await raise_topic(session, ACCESS)
        return cls(batch.id, members, token, till.device_id, staff)

    async def until_known(self, rig: Rig) -> None:
        """Until every process has heard of the staff that were made for this cell."""
        async with (
            httpx.AsyncClient(event_hooks=NOTING) as client,
            asyncio.timeout(READY_S),
        ):
            for url in rig.service.living:
                stores = f"{url}/v1/admin/stores"
                while (await client.get(stores, headers=auth(self.staff))).status_code != 200:  # noqa: ASYNC110
                    await asyncio.sleep(POLL_S)

    async def assert_all_well(self, rig: Rig) -> None:
        """Every living process claims, redeems, and hears of a revoked till."""
        async with httpx.AsyncClient(timeout=10, event_hooks=NOTING) as client:
            for place, url in enumerate(rig.service.living):
                await _ready(client, url)
                await self._have_breakfast(client, url, place)
            await self._revoke_the_till(client, rig.service.living)
        assert not rig.service.complaints()

    async def _have_breakfast(self, client: httpx.AsyncClient, url: str, place: int) -> None:
        claimed = await client.post(
            f"{url}/v1/breakfast/batches/{self.batch_id}/claims",
            headers=auth(self.members[place], "afterwards"),
        )
        assert claimed.status_code == 201, claimed.text
        redeemed = await client.put(
            f"{url}/v1/store/redemptions/AFTERWARDS-{place}",
            headers=auth(self.till),
            json={"code": claimed.json()["code"]},
        )
        assert redeemed.status_code == 201, redeemed.text

    async def _revoke_the_till(self, client: httpx.AsyncClient, urls: list[str]) -> None:
        """A process that no longer followed the books' changes would let it in for ever."""
        revoked = await client.delete(
            f"{urls[0]}/v1/admin/stores/devices/{self.device_id}", headers=auth(self.staff)
        )
        assert revoked.status_code == 200, revoked.text
        async with asyncio.timeout(REVOKED_S):
            for url in urls:
                me = f"{url}/v1/store/me"
                while (await client.get(me, headers=auth(self.till))).status_code != 401:  # noqa: ASYNC110
                    await asyncio.sleep(POLL_S)


async def assert_books(rig: Rig, make: Factory) -> None:
    """The invariants, and what `./run verify` says of this deployment."""
    await assert_books_are_right(make.rooms)
    checks = await verify_deployment(rig.settings)
    assert not [check for check in checks if check.faults]


async def _ready(client: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(READY_S):
        while (answer := await client.get(f"{url}/readyz")).status_code != 200:
            assert answer.json()["code"] == "temporarily_unavailable"
            await asyncio.sleep(POLL_S)
    assert answer.json()["checks"] == ALL_WELL
