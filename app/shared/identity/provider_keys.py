"""The public keys of the app's identity provider, kept near and kept fresh."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import structlog

from app.platform.errors import TemporarilyUnavailable

# What members' tokens may be signed with. Never a shared secret, never "none".
ALGORITHMS = ("EdDSA", "ES256", "RS256")
FRESH_S = 600.0
# An unknown key id costs a fetch, so strangers who invent ids must not cost many.
BETWEEN_FETCHES_S = 3.0
FETCH_TIMEOUT_S = 2.0

log = structlog.get_logger(__name__)


class ProviderKeys:
    """One a process. `generation` rises whenever a known key was withdrawn or replaced."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._sources: dict[str, Any] = {}
        self._asked_at = self._fetched_at = float("-inf")
        self._reached = False
        self._fetching: asyncio.Task[None] | None = None
        self.generation = 0

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key, or None when the provider has no such key.

        A known key is answered at once, and refreshed behind the caller's back
        when it is ten minutes old: a provider that is away stops nobody who can
        still be judged. Raises `TemporarilyUnavailable` when an unknown key
        cannot be looked up.
        """
        key = self._keys.get(key_id)
        if key is not None:
            if time.monotonic() - self._fetched_at > FRESH_S:
                self._fetch()
            return key
        task = self._fetch()
        if task is not None:
            # Shielded: a caller who gives up must not take the others' answer along.
            await asyncio.shield(task)
        key = self._keys.get(key_id)
        if key is None and not self._reached:
            raise TemporarilyUnavailable()
        return key

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _fetch(self) -> "asyncio.Task[None] | None":
        """The fetch under way, a new one, or None when the last is too recent."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if time.monotonic() - self._asked_at < BETWEEN_FETCHES_S:
            return None
        self._asked_at = time.monotonic()
        self._fetching = asyncio.create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        try:
            response = await self._client.get(self._url, timeout=FETCH_TIMEOUT_S)
            sources = _by_id(response.raise_for_status().json())
            keys = {key_id: jwt.PyJWK(source) for key_id, source in sources.items()}
        except (httpx.HTTPError, jwt.PyJWTError, ValueError) as error:
            log.warning("identity_provider_unreachable", error=type(error).__name__)
            self._reached = False
            return
        if any(sources.get(key_id) != source for key_id, source in self._sources.items()):
            self.generation += 1
        self._keys, self._sources = keys, sources
        self._fetched_at, self._reached = time.monotonic(), True


def _by_id(document: Any) -> dict[str, dict[str, Any]]:
    """The signing keys of a JWKS document that we would accept, by key id."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JWKS document")
    return {
        source["kid"]: source
        for source in document["keys"]
        if isinstance(source, dict) and isinstance(source.get("kid"), str) and _is_usable(source)
    }


def _is_usable(source: dict[str, Any]) -> bool:
    if source.get("use", "sig") != "sig":
        return False
    try:
        return jwt.PyJWK(source).algorithm_name in ALGORITHMS
    except (jwt.PyJWTError, LookupError, TypeError, ValueError):
        return False
