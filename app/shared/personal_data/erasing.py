"""An account is erased: whatever may go goes, and of everything else it is said why it stays.

One transaction, under the locks of the person and the account, in that order. After each
kind that says it is erased its rows are looked for again: what is still there is reported
as refused, never as done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.identity import Member, Person
from app.models.personal_data import Erasure
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.platform.pulse import MEMBERS, raise_topic
from app.shared.ledger import Act, Actor, write
from app.shared.personal_data.copying import copy_kind
from app.shared.personal_data.kinds import DataKind, Erasing, Fate, Outcome, Subject
from app.shared.sealed import Lookup

# Which accounts were erased, so that no file brings them back.
ERASED_MEMBER_NO = Lookup(Erasure.member_no_digest)
STILL_THERE = Words(
    "未能删除，请联系隐私保护专员处理。",
    "This could not be erased; please turn to the privacy officer.",
)
_NEWEST_FIRST = Keyset(Erasure.at, Erasure.id, descending=True)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """What became, or would become, of one kind: how many items there were, and why."""

    kind: str
    outcome: Outcome
    count: int
    reason: Words | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """`erased_at` None: nothing has happened, this is what would."""

    id: UUID | None
    erased_at: datetime | None
    forget_at: datetime
    forgotten_at: datetime | None
    lines: list[Line]


async def foresee_erasure(
    sessions: Sessions, clock: Clock, sealer: Sealer, kinds: Sequence[DataKind], *, subject: Subject
) -> ErasureReport:
    """What an erasure would do just now."""
    async with sessions() as session:
        now = clock.now()
        erasing = Erasing(session, sealer, subject, now, await _forget_at(session, now))
        lines = [await _foresee(erasing, kind) for kind in kinds]
    return ErasureReport(None, None, erasing.forget_at, None, lines)


async def erase_member(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    digester: Digester,
    kinds: Sequence[DataKind],
    *,
    actor: Actor,
    subject: Subject,
    member_no: str,
) -> ErasureReport:
    """Erase the account. A second call that was under way already gets the first's report.

    Raises `NotFound`.
    """
    async with sessions.begin() as session:
        await _lock(session, subject)
        known: Erasure | None = await session.scalar(
            select(Erasure).where(Erasure.member_id == subject.member_id)
        )
        if known is not None:
            return _report(known)
        now = clock.now()
        forget_at = await _forget_at(session, now)
        erasing = Erasing(session, sealer, subject, now, forget_at, actor)
        erasure = Erasure(
            id=new_id(),
            member_id=subject.member_id,
            person_id=subject.person_id,
            at=now,
            member_no_digest=ERASED_MEMBER_NO.digest(digester, member_no),
            forget_at=erasing.forget_at,
            report={
                "lines": [_as_json(await _carry_out(erasing, kind)) for kind in kinds],
            },
        )
        session.add(erasure)
        await write(session, [Act(actor, "member.erase", "member", subject.member_id, at=now)])
        await raise_topic(session, MEMBERS)
        return _report(erasure)


async def list_erasures(sessions: Sessions, *, page: PageRequest) -> Page[ErasureReport]:
    """All erasures, newest first, without whom they were about."""
    async with sessions() as session:
        found = await _NEWEST_FIRST.page(session, select(Erasure), page)
    return found.map(_report)


async def _lock(session: AsyncSession, subject: Subject) -> None:
    # The person first: two accounts of one person that are erased at once wait for one
    # another, and the second finds itself the last.
    await session.execute(select(Person.id).where(Person.id == subject.person_id).with_for_update())
    found = await session.scalar(
        select(Member.id).where(Member.id == subject.member_id).with_for_update()
    )
    if found is None:
        raise NotFound()


async def _forget_at(session: AsyncSession, now: datetime) -> datetime:
    """The end of the campaigns that run now: until then their limits count by person."""
    ends_at = await session.scalar(
        select(func.max(Campaign.ends_at)).where(Campaign.starts_at <= now, Campaign.ends_at > now)
    )
    return ends_at or now


async def _foresee(erasing: Erasing, kind: DataKind) -> Line:
    found = await copy_kind(erasing.session, erasing.sealer, kind, erasing.subject)
    return _line(kind, await kind.fate(erasing), len(found.items))


async def _carry_out(erasing: Erasing, kind: DataKind) -> Line:
    found = await copy_kind(erasing.session, erasing.sealer, kind, erasing.subject)
    fate = await kind.fate(erasing)
    if fate.outcome is Outcome.ERASED:
        if kind.erase is not None:
            await kind.erase(erasing)
        left = await copy_kind(erasing.session, erasing.sealer, kind, erasing.subject)
        if left.items:
            log.error("erasure_left_something", kind=kind.name, left=len(left.items))
            fate = Fate(Outcome.REFUSED, STILL_THERE)
    return _line(kind, fate, len(found.items))


def _line(kind: DataKind, fate: Fate, count: int) -> Line:
    return Line(kind.name, fate.outcome, count, fate.reason, fate.until)


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "outcome": line.outcome.value,
        "count": line.count,
        "reason": line.reason and list(line.reason),
        "until": line.until and line.until.isoformat(),
    }


def _report(row: Erasure) -> ErasureReport:
    return ErasureReport(
        id=row.id,
        erased_at=row.at,
        forget_at=row.forget_at,
        forgotten_at=row.forgotten_at,
        lines=[_from_json(line) for line in row.report["lines"]],
    )


def _from_json(line: dict[str, Any]) -> Line:
    return Line(
        line["kind"],
        Outcome(line["outcome"]),
        line["count"],
        Words(*line["reason"]) if line["reason"] else None,
        datetime.fromisoformat(line["until"]) if line["until"] else None,
    )
