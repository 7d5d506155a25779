"""What this room keeps about a member: places on waiting lists, and what was offered.

What is live there ends in the part of the pack whose list it is, which knows where a unit goes.
"""

from sqlalchemy import select

from app.models.waiting import WaitingEntry, WaitingOffer
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

STAYS = Words(
    "候补记录留作名额去向的依据，不再能关联到您。",
    "Places stay as the record of where units went, and lead to nobody.",
)


def _places(subject: Subject) -> AnySelect:
    return (
        select(
            WaitingEntry.id,
            WaitingEntry.state,
            WaitingEntry.joined_at,
            WaitingEntry.ended_at,
            WaitingEntry.why,
            WaitingOffer.offered_at,
            WaitingOffer.expires_at,
            WaitingOffer.state.label("offer"),
        )
        .outerjoin(WaitingOffer, WaitingOffer.entry_id == WaitingEntry.id)
        .where(WaitingEntry.member_id == subject.member_id)
        .order_by(WaitingEntry.joined_at.desc(), WaitingEntry.id.desc())
    )


DATA_KINDS = (
    DataKind(
        "waiting_list",
        Words("候补记录", "Places on waiting lists"),
        _places,
        as_it_is,
        always(Fate(Outcome.DETACHED, STAYS)),
    ),
)
