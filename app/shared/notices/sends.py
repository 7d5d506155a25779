"""What was sent, as staff see it: kinds, outcomes and ids; who was told what is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.models.notices import Notice, NoticeSend
from app.models.states import NoticeChannel, NoticeOutcome
from app.platform.db import Sessions
from app.platform.pages import Keyset, Page, PageRequest

_NEWEST_FIRST = Keyset(NoticeSend.id, descending=True)
_COLUMNS = (
    NoticeSend.id,
    NoticeSend.notice_id,
    Notice.kind,
    NoticeSend.channel,
    NoticeSend.job_id,
    NoticeSend.outcome,
    NoticeSend.error,
    NoticeSend.attempts_count,
    NoticeSend.first_at,
    NoticeSend.last_at,
)


@dataclass(frozen=True, slots=True)
class Send:
    """One notice on one channel; see `app/models/notices.py`."""

    id: UUID
    notice_id: UUID
    kind: str
    channel: NoticeChannel
    job_id: UUID
    outcome: NoticeOutcome
    error: str | None
    attempts_count: int
    first_at: datetime
    last_at: datetime


async def list_sends(
    sessions: Sessions,
    *,
    page: PageRequest,
    kind: str | None = None,
    outcome: NoticeOutcome | None = None,
) -> Page[Send]:
    """The newest first. Raises `CursorInvalid`."""
    statement = select(*_COLUMNS).join(Notice, Notice.id == NoticeSend.notice_id)
    if kind is not None:
        statement = statement.where(Notice.kind == kind)
    if outcome is not None:
        statement = statement.where(NoticeSend.outcome == outcome)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
    return rows.map(_send)


def _send(row: Sequence[Any]) -> Send:
    return Send(*row[: len(_COLUMNS)])
