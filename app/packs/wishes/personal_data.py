"""What wishes keep about a member, as wisher and as volunteer.

An erasure takes the person out of the rows and leaves the rows: what was received and fulfilled
is counted from them, and has been published. What was written goes; what is open is closed.
"""

import json
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from app.models.wishes import (
    Wish,
    WishClaim,
    WishContactShowing,
    WishDispatch,
    WishHistory,
    WishRating,
    WishVolunteer,
)
from app.packs.wishes.erasing import erase_claims, erase_wishes
from app.packs.wishes.seals import (
    COMMENT,
    CONTACT_PHONE,
    DISPATCH_REASON,
    EVIDENCE,
    ORIGINAL,
    PROXY,
    REASON,
)
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject, always, as_it_is
from app.shared.sealed import SealedField

COUNTED = Words(
    "文字、联系方式与评价已删除；不含个人信息的记录留作已公布数字的依据，不再能关联到您。",
    "Texts, contact and ratings are gone; what tells nothing of you stays, because published "
    "figures are counted from it, and leads to nobody.",
)
_ANONYMOUS = always(Fate(Outcome.ERASED, COUNTED))
_DETACHED = always(Fate(Outcome.DETACHED, COUNTED))


def _wishes(subject: Subject) -> AnySelect:
    return (
        select(
            Wish.id,
            Wish.kind,
            Wish.original_sealed,
            Wish.title.label("shown_title"),
            Wish.detail.label("shown_detail"),
            Wish.district,
            Wish.urgency,
            Wish.needed_by,
            Wish.contact_phone_sealed,
            Wish.show_contact,
            Wish.proxy_sealed,
            Wish.flags,
            Wish.posted_at,
            Wish.closed_at,
        )
        .where(Wish.member_id == subject.member_id, Wish.erased_at.is_(None))
        .order_by(Wish.posted_at.desc(), Wish.id.desc())
    )


def _show_wish(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    original = json.loads(ORIGINAL.open(sealer, shown.pop("original_sealed")))
    phone = CONTACT_PHONE.open(sealer, shown.pop("contact_phone_sealed"))
    proxy = shown.pop("proxy_sealed")
    spoken = json.loads(PROXY.open(sealer, proxy)) if proxy is not None else None
    return {**shown, **original, "contact_phone": phone, "proxy": spoken}


def _moves(subject: Subject) -> AnySelect:
    return (
        select(
            WishHistory.wish_id,
            WishHistory.at,
            WishHistory.act,
            WishHistory.from_state,
            WishHistory.to_state,
            WishHistory.reason_sealed,
        )
        .join(Wish, Wish.id == WishHistory.wish_id)
        .where(Wish.member_id == subject.member_id)
        .order_by(WishHistory.at.desc(), WishHistory.number.desc())
    )


def _claims(subject: Subject) -> AnySelect:
    return (
        select(
            WishClaim.id,
            WishClaim.wish_id,
            WishClaim.state,
            WishClaim.claimed_at,
            WishClaim.start_before,
            WishClaim.started_at,
            WishClaim.submitted_at,
            WishClaim.minutes,
            WishClaim.evidence_sealed,
            WishClaim.closed_at,
        )
        .where(WishClaim.member_id == subject.member_id, WishClaim.erased_at.is_(None))
        .order_by(WishClaim.claimed_at.desc(), WishClaim.id.desc())
    )


def _dispatches(subject: Subject) -> AnySelect:
    return (
        select(
            WishDispatch.wish_id,
            WishDispatch.state,
            WishDispatch.offered_at,
            WishDispatch.answered_at,
            WishDispatch.reason_sealed,
        )
        .where(WishDispatch.member_id == subject.member_id)
        .order_by(WishDispatch.offered_at.desc(), WishDispatch.id.desc())
    )


def _ratings(subject: Subject) -> AnySelect:
    return (
        select(
            WishRating.claim_id,
            WishRating.rater,
            WishRating.stars,
            WishRating.comment_sealed,
            WishRating.at,
        )
        .where(WishRating.member_id == subject.member_id)
        .order_by(WishRating.at.desc(), WishRating.id.desc())
    )


def _showings(subject: Subject) -> AnySelect:
    return (
        select(WishContactShowing.wish_id, WishContactShowing.at)
        .join(Wish, Wish.id == WishContactShowing.wish_id)
        .where(Wish.member_id == subject.member_id)
        .order_by(WishContactShowing.at.desc(), WishContactShowing.id.desc())
    )


def _suitability(subject: Subject) -> AnySelect:
    return select(
        WishVolunteer.is_adult,
        WishVolunteer.is_trained,
        WishVolunteer.is_healthy,
        WishVolunteer.recorded_at,
    ).where(WishVolunteer.member_id == subject.member_id)


def _with(name: str, field: SealedField) -> Any:
    """A row as it is, with one sealed column opened under a name of its own."""

    def show(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
        shown = dict(row._mapping)
        sealed = shown.pop(field.column.key)
        return {**shown, name: field.open_if_any(sealer, sealed)}

    return show


async def _erase_ratings(erasing: Erasing) -> None:
    await _delete(erasing, WishRating, WishRating.member_id == erasing.subject.member_id)


async def _erase_suitability(erasing: Erasing) -> None:
    await _delete(erasing, WishVolunteer, WishVolunteer.member_id == erasing.subject.member_id)


async def _delete(erasing: Erasing, table: Any, where: ColumnElement[bool]) -> None:
    await erasing.session.execute(delete(table).where(where))


# Moves and showings first: they are told of as they were when the erasure began.
DATA_KINDS = (
    DataKind(
        "wish_moves",
        Words("心愿处理经过", "What became of your wishes"),
        _moves,
        _with("reason", REASON),
        _DETACHED,
    ),
    DataKind(
        "wish_contact_showings",
        Words("联系方式查看记录", "Showings of your contact"),
        _showings,
        as_it_is,
        _DETACHED,
    ),
    DataKind("wishes", Words("微心愿", "Wishes"), _wishes, _show_wish, _ANONYMOUS, erase_wishes),
    DataKind(
        "wish_claims",
        Words("认领与服务记录", "Claims and service records"),
        _claims,
        _with("evidence", EVIDENCE),
        _ANONYMOUS,
        erase_claims,
    ),
    DataKind(
        "wish_dispatches",
        Words("工会派单", "Wishes that staff asked you for"),
        _dispatches,
        _with("reason", DISPATCH_REASON),
        _DETACHED,
    ),
    DataKind(
        "wish_ratings",
        Words("评价", "Ratings that you gave"),
        _ratings,
        _with("comment", COMMENT),
        always(Fate(Outcome.ERASED)),
        _erase_ratings,
    ),
    DataKind(
        "wish_suitability",
        Words("志愿者年龄、培训与健康登记", "Your age, training and health as a volunteer"),
        _suitability,
        as_it_is,
        always(Fate(Outcome.ERASED)),
        _erase_suitability,
    ),
)
