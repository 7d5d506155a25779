"""Somebody is erased: open wishes are withdrawn, live claims given back, and all texts go."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from app.models.states import ClaimState, DispatchState, WishState
from app.models.wishes import Wish, WishClaim, WishDispatch, WishEvidenceFile, WishHistory
from app.packs.wishes import rules
from app.packs.wishes.life import Step, settle, take
from app.packs.wishes.queries import lock_wish
from app.packs.wishes.seals import (
    CONTACT_PHONE,
    DISPATCH_REASON,
    EVIDENCE,
    ORIGINAL,
    PROXY,
    REASON,
)
from app.shared.personal_data import Erasing
from app.shared.sealed import SealedField
from app.shared.sealed.fields import ERASED


async def erase_wishes(erasing: Erasing) -> None:
    """What was handed in already stays for staff to confirm."""
    session, sealer = erasing.session, erasing.sealer
    mine = select(Wish.id).where(Wish.member_id == erasing.subject.member_id)
    open_now = mine.where(Wish.state.in_([WishState.PENDING_REVIEW, WishState.OPEN]))
    await _take_where_possible(erasing, (await session.scalars(open_now)).all(), "withdraw")
    await session.execute(
        update(Wish)
        .where(Wish.id.in_(mine))
        .values(
            title="",
            detail="",
            original_sealed=ORIGINAL.seal(sealer, ERASED),
            contact_phone_sealed=CONTACT_PHONE.seal(sealer, ERASED),
            show_contact=False,
            erased_at=erasing.now,
        )
    )
    await _blank(erasing, PROXY, Wish.id.in_(mine))
    await _blank(erasing, REASON, WishHistory.wish_id.in_(mine))


async def erase_claims(erasing: Erasing) -> None:
    """Service stays counted, and is nobody's."""
    session, member_id = erasing.session, erasing.subject.member_id
    live = [ClaimState.CLAIMED, ClaimState.IN_PROGRESS]
    held = select(WishClaim.wish_id).where(
        WishClaim.member_id == member_id, WishClaim.state.in_(live)
    )
    await _take_where_possible(erasing, (await session.scalars(held)).all(), "release")
    mine = select(WishClaim.id).where(WishClaim.member_id == member_id)
    await session.execute(delete(WishEvidenceFile).where(WishEvidenceFile.claim_id.in_(mine)))
    await _blank(erasing, EVIDENCE, WishClaim.member_id == member_id)
    await session.execute(
        update(WishClaim).where(WishClaim.member_id == member_id).values(erased_at=erasing.now)
    )
    # What a volunteer wrote on giving back stands in somebody else's wish.
    await _blank(erasing, REASON, WishHistory.claim_id.in_(mine) & (WishHistory.act == "release"))
    await session.execute(
        update(WishDispatch)
        .where(WishDispatch.member_id == member_id, WishDispatch.state == DispatchState.OFFERED)
        .values(state=DispatchState.REFUSED, answered_at=erasing.now)
    )
    await _blank(erasing, DISPATCH_REASON, WishDispatch.member_id == member_id)


async def _take_where_possible(erasing: Erasing, wish_ids: Sequence[UUID], act: str) -> None:
    assert erasing.actor is not None, "nothing is erased by foreseeing it"
    for wish_id in sorted(wish_ids):
        wish = await lock_wish(erasing.session, wish_id)
        now, actor = erasing.now, erasing.actor
        wish = await settle(erasing.session, erasing.sealer, wish, now=now, actor=actor)
        if act in rules.WISH_MOVES[wish.state_at(now)]:
            await take(erasing.session, erasing.sealer, wish, Step(act, now, actor))


async def _blank(erasing: Erasing, field: SealedField, where: ColumnElement[bool]) -> None:
    """The column of these rows, where there is anything in it."""
    column = field.column
    await erasing.session.execute(
        update(column.class_)
        .where(where, column.is_not(None))
        .values({column.key: field.seal(erasing.sealer, ERASED)})
    )
