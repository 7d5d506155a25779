"""What a member wants on the phone: kinds that may be kept in the inbox alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member
from app.models.notices import NoticeOptOut
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, Words
from app.shared.identity.refusals import MemberNotRegistered
from app.shared.notices.kinds import Kinds, NoticeKind


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind, and whether this member has it in the inbox alone."""

    kind: NoticeKind
    opted_out: bool


async def list_choices(sessions: Sessions, kinds: Kinds, *, member_id: UUID) -> list[Choice]:
    """Every kind that reaches phones, by name."""
    async with sessions() as session:
        chosen = await _chosen(session, member_id)
    return _choices(kinds, chosen)


async def set_choices(
    sessions: Sessions, kinds: Kinds, clock: Clock, *, member_id: UUID, opted_out: Sequence[str]
) -> list[Choice]:
    """Exactly these kinds stay in the inbox from now on, also of what is on its way.

    Raises `InputInvalid` for kinds that nobody declares, or that may not be opted out of;
    `MemberNotRegistered` when the account was erased meanwhile.
    """
    _check(kinds, opted_out)
    async with sessions.begin() as session:
        # Two phones at once: one after the other, so that the last one's wish is the whole.
        found = await session.scalar(
            select(Member.id)
            .where(Member.id == member_id, Member.erased_at.is_(None))
            .with_for_update(key_share=True)
        )
        if found is None:
            raise MemberNotRegistered()
        before = await _chosen(session, member_id)
        gone, added = before - set(opted_out), set(opted_out) - before
        await session.execute(
            delete(NoticeOptOut).where(
                NoticeOptOut.member_id == member_id, NoticeOptOut.kind.in_(gone)
            )
        )
        if added:
            now = clock.now()
            await session.execute(
                insert(NoticeOptOut),
                [{"member_id": member_id, "kind": kind, "opted_out_at": now} for kind in added],
            )
    return _choices(kinds, set(opted_out))


async def _chosen(session: AsyncSession, member_id: UUID) -> set[str]:
    return set(
        await session.scalars(select(NoticeOptOut.kind).where(NoticeOptOut.member_id == member_id))
    )


def _choices(kinds: Kinds, chosen: Collection[str]) -> list[Choice]:
    return [
        Choice(kind, kind.optional and name in chosen)
        for name, kind in kinds.items()
        if kind.channels
    ]


def _check(kinds: Kinds, opted_out: Sequence[str]) -> None:
    errors = [fault for place, name in enumerate(opted_out) for fault in _fault(kinds, place, name)]
    if errors:
        raise InputInvalid(errors=tuple(errors))


def _fault(kinds: Kinds, place: int, name: str) -> list[FieldError]:
    pointer = f"#/opted_out/{place}"
    if name not in kinds:
        words = Words("没有这类通知", "there is no such kind")
        return [FieldError(pointer, words, "kind_unknown")]
    if not kinds[name].optional:
        words = Words("这类通知不能关闭", "this kind cannot be turned off")
        return [FieldError(pointer, words, "kind_not_optional")]
    return []
