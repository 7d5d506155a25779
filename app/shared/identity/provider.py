"""Members' tokens: JWTs of the app's identity provider, verified against its keys."""

import httpx
import jwt

from app.platform.errors import Unauthenticated
from app.platform.settings import Settings
from app.shared.identity.provider_keys import ALGORITHMS, ProviderKeys
from app.shared.identity.verified import VerifiedTokens

LEEWAY_S = 10
LONGEST_TOKEN = 8192
LONGEST_MEMBER_NO = 64


class MemberTokens:
    """One a process. A token stands for the member number in its `sub`."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._keys = ProviderKeys(client, settings.member_jwks_url)
        self._issuer = settings.member_issuer
        self._audience = settings.member_audience
        self._verified: VerifiedTokens[str] = VerifiedTokens()
        self._generation = 0

    async def verify(self, token: str) -> str:
        """The member number. A token seen before is answered without a wait.

        Signature by an allowed algorithm and a published key; issuer, audience
        and expiry (real time). Raises `Unauthenticated`, and
        `TemporarilyUnavailable` when the provider must be asked and is away.
        """
        return self.known(token) or await self._verify_new(token)

    def known(self, token: str) -> str | None:
        """The member number of a token that has been verified here and is still good."""
        if self._generation != self._keys.generation:
            # A key was withdrawn: what it signed has to prove itself again.
            self._verified.clear()
            self._generation = self._keys.generation
        return self._verified.get(token)

    async def close(self) -> None:
        await self._keys.close()

    async def _verify_new(self, token: str) -> str:
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated()
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "kid" not in header:
                raise Unauthenticated()
            key = await self._keys.find(header["kid"])
            if key is None:
                raise Unauthenticated()
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated() from error
        member_no: str = claims["sub"]
        if not 0 < len(member_no) <= LONGEST_MEMBER_NO or "\0" in member_no:
            raise Unauthenticated()
        self._verified.put(token, member_no, expires=float(claims["exp"]))
        return member_no
