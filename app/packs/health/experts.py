"""Experts: who advises members, by which licence, on which topics, in which account of staff.

They work from the docs page like all staff; an expert without an account receives members or
gives talks, and answers no consultations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health_experts import HealthExpert
from app.models.identity import Staff, StaffRole
from app.models.states import Role
from app.models.states_health import HealthTopic
from app.packs.health.consultation_life import release_all
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import AlreadyExists, NotFound, StateConflict, VersionStale, invalid
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.staff import tidy_name
from app.shared.ledger import Act, Changes, changed, made, write

EXPERT = "expert"
_BY_ID = Keyset(HealthExpert.id)


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """`account`: the name of the staff account, for staff alone; None: there is none."""

    id: UUID
    name: str
    title: str
    licence_no: str
    hospital: str
    department: str
    topics: tuple[HealthTopic, ...]
    staff_id: UUID | None
    account: str | None
    is_active: bool
    is_reviewer: bool
    version: int


@dataclass(frozen=True, slots=True)
class NewExpert:
    name: str
    title: str
    licence_no: str
    hospital: str
    department: str
    topics: Sequence[HealthTopic]
    account: str | None


async def list_experts(
    sessions: Sessions,
    *,
    page: PageRequest,
    topic: HealthTopic | None = None,
    everybody: bool = False,
) -> Page[ExpertFacts]:
    """Those who are active, in the order in which they came; `everybody`: the others too."""
    statement = select_experts()
    if not everybody:
        statement = statement.where(HealthExpert.is_active)
    if topic is not None:
        statement = statement.where(literal(topic.value) == any_(HealthExpert.topics))
    async with sessions() as session:
        rows = await _BY_ID.page(session, statement, page)
    return rows.map(expert_facts)


async def create_expert(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, expert: NewExpert
) -> ExpertFacts:
    """Active at once. Raises `InputInvalid` (no such account), `AlreadyExists` (the licence, or
    the account, is another expert's)."""
    async with sessions.begin() as session:
        await once.first(session)
        values = await _values(session, {name: getattr(expert, name) for name in _FIELDS})
        expert_id = await session.scalar(
            insert(HealthExpert)
            .values(id=new_id(), created_at=clock.now(), **values)
            .on_conflict_do_nothing()
            .returning(HealthExpert.id)
        )
        if expert_id is None:
            raise AlreadyExists()
        await write(session, [expert_act(actor, "create", expert_id, made(**values), clock)])
        created = await find_expert(session, expert_id)
        await once.keep(session, created)
    return created


async def change_expert(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    expert_id: UUID,
    version: int,
    changes: Mapping[str, Any],
) -> ExpertFacts:
    """What is not named stays. With the account, or the end of the work, the expert's consultations
    go back to the queue, and a reviewer is none any more. Whoever is not active is not shown.

    Raises `NotFound`, `VersionStale`, `InputInvalid`, `AlreadyExists`.
    """
    async with sessions.begin() as session:
        before = await find_expert(session, expert_id, locked=True)
        if before.version != version:
            raise VersionStale(version=before.version)
        values = await _values(session, changes)
        if values.get("is_active") is False or "staff_id" in values:
            # Before the row itself is written: whoever answers just now holds a thread and
            # waits for nothing of ours.
            await release_all(session, expert_id, actor=actor, at=clock.now())
            values["is_reviewer"] = False
        was = {name: getattr(before, name) for name in values}
        try:
            await session.execute(
                update(HealthExpert)
                .where(HealthExpert.id == expert_id)
                .values(**values, version=HealthExpert.version + 1)
            )
        except IntegrityError as error:
            raise AlreadyExists() from error
        kept = expert_act(actor, "change", expert_id, changed(was, values), clock)
        await write(session, [kept])
        return await find_expert(session, expert_id)


async def find_expert(
    session: AsyncSession, expert_id: UUID, *, locked: bool = False
) -> ExpertFacts:
    """Active or not. Raises `NotFound`."""
    statement = select_experts().where(HealthExpert.id == expert_id)
    if locked:
        statement = statement.with_for_update(of=HealthExpert, key_share=True)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return expert_facts(row)


async def expert_of(
    session: AsyncSession, staff_id: UUID, *, held: bool = False
) -> ExpertFacts | None:
    """The active expert who works in this account; `held`: and stays so in this transaction."""
    statement = select_experts().where(HealthExpert.staff_id == staff_id, HealthExpert.is_active)
    if held:
        statement = statement.with_for_update(of=HealthExpert, read=True)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else expert_facts(row)


_FIELDS = ("name", "title", "licence_no", "hospital", "department", "topics", "account")
_COLUMNS = (
    HealthExpert.id,
    HealthExpert.name,
    HealthExpert.title,
    HealthExpert.licence_no,
    HealthExpert.hospital,
    HealthExpert.department,
    HealthExpert.topics,
    HealthExpert.staff_id,
    Staff.name,
    HealthExpert.is_active,
    HealthExpert.is_reviewer,
    HealthExpert.version,
)


def select_experts() -> AnySelect:
    return select(*_COLUMNS).outerjoin(Staff, Staff.id == HealthExpert.staff_id)


def expert_facts(row: Any) -> ExpertFacts:
    """A row of `select_experts`; whatever was added comes behind."""
    facts = list(row[: len(_COLUMNS)])
    facts[6] = tuple(map(HealthTopic, facts[6]))
    return ExpertFacts(*facts)


async def name_reviewer(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    expert_id: UUID,
    is_reviewer: bool,
    reason: str,
) -> ExpertFacts:
    """The one expert who may read consultations beside the two parties, or nobody any more.

    Raises `NotFound`, `StateConflict` (the expert works in no account, or no more),
    `AlreadyExists` (somebody else is).
    """
    async with sessions.begin() as session:
        before = await find_expert(session, expert_id, locked=True)
        if before.is_reviewer == is_reviewer:
            return before
        if is_reviewer and not before.is_active:
            raise StateConflict(state="ended")
        if is_reviewer and before.staff_id is None:
            raise StateConflict(state="without_account")
        try:
            await session.execute(
                update(HealthExpert)
                .where(HealthExpert.id == expert_id)
                .values(is_reviewer=is_reviewer, version=HealthExpert.version + 1)
            )
        except IntegrityError as error:
            raise AlreadyExists() from error
        changes = {"is_reviewer": (before.is_reviewer, is_reviewer)}
        act = expert_act(actor, "name_reviewer", expert_id, changes, clock, reason=reason)
        await write(session, [act])
        return await find_expert(session, expert_id)


def expert_act(
    actor: Actor,
    act: str,
    expert_id: UUID,
    changes: Changes,
    clock: Clock,
    *,
    reason: str | None = None,
) -> Act:
    """`health.expert.<act>`."""
    verb = f"health.expert.{act}"
    return Act(actor, verb, EXPERT, expert_id, changes, at=clock.now(), reason=reason)


async def _values(session: AsyncSession, given: Mapping[str, Any]) -> dict[str, Any]:
    """As columns: topics once each, the account by its id."""
    values = {name: value for name, value in given.items() if name != "account"}
    if "topics" in values:
        values["topics"] = sorted({topic.value for topic in values["topics"]})
    if "account" in given:
        values["staff_id"] = await _account(session, given["account"])
    return values


async def _account(session: AsyncSession, name: str | None) -> UUID | None:
    """Raises `InputInvalid`: an expert works in an enabled account of that role."""
    if name is None:
        return None
    staff_id: UUID | None = await session.scalar(
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            Staff.name == tidy_name(name),
            Staff.disabled_at.is_(None),
            StaffRole.role == Role.EXPERT,
        )
    )
    if staff_id is None:
        zh, en = "没有这个专家账号", "no such account with the role of an expert"
        raise invalid("account", zh, en, "unknown")
    return staff_id
