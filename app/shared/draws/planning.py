"""A draw before it opens: planned, changed, published. What is published is never changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawExclusion, DrawPrize
from app.models.identity import Member
from app.models.states import PackKind
from app.models.states_draws import DrawKind, DrawState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import VersionStale, invalid
from app.platform.ids import new_id
from app.shared.draws import rules
from app.shared.draws.commitment_rules import canonical, shown_time
from app.shared.draws.entrants import Draws
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import DrawFacts, find_draw, of_pack
from app.shared.draws.refusals import PrizeOverCap
from app.shared.idempotency import Once
from app.shared.ledger import Actor, made


@dataclass(frozen=True, slots=True)
class NewPrize:
    name: str
    name_en: str
    value_fen: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be published. `excluded`: member numbers of the organiser's own staff."""

    title: str
    title_en: str
    organiser: str
    conditions: str
    conditions_en: str
    source: str
    subject_id: UUID
    entry_rule: dict[str, Any]
    opens_at: datetime
    closes_at: datetime
    accept_within_h: int
    prizes: tuple[NewPrize, ...]
    excluded: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """Of the draw's own row."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: shown[name] for name in shown if name not in {"prizes", "excluded"}}


async def create_draw(
    sessions: Sessions,
    clock: Clock,
    draws: Draws,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    plan: Plan,
    draw_id: UUID | None = None,
) -> DrawFacts:
    """A draft; `draw_id` where it is fixed (the seed). Raises `InputInvalid`, `PrizeOverCap`."""
    draw_id = draw_id or new_id()
    async with sessions.begin() as session:
        await once.first(session)
        await _check(session, draws, plan)
        await _add(session, draw_id, pack, plan, Doer(actor), clock.now())
        created = await find_draw(session, draw_id)
        await once.keep(session, created)
    return created


async def copy_draws(
    session: AsyncSession,
    *,
    pack: PackKind,
    subjects: Mapping[UUID, UUID],
    moved: Callable[[datetime], datetime],
    doer: Doer,
    now: datetime,
) -> None:
    """Drafts like the draws about these subjects, about those that they lead to. Nobody is
    excluded of a copy: who the organiser's staff are is another question each year."""
    rows = await session.scalars(
        select(Draw.id)
        .where(Draw.pack == pack, Draw.kind == DrawKind.PRIZES, Draw.subject_id.in_(subjects))
        .order_by(Draw.id)
    )
    for draw_id in rows.all():
        draw = await find_draw(session, draw_id)
        assert draw.accept_within_h is not None, "prizes are accepted within a time"
        plan = Plan(
            title=draw.title,
            title_en=draw.title_en,
            organiser=draw.organiser,
            conditions=draw.conditions,
            conditions_en=draw.conditions_en,
            source=draw.source,
            subject_id=subjects[draw.subject_id],
            entry_rule=draw.entry_rule,
            opens_at=moved(draw.opens_at),
            closes_at=moved(draw.closes_at),
            accept_within_h=draw.accept_within_h,
            prizes=_plain(draw),
        )
        await _add(session, new_id(), pack, plan, doer, now)


async def _add(
    session: AsyncSession, draw_id: UUID, pack: PackKind, plan: Plan, doer: Doer, now: datetime
) -> None:
    session.add(
        Draw(id=draw_id, pack=pack, state=DrawState.DRAFT, created_at=now, **plan.columns())
    )
    await session.flush()
    await _write_parts(session, draw_id, plan)
    states = (None, DrawState.DRAFT)
    changes = made(prizes=[asdict(prize) for prize in plan.prizes])
    await note(session, draw_id, "create", states, doer, at=now, changes=changes)


async def change_draw(
    sessions: Sessions,
    clock: Clock,
    draws: Draws,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    version: int,
    plan: Plan,
) -> DrawFacts:
    """Another plan for a draft. Raises `NotFound`, `VersionStale`, `StateConflict`, and what
    `create_draw` does."""
    async with sessions.begin() as session:
        draw = await find_draw(session, draw_id, of_pack(pack), locked=True)
        if draw.version != version:
            raise VersionStale(version=draw.version)
        rules.next_state(draw.state, "change")
        await _check(session, draws, plan)
        await session.execute(
            update(Draw)
            .where(Draw.id == draw_id)
            .values(**plan.columns(), version=Draw.version + 1)
        )
        for part in (DrawPrize, DrawExclusion):
            await session.execute(delete(part).where(part.draw_id == draw_id))
        await _write_parts(session, draw_id, plan)
        states = (draw.state, draw.state)
        before, after = (
            [asdict(each) for each in prizes] for prizes in (_plain(draw), plan.prizes)
        )
        changes = {"prizes": (before, after)}
        await note(session, draw_id, "change", states, Doer(actor), at=clock.now(), changes=changes)
        return await find_draw(session, draw_id)


