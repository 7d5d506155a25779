"""Our own access tokens: short ones for tills, a shift's for staff.

HS256 under the key of the version that the header names; the kind stands in the
header too (`typ`), so neither kind passes for the other. They run on real time.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from app.models.states import District, Role
from app.platform.crypto import KeyRing
from app.platform.errors import Forbidden, Unauthenticated
from app.platform.ids import own_id
from app.shared.identity.callers import StaffMember, Till
from app.shared.identity.verified import VerifiedTokens

ISSUER = "five-gift-packs"
AUDIENCE = "five-gift-packs"
ALGORITHM = "HS256"
TILL, STAFF = "till+jwt", "staff+jwt"
TILL_LIFE_S = 30 * 60
STAFF_LIFE_S = 8 * 60 * 60
LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Badge:
    """What a staff token says: who, by which sign-in, as things stood at `as_of` (the version
    of the pulse's topic ACCESS), `issued_at` seconds since 1970."""

    staff: StaffMember
    as_of: int
    issued_at: int


class OwnTokens:
    """One a process."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._verified: VerifiedTokens[Till | Badge] = VerifiedTokens()

    def issue_till(self, till: Till) -> str:
        """A token for half an hour."""
        return self._sign(
            TILL,
            TILL_LIFE_S,
            sub=str(till.device_id),
            store=till.store_id and str(till.store_id),
            merchant=till.merchant_id and str(till.merchant_id),
        )

    def issue_staff(self, staff: StaffMember, *, as_of: int) -> str:
        """A token for one shift of eight hours, of the sign-in `staff.session_id`."""
        return self._sign(
            STAFF,
            STAFF_LIFE_S,
            sub=str(staff.id),
            sid=str(staff.session_id),
            name=staff.name,
            roles=sorted(staff.roles),
            districts=staff.districts and sorted(staff.districts),
            enrol=staff.must_enrol,
            as_of=as_of,
        )

    def verify_till(self, token: str) -> Till:
        """Raises `Unauthenticated`, or `Forbidden` for a staff token."""
        content = self._verify(token)
        if not isinstance(content, Till):
            raise Forbidden()
        return content

    def verify_staff(self, token: str) -> Badge:
        """Raises `Unauthenticated`, or `Forbidden` for a till's token."""
        content = self._verify(token)
        if not isinstance(content, Badge):
            raise Forbidden()
        return content

    def knows(self, token: str) -> bool:
        """Whether the token is one of ours and still good."""
        try:
            self._verify(token)
        except Unauthenticated:
            return False
        return True

    def _sign(self, kind: str, life_s: int, **claims: Any) -> str:
        now = int(time.time())
        payload = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + life_s, **claims}
        headers = {"kid": str(self._ring.version), "typ": kind}
        return jwt.encode(payload, self._ring.current, ALGORITHM, headers)

    def _verify(self, token: str) -> Till | Badge:
        return self._verified.get(token) or self._verify_new(token)

    def _verify_new(self, token: str) -> Till | Badge:
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated()
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self._key(header.get("kid", "")),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated() from error
        content = _read(header.get("typ"), claims)
        self._verified.put(token, content, expires=float(claims["exp"]))
        return content

    def _key(self, version: str) -> bytes:
        key = self._ring.keys.get(int(version)) if version.isdecimal() else None
        if key is None:
            raise Unauthenticated()
        return key


def _read(kind: Any, claims: Mapping[str, Any]) -> Till | Badge:
    if kind == TILL:
        return Till(
            own_id(claims["sub"]),
            own_id(claims["store"]) if claims["store"] else None,
            own_id(claims["merchant"]) if claims["merchant"] else None,
        )
    # A staff token of a version that knew no sign-ins has none: its owner signs in again.
    if kind == STAFF and "sid" in claims:
        districts = claims["districts"]
        staff = StaffMember(
            own_id(claims["sub"]),
            claims["name"],
            frozenset(map(Role, claims["roles"])),
            None if districts is None else frozenset(map(District, districts)),
            must_enrol=claims["enrol"],
            session_id=own_id(claims["sid"]),
        )
        return Badge(staff, claims["as_of"], claims["iat"])
    raise Unauthenticated()
