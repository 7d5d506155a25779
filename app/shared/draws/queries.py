"""The SQL of draws: one with its prizes, locked or not; its entries and awards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawAward, DrawEntry, DrawPrize
from app.models.states import PackKind
from app.models.states_draws import AwardState, DrawKind, DrawMethod, DrawState
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import NotFound
from app.shared.draws.commitment_rules import Source

DRAW = "draw"


@dataclass(frozen=True, slots=True)
class Prize:
    """A kind of prize; `value_fen` of one of them."""

    id: UUID
    name: str
    name_en: str
    value_fen: int
    quantity: int


@dataclass(frozen=True, slots=True)
class DrawFacts:
    """A draw as committed, without its list."""

    id: UUID
    pack: str
    kind: DrawKind
    state: DrawState
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
    accept_within_h: int | None
    rules: str | None
    entrants_count: int | None
    list_sha256: str | None
    method: DrawMethod | None
    sources: list[dict[str, Any]] | None
    commitment: str | None
    public_numbers: list[Any] | None
    published_at: datetime | None
    frozen_at: datetime | None
    committed_at: datetime | None
    drawn_at: datetime | None
    version: int
    prizes: tuple[Prize, ...] = ()

    @property
    def quantities(self) -> list[int]:
        """Of each kind of prize; of an order a place for each ticket."""
        if self.kind is DrawKind.ORDER:
            return [1] * (self.entrants_count or 0)
        return [prize.quantity for prize in self.prizes]

    @property
    def units(self) -> int:
        return sum(self.quantities)

    @property
    def named(self) -> list[Source]:
        """The public numbers that were announced, in their order."""
        return [Source.of_json(each) for each in self.sources or []]


_COLUMNS = tuple(getattr(Draw, name) for name in DrawFacts.__dataclass_fields__ if name != "prizes")


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """A unit of a prize that fell to a ticket."""

    id: UUID
    draw_id: UUID
    prize_id: UUID
    entry_id: UUID
    member_id: UUID | None
    unit: int
    turn: int
    ticket_no: str
    state: AwardState
    awarded_at: datetime
    accept_before: datetime
    accepted_at: datetime | None
    ending: int | None
    ended_at: datetime | None
    reason: str | None


def select_draws() -> AnySelect:
    return select(*_COLUMNS)


async def with_prizes(session: AsyncSession, rows: Sequence[AnyRow]) -> list[DrawFacts]:
    """Rows of `select_draws`; whatever was added comes behind."""
    plain = [DrawFacts(*row[: len(_COLUMNS)]) for row in rows]
    found = await session.execute(
        select(
            DrawPrize.draw_id,
            DrawPrize.id,
            DrawPrize.name,
            DrawPrize.name_en,
            DrawPrize.value_fen,
            DrawPrize.quantity,
        )
        .where(DrawPrize.draw_id.in_([draw.id for draw in plain]))
        .order_by(DrawPrize.draw_id, DrawPrize.place)
    )
    prizes: dict[UUID, list[Prize]] = {draw.id: [] for draw in plain}
    for row in found:
        prizes[row.draw_id].append(Prize(*row[1:]))
    return [replace(draw, prizes=tuple(prizes[draw.id])) for draw in plain]


async def find_draw(
    session: AsyncSession, draw_id: UUID, *where: ColumnElement[bool], locked: bool = False
) -> DrawFacts:
    """Raises `NotFound`. `locked`: nobody enters, moves it or accepts a prize meanwhile."""
    statement = select_draws().where(Draw.id == draw_id, *where)
    if locked:
        statement = statement.with_for_update()
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return (await with_prizes(session, [row]))[0]


async def find_draws(session: AsyncSession, draw_ids: Collection[UUID]) -> dict[UUID, DrawFacts]:
    rows = await session.execute(select_draws().where(Draw.id.in_(draw_ids)))
    return {draw.id: draw for draw in await with_prizes(session, rows.all())}


def of_pack(pack: PackKind) -> ColumnElement[bool]:
    return Draw.pack == pack


async def list_of(session: AsyncSession, draw_id: UUID) -> list[str]:
    """The ticket numbers as they were frozen; none before."""
    listed = await session.scalar(select(Draw.listed).where(Draw.id == draw_id))
    return (listed or "").splitlines()


def select_awards() -> AnySelect:
    return select(
        DrawAward.id,
        DrawAward.draw_id,
        DrawAward.prize_id,
        DrawAward.entry_id,
        DrawEntry.member_id,
        DrawAward.unit,
        DrawAward.turn,
        DrawAward.ticket_no,
        DrawAward.state,
        DrawAward.awarded_at,
        DrawAward.accept_before,
        DrawAward.accepted_at,
        DrawAward.ending,
        DrawAward.ended_at,
        DrawAward.reason,
    ).join(DrawEntry, DrawEntry.id == DrawAward.entry_id)


async def awards_of(session: AsyncSession, draw_id: UUID) -> list[AwardFacts]:
    """In the order of their turns."""
    rows = await session.execute(
        select_awards().where(DrawAward.draw_id == draw_id).order_by(DrawAward.turn)
    )
    return [AwardFacts(*row) for row in rows]


async def moment(session: AsyncSession) -> datetime:
    """Campaign time, asked after the locks: who waited for one must not judge by an earlier."""
    now: datetime | None = await session.scalar(select(func.campaign_now()))
    assert now is not None, "the clock has one row"
    return now
