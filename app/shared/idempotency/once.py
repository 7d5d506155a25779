"""`Once`: what a service asks before its effect and tells after it.

    async with sessions.begin() as session:
        await once.first(session, about=select(Thing.id).where(...))  # a repeat ends here
        thing = await queries.lock_thing(...)
        ...                                                           # the effect
        await once.keep(session, thing)

Before any lock is asked for, so that a repeat of a request that is under way is told so at
once and does not queue behind it. The record commits with the effect or not at all. Refusals
are not kept: each is decided anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.idempotency import IdempotencyRecord
from app.platform.crypto import Digester, Sealer
from app.platform.db import AnySelect
from app.platform.errors import NotFound, Refusal, Words
from app.shared.idempotency.seals import BODY


class IdempotencyKeyMissing(Refusal):
    status, code = 400, "idempotency_key_missing"
    title = Words("缺少 Idempotency-Key", "Idempotency-Key missing")
    detail = Words(
        "请为每次新操作生成一个 UUID，放入 Idempotency-Key 请求头；重试时用同一个。",
        "Send a fresh UUID as Idempotency-Key with each new act; repeat it when you retry.",
    )


class IdempotencyKeyMalformed(Refusal):
    status, code = 400, "idempotency_key_malformed"
    title = Words("Idempotency-Key 格式错误", "Idempotency-Key malformed")
    detail = Words(
        '请使用带双引号的字符串（如 "8e03…"），或不带引号的 UUID，最长 255 个字符。',
        'Use a quoted string (such as "8e03…") or a bare UUID, at most 255 characters.',
    )


class IdempotencyKeyReused(Refusal):
    status, code = 422, "idempotency_key_reused"
    title = Words("Idempotency-Key 已用于其他内容", "Idempotency-Key reused")
    detail = Words(
        "该键已用于内容不同的请求；新操作请换新键。",
        "This key belongs to a request with another body; a new act needs a new key.",
    )


class IdempotencyKeyInProgress(Refusal):
    status, code = 409, "idempotency_key_in_progress"
    title = Words("同一请求正在处理", "Still in progress")
    detail = Words(
        "首个请求尚未结束，请稍后用同一个键重试。",
        "The first request has not ended yet; repeat it with the same key shortly.",
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class KeyedRequest(NamedTuple):
    """A request as far as repeating goes. `fingerprint` stands for its body as parsed."""

    caller: str
    operation: str
    key: str
    fingerprint: bytes

    def digest(self, digester: Digester, *more: str) -> bytes:
        """32 bytes that name this request; `more` narrows it (a claim adds its pool)."""
        return digester.of_request("idempotency", self.caller, self.operation, self.key, *more)


class AlreadyAnswered(Exception):
    """Not a refusal: the answer was given before, here it is."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Once:
    """The key of one request, or none (`request` is None: every call is new)."""

    request: KeyedRequest | None
    digester: Digester
    sealer: Sealer
    status: int = 200
    render: Callable[[Any], str] | None = None

    def answering(self, status: int, render: Callable[[Any], str]) -> "Once":
        """How the kept answer will look: its status, and its JSON from the service's result."""
        return replace(self, status=status, render=render)

    async def first(self, session: AsyncSession, *, about: AnySelect | None = None) -> None:
        """Pass if this request was not answered before.

        `about` finds the object that the request is about; without a key whoever locks it
        finds that out alone. Raises `NotFound`, then `AlreadyAnswered`,
        `IdempotencyKeyReused`, `IdempotencyKeyInProgress`.
        """
        if self.request is None:
            return
        digest = self.request.digest(self.digester)
        if not await self._take_turn(session, digest, about):
            # Whoever has it may have committed a moment ago; then this is a repeat like any other.
            await self._answer_again(session, digest)
            raise IdempotencyKeyInProgress()
        # Looked up when the turn is ours: what an earlier one committed is seen.
        await self._answer_again(session, digest)

    async def keep(self, session: AsyncSession, result: Any) -> None:
        """Store the answer with the effect."""
        if self.request is None or self.render is None:
            return
        await session.execute(
            insert(IdempotencyRecord).values(
                key_digest=self.request.digest(self.digester),
                fingerprint=self.request.fingerprint,
                status=self.status,
                body_sealed=BODY.seal(self.sealer, self.render(result)),
            )
        )

    async def _take_turn(
        self, session: AsyncSession, digest: bytes, about: AnySelect | None
    ) -> bool:
        """Whether nobody else is at this request, until the transaction ends. Raises `NotFound`."""
        number = int.from_bytes(digest[:8], "big", signed=True)
        is_there = true() if about is None else about.exists()
        asked = await session.execute(select(is_there, func.pg_try_advisory_xact_lock(number)))
        was_found, is_ours = asked.one()
        if not was_found:
            raise NotFound()
        return bool(is_ours)

    async def _answer_again(self, session: AsyncSession, digest: bytes) -> None:
        assert self.request is not None
        record = (
            await session.execute(
                select(
                    IdempotencyRecord.fingerprint,
                    IdempotencyRecord.status,
                    IdempotencyRecord.body_sealed,
                ).where(IdempotencyRecord.key_digest == digest)
            )
        ).one_or_none()
        if record is None:
            return
        if record.fingerprint != self.request.fingerprint:
            raise IdempotencyKeyReused()
        body = BODY.open(self.sealer, record.body_sealed)
        raise AlreadyAnswered(record.status, body.encode())
