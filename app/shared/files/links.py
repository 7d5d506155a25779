"""Links that show one thing to whoever holds them, for five minutes of campaign time.

A link names the thing and its end, signed by keyed digest; nothing is kept about it.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.platform.clock import Clock
from app.platform.crypto import Digester
from app.platform.errors import NotFound
from app.shared.files.refusals import LinkExpired

LINK_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedLink:
    """`query` is what follows the thing's address."""

    query: str
    expires_at: datetime


class Links:
    def __init__(self, digester: Digester, clock: Clock) -> None:
        self._digester = digester
        self._clock = clock

    def sign(self, room: str, thing_id: UUID) -> SignedLink:
        """A link to the thing. `room` keeps things of two rooms apart, whatever their ids."""
        expires = int((self._clock.now() + LINK_LIFE).timestamp())
        query = f"expires={expires}&signature={self._signature(room, thing_id, expires)}"
        return SignedLink(query, datetime.fromtimestamp(expires, UTC))

    def check(self, room: str, thing_id: UUID, *, expires: int, signature: str) -> timedelta:
        """How long the link still lives.

        Raises `NotFound` (not signed by us), `LinkExpired`.
        """
        expected = self._signature(room, thing_id, expires)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise NotFound()
        left = datetime.fromtimestamp(expires, UTC) - self._clock.now()
        if left <= timedelta():
            raise LinkExpired()
        return left

    def _signature(self, room: str, thing_id: UUID, expires: int) -> str:
        return self._digester.of_request("link", room, str(thing_id), str(expires)).hex()
