"""Draws: what was published, who entered, what was drawn, and what became of each prize.

What must not change once it is said is kept by the trigger `draw_guard` on all of these tables.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states_draws import AwardState, DrawKind, DrawMethod, DrawState, TurnOutcome

STANDING = "state IN ('awarded', 'accepted')"


class Draw(Base):
    """A draw of a pack, by the name that registers it. `source` is whose entrants
    (`health.quiz`), of `subject_id`, under `entry_rule`.

    `rules` is what was published, hashed as it stands. `listed` are the ticket numbers, one a
    line, as they were frozen. `public_numbers` has a source's numbers at the source's place.
    A draw of kind `order` has no prizes: every ticket has its turn.
    """

    __tablename__ = "draw"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="closes_after_opens"),
        CheckConstraint("accept_within_h BETWEEN 1 AND 2160", name="accept_within_range"),
        CheckConstraint(
            "(kind = 'prizes') = (accept_within_h IS NOT NULL)", name="accepting_is_of_prizes"
        ),
        CheckConstraint(
            "(state = 'draft') = (rules IS NULL) AND (rules IS NULL) = (published_at IS NULL)",
            name="published_whole",
        ),
        CheckConstraint(
            "(state IN ('draft', 'open')) = (listed IS NULL) "
            "AND (listed IS NULL) = (list_sha256 IS NULL) "
            "AND (listed IS NULL) = (entrants_count IS NULL) "
            "AND (listed IS NULL) = (method IS NULL) "
            "AND (listed IS NULL) = (frozen_at IS NULL)",
            name="frozen_whole",
        ),
        CheckConstraint(
            "(state IN ('committed', 'drawn')) = (sources IS NOT NULL) "
            "AND (sources IS NULL) = (commitment IS NULL) "
            "AND (sources IS NULL) = (committed_at IS NULL)",
            name="committed_whole",
        ),
        CheckConstraint(
            "(state = 'drawn') = (public_numbers IS NOT NULL) "
            "AND (public_numbers IS NULL) = (drawn_at IS NULL)",
            name="drawn_whole",
        ),
        Index(None, "source", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack: Mapped[str]
    kind: Mapped[DrawKind] = mapped_column(enum_column(DrawKind, "kind"), server_default="prizes")
    state: Mapped[DrawState] = mapped_column(enum_column(DrawState, "state"))
    title: Mapped[str]
    title_en: Mapped[str]
    organiser: Mapped[str]
    conditions: Mapped[str]
    conditions_en: Mapped[str]
    source: Mapped[str]
    subject_id: Mapped[UUID]
    entry_rule: Mapped[dict[str, Any]]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    accept_within_h: Mapped[int | None]
    rules: Mapped[str | None]
    listed: Mapped[str | None]
    entrants_count: Mapped[int | None]
    list_sha256: Mapped[str | None]
    method: Mapped[DrawMethod | None] = mapped_column(enum_column(DrawMethod, "method"))
    sources: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    commitment: Mapped[str | None]
    public_numbers: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    committed_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class DrawPrize(Base):
    """A kind of prize, in the order in which they are drawn. The law's cap is a constraint."""

    __tablename__ = "draw_prize"
    __table_args__ = (
        UniqueConstraint("draw_id", "place"),
        CheckConstraint("value_fen BETWEEN 0 AND 5000000", name="value_within_cap"),
        CheckConstraint("quantity BETWEEN 1 AND 100000", name="quantity_range"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"))
    place: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str]
    value_fen: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]


class DrawExclusion(Base):
    """Somebody who may not enter: the organiser's own staff."""

    __tablename__ = "draw_exclusion"

    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)


class DrawEntry(Base):
    """A ticket, one a natural person. `is_listed` turns false where the rule no longer admitted
    it when the list was frozen (a corrected key, say), or its holder took it back. Whose it was
    is forgotten two years after the draw.
    """

    __tablename__ = "draw_entry"
    __table_args__ = (
        UniqueConstraint("draw_id", "person_id"),
        UniqueConstraint("draw_id", "ticket_no"),
        CheckConstraint("ticket_no ~ '^[0-9A-HJKMNP-TV-Z]{10}$'", name="ticket_no_form"),
        CheckConstraint("(member_id IS NULL) = (person_id IS NULL)", name="forgotten_whole"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ticket_no: Mapped[str]
    entered_at: Mapped[datetime]
    is_listed: Mapped[bool] = mapped_column(server_default=text("true"))


class DrawAward(Base):
    """A unit of a prize that fell to a ticket, by the `turn`-th turn of the sequence.

    `unit` counts through all prizes in their order, `ending` those that were lost, in their
    order: from both, and the public numbers, every award follows.
    """

    __tablename__ = "draw_award"
    __table_args__ = (
        UniqueConstraint("draw_id", "turn"),
        UniqueConstraint("draw_id", "ticket_no"),
        UniqueConstraint("draw_id", "ending"),
        CheckConstraint(
            "(state IN ('expired', 'disqualified')) = (ending IS NOT NULL) "
            "AND (ending IS NULL) = (ended_at IS NULL)",
            name="ended_whole",
        ),
        CheckConstraint("(state = 'disqualified') = (reason IS NOT NULL)", name="reason_published"),
        CheckConstraint("state <> 'accepted' OR accepted_at IS NOT NULL", name="accepted_whole"),
        Index(
            "uq_draw_award_standing",
            "draw_id",
            "unit",
            unique=True,
            postgresql_where=text(STANDING),
        ),
        Index(None, "entry_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"))
    prize_id: Mapped[UUID] = mapped_column(ForeignKey("draw_prize.id"))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"))
    unit: Mapped[int]
    turn: Mapped[int]
    ticket_no: Mapped[str]
    state: Mapped[AwardState] = mapped_column(enum_column(AwardState, "state"))
    awarded_at: Mapped[datetime]
    accept_before: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ending: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class DrawTurn(Base):
    """The `turn`-th of the order of a crowd, from 1, once it was that ticket's turn."""

    __tablename__ = "draw_turn"

    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("draw_entry.id"), unique=True)
    outcome: Mapped[TurnOutcome] = mapped_column(enum_column(TurnOutcome, "outcome"))
    at: Mapped[datetime]


class DrawHistory(Base):
    """Every move of a draw: who, when, from, to, why, and who asked for it."""

    __tablename__ = "draw_history"
    __table_args__ = (UniqueConstraint("draw_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draw_id: Mapped[UUID] = mapped_column(ForeignKey("draw.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    asked_by: Mapped[str | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str | None]
