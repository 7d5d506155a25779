"""What the pack keeps about a member: at which talks there was a seat."""

from sqlalchemy import select

from app.models.seats import Seat, Talk
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always

_SEATS_STAY = Words(
    "座位记录保留用于统计，但已与您本人脱离关联。",
    "That a seat was taken stays for the figures; it no longer leads to you.",
)


def _seats(subject: Subject) -> AnySelect:
    return (
        select(Seat.id, Talk.title.label("talk"), Talk.starts_at, Seat.claimed_at)
        .join(Talk, Talk.id == Seat.talk_id)
        .where(Seat.member_id == subject.member_id)
        .order_by(Seat.claimed_at.desc(), Seat.id.desc())
    )


DATA_KINDS = (
    DataKind(
        "seats",
        Words("讲座座位", "Seats at talks"),
        _seats,
        lambda _, row: dict(row._mapping),
        always(Fate(Outcome.DETACHED, _SEATS_STAY)),
    ),
)
