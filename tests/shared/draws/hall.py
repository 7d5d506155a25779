"""A draw among all members, moved on as two people do, without the edge."""

import importlib.util
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, literal, select

from app.models.identity import Member as MemberRow
from app.models.states import PackKind
from app.models.states_draws import SourceKind
from app.platform.db import AnySelect
from app.shared.draws import (
    Doer,
    DrawFacts,
    Draws,
    EntrantSource,
    EntryRule,
    NewPrize,
    Plan,
    Source,
    Ticket,
    commit_draw,
    create_draw,
    enter,
    freeze_list,
    inspect_draws,
    make_proof,
    open_draw,
    reveal_draw,
)
from app.shared.draws.queries import AwardFacts, awards_of, find_draw, moment
from app.shared.draws.settling import settle
from app.shared.identity.callers import Member
from tests.factories import Factory
from tests.house.source import ROOT

SUBJECT = UUID(int=77)
EVERYBODY = "health.everybody"
DAY = timedelta(days=1)
LOTTERY = ((6, 1, 33), (1, 1, 16))


def load_verifier() -> ModuleType:
    """`tools/verify_draw.py` as it lies there."""
    spec = importlib.util.spec_from_file_location("verify_draw", ROOT / "tools/verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verifier = load_verifier()


def faults_of(proof: dict[str, Any], noted: str | None = None) -> list[str]:
    found: list[str] = verifier.verify(proof, noted, say=lambda *_: None)
    return found


async def _check(*_: Any) -> None:
    """Everything is there."""


def _admitted(_: UUID, rule: EntryRule) -> AnySelect:
    left_out = [UUID(each) for each in rule.get("left_out", [])]
    found = select(MemberRow.id.label("member_id"), MemberRow.person_id)
    return found.where(MemberRow.id.not_in(left_out))


def _edition(subject_id: UUID) -> AnySelect:
    return select(literal(subject_id, Uuid()))


SOURCES = Draws([EntrantSource(EVERYBODY, _edition, _check, _admitted)])


@dataclass
class Hall:
    make: Factory

    @property
    def now(self) -> datetime:
        return self.make.rooms.clock.now()

    @property
    def doer(self) -> Doer:
        return Doer(self.make.actor, "test")

    def plan(self, *quantities: int, **changes: Any) -> Plan:
        kinds = [
            NewPrize(f"奖品{place}", f"prize {place}", 10_000, each)
            for place, each in enumerate(quantities or (1, 2))
        ]
        plan = Plan(
            title="答题抽奖",
            title_en="Quiz draw",
            organiser="青岛市总工会",
            conditions="完成答题即可参加。",
            conditions_en="Finish the quiz.",
            source=EVERYBODY,
            subject_id=SUBJECT,
            entry_rule={},
            opens_at=self.now,
            closes_at=self.now + DAY,
            accept_within_h=72,
            prizes=tuple(kinds),
        )
        return replace(plan, **changes)

    async def draft(self, *quantities: int, **changes: Any) -> UUID:
        rooms = self.make.rooms
        created = await create_draw(
            rooms.sessions,
            rooms.clock,
            SOURCES,
            self.make.once,
            actor=self.make.actor,
            pack=PackKind.HEALTH,
            plan=self.plan(*quantities, **changes),
        )
        return created.id

    async def opened(self, *quantities: int, **changes: Any) -> UUID:
        draw_id, rooms = await self.draft(*quantities, **changes), self.make.rooms
        await open_draw(
            rooms.sessions,
            rooms.clock,
            self.make.once,
            actor=self.make.actor,
            pack=PackKind.HEALTH,
            draw_id=draw_id,
            reason="test",
        )
        return draw_id

    async def enter(self, member: Member) -> list[Ticket]:
        async with self.make.rooms.sessions.begin() as session:
            return await enter(
                session,
                source=EVERYBODY,
                subject_ids=[SUBJECT],
                member_id=member.id,
                person_id=member.person_id,
                admits=lambda _: True,
                now=self.now,
            )

    async def freeze(self, draw_id: UUID) -> DrawFacts:
        async with self.make.rooms.sessions.begin() as session:
            return await freeze_list(session, SOURCES, draw_id=draw_id, doer=self.doer)

    def sources(self) -> list[Source]:
        """Two parts of one lottery, tomorrow."""
        return [
            Source(
                SourceKind.LOTTERY, f"双色球{place}", self.now + DAY, "https://www.cwl.gov.cn/", *of
            )
            for place, of in enumerate(LOTTERY)
        ]

    async def commit(self, draw_id: UUID, sources: Sequence[Source] | None = None) -> DrawFacts:
        async with self.make.rooms.sessions.begin() as session:
            return await commit_draw(
                session, draw_id=draw_id, sources=sources or self.sources(), doer=self.doer
            )

    async def reveal(self, draw_id: UUID, numbers: list[Any] | None = None) -> DrawFacts:
        async with self.make.rooms.sessions.begin() as session:
            return await reveal_draw(
                session,
                SOURCES,
                draw_id=draw_id,
                public_numbers=numbers or lottery_numbers(),
                doer=self.doer,
            )

    async def committed(self, members: int, *quantities: int, **changes: Any) -> UUID:
        """Its numbers are out."""
        draw_id = await self.opened(*quantities, **changes)
        if members:
            await self.make.members(members)
        await self.make.move_clock(DAY)
        await self.freeze(draw_id)
        await self.commit(draw_id)
        await self.make.move_clock(DAY)
        return draw_id

    async def drawn(self, members: int, *quantities: int, **changes: Any) -> UUID:
        draw_id = await self.committed(members, *quantities, **changes)
        await self.reveal(draw_id)
        return draw_id

    async def awards(self, draw_id: UUID) -> list[AwardFacts]:
        async with self.make.rooms.sessions() as session:
            return await awards_of(session, draw_id)

    async def settle(self, draw_id: UUID) -> None:
        """What a worker does at a prize's deadline."""
        async with self.make.rooms.sessions.begin() as session:
            draw = await find_draw(session, draw_id, locked=True)
            now = await moment(session)
            await settle(session, draw, now, digester=self.make.rooms.digester)

    async def proof(self, draw_id: UUID) -> dict[str, Any]:
        return await make_proof(
            self.make.rooms.sessions, SOURCES, self.make.rooms.closed, draw_id=draw_id
        )

    async def faults(self) -> list[str]:
        """What `verify` finds."""
        async with self.make.rooms.sessions() as session:
            return [fault async for check in inspect_draws(session) for fault in check.faults]


def lottery_numbers() -> list[Any]:
    generator = secrets.SystemRandom()
    return [generator.sample(range(lowest, highest + 1), pick) for pick, lowest, highest in LOTTERY]
