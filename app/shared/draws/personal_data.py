"""What draws keep about a member: tickets and prizes.

An erasure leaves them and takes the person out: a list that was frozen cannot lose a line, and
the account that the ticket belongs to is nobody's afterwards.
"""

from sqlalchemy import select

from app.models.draws import Draw, DrawAward, DrawEntry, DrawExclusion, DrawPrize, DrawTurn
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

_DETACHED = always(
    Fate(
        Outcome.DETACHED,
        Words(
            "名单一经冻结不得增删；奖券仍在名单中，但不再能关联到您。",
            "A frozen list loses no line: the ticket stays on it and leads to nobody.",
        ),
    )
)


def _tickets(subject: Subject) -> AnySelect:
    return (
        select(
            Draw.id.label("draw_id"),
            Draw.title,
            DrawEntry.ticket_no,
            DrawEntry.entered_at,
            DrawEntry.is_listed,
        )
        .join(Draw, Draw.id == DrawEntry.draw_id)
        .where(DrawEntry.member_id == subject.member_id)
        .order_by(DrawEntry.entered_at.desc(), DrawEntry.id.desc())
    )


def _prizes(subject: Subject) -> AnySelect:
    return (
        select(
            DrawAward.id,
            DrawAward.draw_id,
            DrawPrize.name,
            DrawAward.state,
            DrawAward.awarded_at,
            DrawAward.accept_before,
            DrawAward.accepted_at,
            DrawAward.ended_at,
            DrawAward.reason,
        )
        .join(DrawEntry, DrawEntry.id == DrawAward.entry_id)
        .join(DrawPrize, DrawPrize.id == DrawAward.prize_id)
        .where(DrawEntry.member_id == subject.member_id)
        .order_by(DrawAward.awarded_at.desc(), DrawAward.id.desc())
    )


def _turns(subject: Subject) -> AnySelect:
    return (
        select(DrawTurn.draw_id, Draw.title, DrawTurn.turn, DrawTurn.outcome, DrawTurn.at)
        .join(DrawEntry, DrawEntry.id == DrawTurn.entry_id)
        .join(Draw, Draw.id == DrawTurn.draw_id)
        .where(DrawEntry.member_id == subject.member_id)
        .order_by(DrawTurn.at.desc(), DrawTurn.entry_id.desc())
    )


def _exclusions(subject: Subject) -> AnySelect:
    return (
        select(Draw.id.label("draw_id"), Draw.title)
        .join(DrawExclusion, DrawExclusion.draw_id == Draw.id)
        .where(DrawExclusion.person_id == subject.person_id)
        .order_by(Draw.id)
    )


DATA_KINDS = (
    DataKind("draw_tickets", Words("抽奖奖券", "Tickets"), _tickets, as_it_is, _DETACHED),
    DataKind("draw_prizes", Words("奖品", "Prizes"), _prizes, as_it_is, _DETACHED),
    DataKind("draw_turns", Words("抽签次序", "Your turns"), _turns, as_it_is, _DETACHED),
    DataKind(
        "draw_exclusions",
        Words("不得参加的抽奖", "Draws that you may not enter"),
        _exclusions,
        as_it_is,
        _DETACHED,
    ),
)