async def open_draw(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    reason: str,
) -> DrawFacts:
    """Publish it: from now on everybody reads what can be won and how, and nobody changes it.


    Raises `NotFound`, `StateConflict`.
    """
    async with sessions.begin() as session:
        await once.first(session, about=select(Draw.id).where(Draw.id == draw_id, of_pack(pack)))
        draw = await find_draw(session, draw_id, of_pack(pack), locked=True)
        state, now = rules.next_state(draw.state, "open"), clock.now()
        excluded = await _excluded_count(session, draw_id)
        await session.execute(
            update(Draw)
            .where(Draw.id == draw_id)
            .values(
                state=state,
                rules=canonical(published_rules(draw, excluded)),
                published_at=now,
                version=Draw.version + 1,
            )
        )
        await note(session, draw_id, "open", (draw.state, state), Doer(actor, reason), at=now)
        opened = await find_draw(session, draw_id)
        await once.keep(session, opened)
    return opened


def published_rules(draw: DrawFacts, excluded_count: int) -> dict[str, Any]:
    """What anybody reads before the draw opens, and what is hashed."""
    return {
        "draw_id": str(draw.id),
        "title": draw.title,
        "title_en": draw.title_en,
        "organiser": draw.organiser,
        "conditions": draw.conditions,
        "conditions_en": draw.conditions_en,
        "source": draw.source,
        "subject_id": str(draw.subject_id),
        "entry_rule": draw.entry_rule,
        "entries_per_person": 1,
        "prizes_per_person": 1,
        "excluded_staff_count": excluded_count,
        "opens_at": shown_time(draw.opens_at),
        "closes_at": shown_time(draw.closes_at),
        "accept_within_h": draw.accept_within_h,
        "prizes": [
            {
                "name": prize.name,
                "name_en": prize.name_en,
                "value_fen": prize.value_fen,
                "quantity": prize.quantity,
            }
            for prize in draw.prizes
        ],
    }


async def _check(session: AsyncSession, draws: Draws, plan: Plan) -> None:
    if plan.closes_at <= plan.opens_at:
        zh, en = "须晚于 opens_at", "it has to be after opens_at"
        raise invalid("closes_at", zh, en, "window_empty")
    if any(prize.value_fen > rules.MOST_VALUE_FEN for prize in plan.prizes):
        raise PrizeOverCap(most_fen=rules.MOST_VALUE_FEN)
    await draws.source(plan.source).check(session, plan.subject_id, plan.entry_rule)


async def _write_parts(session: AsyncSession, draw_id: UUID, plan: Plan) -> None:
    session.add_all(
        DrawPrize(id=new_id(), draw_id=draw_id, place=place, **asdict(prize))
        for place, prize in enumerate(plan.prizes, start=1)
    )
    persons = await _persons(session, plan.excluded)
    if persons:
        rows = [{"draw_id": draw_id, "person_id": person_id} for person_id in persons]
        await session.execute(insert(DrawExclusion), rows)
    await session.flush()


async def _persons(session: AsyncSession, member_nos: Sequence[str]) -> set[UUID]:
    found = await session.execute(
        select(Member.member_no, Member.person_id).where(Member.member_no.in_(member_nos))
    )
    known: dict[str, UUID] = {row.member_no: row.person_id for row in found}
    for place, member_no in enumerate(member_nos):
        if member_no not in known:
            zh, en = "没有这位会员", "no such member"
            raise invalid(f"excluded_member_nos/{place}", zh, en, "unknown")
    return set(known.values())


async def _excluded_count(session: AsyncSession, draw_id: UUID) -> int:
    found = await session.scalars(
        select(DrawExclusion.person_id).where(DrawExclusion.draw_id == draw_id)
    )
    return len(found.all())


def _plain(draw: DrawFacts) -> tuple[NewPrize, ...]:
    return tuple(
        NewPrize(prize.name, prize.name_en, prize.value_fen, prize.quantity)
        for prize in draw.prizes
    )
