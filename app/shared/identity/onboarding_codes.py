"""Onboarding codes as staff handle them: make one, see which are open, show one as a QR.

What a till does with a code stands in `onboarding.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.models.identity import OnboardingCode
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.onboarding_text import CodeTexts, new_code_text
from app.shared.identity.owners import Owner, require_owner
from app.shared.ledger import Act, made, write

CODE_LIFE = timedelta(hours=24)

_BY_ID = Keyset(OnboardingCode.id)
_COLUMNS = (
    OnboardingCode.id,
    OnboardingCode.store_id,
    OnboardingCode.merchant_id,
    OnboardingCode.created_at,
    OnboardingCode.expires_at,
)


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code that nobody has used yet, without its text. Times in campaign time."""

    id: UUID
    store_id: UUID | None
    merchant_id: UUID | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code with its text, which is answered once and else seen as a QR only."""

    id: UUID
    store_id: UUID | None
    merchant_id: UUID | None
    onboarding_code: str
    expires_at: datetime


async def create_onboarding_code(
    sessions: Sessions,
    clock: Clock,
    texts: CodeTexts,
    once: Once,
    *,
    actor: Actor,
    owner: Owner,
) -> MadeCode:
    """A code for one device of the owner, good for 24 hours. Raises `NotFound`."""
    now, text = clock.now(), new_code_text()
    code = MadeCode(new_id(), owner.store_id, owner.merchant_id, text, now + CODE_LIFE)
    async with sessions.begin() as session:
        await require_owner(session, owner)
        await once.first(session)
        # A code that ran out unused keeps its text no longer than until the next one is made.
        await session.execute(
            update(OnboardingCode)
            .where(
                owner.owns(OnboardingCode),
                OnboardingCode.expires_at <= now,
                OnboardingCode.code_sealed.is_not(None),
            )
            .values(code_sealed=None)
        )
        await session.execute(
            insert(OnboardingCode).values(
                id=code.id,
                code_digest=texts.digest(text),
                code_sealed=texts.seal(text),
                store_id=owner.store_id,
                merchant_id=owner.merchant_id,
                expires_at=code.expires_at,
                created_at=now,
            )
        )
        await write(session, [_creation(actor, code, at=now)])
        await once.keep(session, code)
    return code


def _creation(actor: Actor, code: MadeCode, *, at: datetime) -> Act:
    changes = made(store_id=code.store_id, merchant_id=code.merchant_id, expires_at=code.expires_at)
    return Act(actor, "onboarding_code.create", "code", code.id, changes, at=at)


async def list_open_codes(
    sessions: Sessions, clock: Clock, *, owner: Owner, page: PageRequest
) -> Page[OpenCode]:
    """The owner's codes that can still be used, oldest first. Raises `NotFound`."""
    async with sessions() as session:
        await require_owner(session, owner)
        statement = _open(select(*_COLUMNS), owner, clock.now())
        rows = await _BY_ID.page(session, statement, page)
    return rows.map(_open_code)


async def show_code(
    sessions: Sessions, clock: Clock, texts: CodeTexts, *, owner: Owner, code_id: UUID
) -> str:
    """The text of an open code of the owner, for its QR.

    Raises `NotFound`, also for a code that was used or has run out.
    """
    statement = _open(select(OnboardingCode.code_sealed), owner, clock.now())
    async with sessions() as session:
        sealed = await session.scalar(statement.where(OnboardingCode.id == code_id))
    if sealed is None:
        raise NotFound()
    return texts.open(sealed)


def _open(statement: AnySelect, owner: Owner, now: datetime) -> AnySelect:
    return statement.where(
        owner.owns(OnboardingCode),
        OnboardingCode.device_id.is_(None),
        OnboardingCode.expires_at > now,
    )


def _open_code(row: Sequence[Any]) -> OpenCode:
    return OpenCode(*row[: len(_COLUMNS)])
