"""A live session with its pairs, as staff would make it: over HTTP."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx

from app.shared.identity.staff_sign_in import local_staff_token
from benchmarks.ground import Ground

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class LiveEvent:
    """Live since an hour ago, for four more; pairs may be reserved all the time."""

    id: UUID
    variant_id: UUID
    site_id: UUID
    url: str

    @property
    def presence_url(self) -> str:
        return f"{self.url}/v1/couplets/events/{self.id}/presence"

    @property
    def reservations_url(self) -> str:
        return f"{self.url}/v1/couplets/events/{self.id}/reservations"

    async def figures(self) -> dict[str, int]:
        """What anybody is told of its viewers."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.get(f"/v1/public/couplets/{self.id}/live")
            answer.raise_for_status()
            found: dict[str, int] = answer.json()
            return found


async def live_event(ground: Ground, *, pairs: int) -> LiveEvent:
    rooms, now = ground.rooms, ground.rooms.clock.now()
    token = await local_staff_token(
        rooms.sessions, rooms.clock, rooms.own_tokens, name="administrator"
    )
    body = {
        "title": "bench",
        "live_from": (now - HOUR).isoformat(),
        "live_to": (now + 4 * HOUR).isoformat(),
        "reserve_opens_at": (now - HOUR).isoformat(),
        "reserve_closes_at": (now + 2 * HOUR).isoformat(),
        "opening": "first_come",
        "variants": [{"title": "bench", "reserved": pairs, "walk_in": 0}],
        "sites": [
            {
                "name": "bench",
                "address": "bench",
                "opens_at": now.isoformat(),
                "closes_at": (now + 4 * HOUR).isoformat(),
            }
        ],
    }
    async with httpx.AsyncClient(
        base_url=ground.service.url, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        made = await client.post("/v1/admin/couplets/events", json=body)
        made.raise_for_status()
        event = made.json()
    return LiveEvent(
        UUID(event["id"]),
        UUID(event["variants"][0]["id"]),
        UUID(event["sites"][0]["id"]),
        ground.service.url,
    )
