"""Passwords of staff: argon2id, hashed away from the event loop.

Parameters are OWASP's for argon2id. Two threads at most: a crowd of sign-ins
waits in line and cannot take the machine's memory or its cores.
"""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128
GENERATED_GROUPS, GROUP_LENGTH = 5, 4
# Without letters and digits that are taken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


def generate_password() -> str:
    """Five groups of four, about 99 random bits, easy to read out."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(GENERATED_GROUPS)
    )
    return "-".join(groups)


async def hash_password(password: str) -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _hasher.hash, _as_typed(password))


async def is_password(password: str, hashed: str | None) -> bool:
    """Whether the password belongs to the hash. Without a hash the answer is no,
    after as much work, so that time does not tell which names exist."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verify, _as_typed(password), hashed)


def _as_typed(password: str) -> str:
    """Keyboards differ in how they compose a letter; the password is the same."""
    return unicodedata.normalize("NFC", password)


def _verify(password: str, hashed: str | None) -> bool:
    try:
        _hasher.verify(hashed if hashed is not None else _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe())
