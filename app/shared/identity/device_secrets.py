"""A device's client secret: made, told apart, and rolled without a gap.

Rolling gives a pending secret beside the current one, so that nothing stops when
the answer is lost. The first token fetched with it is the proof that it arrived:
then it is the current one, and the one before works for an hour more, in which
the other machines of a merchant's system can follow:

    A ──roll──▶ A, pending B ──token with B──▶ B, previous A ──1 h──▶ B

The row's lock decides between a roll, a first use and a revocation.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.models.identity import StoreDevice
from app.platform.db import AnyRow, Sessions
from app.platform.errors import Unauthenticated
from app.shared.identity.callers import Actor, Till
from app.shared.ledger import Act, write

# How long the secret before still works, in campaign time.
OVERLAP = timedelta(hours=1)
SECRET_BYTES = 32
# What an absent secret is compared as: the digest of nothing that anybody could send.
_NO_DIGEST = bytes(hashlib.sha256().digest_size)


@dataclass(frozen=True, slots=True)
class DeviceSecrets:
    """The digests by which a device is known, None where there is none."""

    current: bytes
    pending: bytes | None
    previous: bytes | None
    previous_until: datetime | None

    @classmethod
    def of(cls, row: AnyRow) -> "DeviceSecrets":
        """From a row with `SECRET_COLUMNS`."""
        return cls(
            row.secret_digest,
            row.next_secret_digest,
            row.previous_secret_digest,
            row.previous_secret_until,
        )

    def after(self, secret: str, now: datetime) -> "DeviceSecrets | None":
        """How they stand once `secret` was used; None when it is none that works now."""
        shown = secret_digest(secret)
        # Each is compared, whichever fits, so that the time taken tells nothing.
        is_current, is_pending, is_previous = [
            hmac.compare_digest(shown, digest or _NO_DIGEST)
            for digest in (self.current, self.pending, self.previous)
        ]
        if is_pending and self.pending is not None:
            return DeviceSecrets(self.pending, None, self.current, now + OVERLAP)
        overlaps = self.previous_until is not None and now < self.previous_until
        return self if is_current or (is_previous and overlaps) else None

    @property
    def values(self) -> dict[str, Any]:
        """As columns of `StoreDevice`."""
        return {
            "secret_digest": self.current,
            "next_secret_digest": self.pending,
            "previous_secret_digest": self.previous,
            "previous_secret_until": self.previous_until,
        }


SECRET_COLUMNS = (
    StoreDevice.secret_digest,
    StoreDevice.next_secret_digest,
    StoreDevice.previous_secret_digest,
    StoreDevice.previous_secret_until,
)


@dataclass(frozen=True, slots=True)
class RolledSecret:
    """Shown once. `client_secret` takes over with the first token fetched with it."""

    client_id: UUID
    client_secret: str


def new_secret() -> str:
    """256 random bits, as text that may stand in a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_digest(secret: str) -> bytes:
    """Plain SHA-256: the secret is 256 random bits, and keyed digests rotate with
    their key, which nobody could do for secrets that are not kept."""
    return hashlib.sha256(secret.encode()).digest()


async def roll_secret(sessions: Sessions, *, till: Till, actor: Actor) -> RolledSecret:
    """A pending secret for the calling device; a pending one from before stops.

    Nothing else changes until it is used, so a lost answer is asked for again.
    Raises `Unauthenticated` for a device that was revoked since its token was looked at.
    """
    secret = new_secret()
    async with sessions.begin() as session:
        device_id = await session.scalar(
            update(StoreDevice)
            .where(StoreDevice.id == till.device_id, StoreDevice.revoked_at.is_(None))
            .values(next_secret_digest=secret_digest(secret))
            .returning(StoreDevice.id)
        )
        if device_id is None:
            raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
        # Of a secret not even a keyed digest is kept.
        await write(session, [Act(actor, "device.roll_secret", "device", device_id)])
    return RolledSecret(device_id, secret)
