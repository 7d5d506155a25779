"""What wishes do later: tell both sides, and write down what time has decided.

Nobody waits for these: whoever comes to a wish sees it as it is, and settles it. They are there
so that members are told, and that history has its row.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.packs.wishes import telling
from app.packs.wishes.claim_records import LAPSE, WARN
from app.packs.wishes.dispatching import TELL_DISPATCH
from app.packs.wishes.history import TELL
from app.packs.wishes.life import EXPIRE, SYSTEM, settle
from app.packs.wishes.queries import find_claim, lock_wish
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.jobs import Handler, Later, Payload, Within
from app.shared.identity.callers import Actor
from app.shared.notices import Notices


async def tell(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """Both sides, of one move."""
    told = await telling.told_of_move(session, UUID(payload["move_id"]))
    await notices.notify_many(session, told)


async def tell_dispatch(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """The volunteer whom staff ask."""
    told = await telling.told_of_dispatch(session, UUID(payload["dispatch_id"]))
    await notices.notify(session, told)


async def warn(session: AsyncSession, payload: Payload, *, clock: Clock, notices: Notices) -> None:
    """A volunteer who has not started yet, a day before it is too late."""
    told = await telling.told_before_lapse(session, UUID(payload["claim_id"]), clock.now())
    if told is not None:
        await notices.notify(session, told)


async def lapse(
    session: AsyncSession, payload: Payload, *, clock: Clock, sealer: Sealer, digester: Digester
) -> None:
    """The claim, unless it was started, released or written down meanwhile."""
    claim = await find_claim(session, UUID(payload["claim_id"]))
    assert claim is not None, "claims are not removed"
    await _settle(session, claim.wish_id, clock, sealer, digester)


async def expire(
    session: AsyncSession, payload: Payload, *, clock: Clock, sealer: Sealer, digester: Digester
) -> None:
    """The wish, unless somebody holds it or its date was moved."""
    await _settle(session, UUID(payload["wish_id"]), clock, sealer, digester)


async def _settle(
    session: AsyncSession, wish_id: UUID, clock: Clock, sealer: Sealer, digester: Digester
) -> None:
    now, actor = clock.now(), Actor.system(SYSTEM, digester)
    wish = await settle(session, sealer, await lock_wish(session, wish_id), now=now, actor=actor)
    # This process's clock may be a moment behind the one by which the job fell due.
    claim = wish.claim
    if claim is not None and claim.state == "claimed":
        raise Later(claim.start_before)


HANDLERS: dict[str, Handler] = {
    TELL: Within(tell),
    TELL_DISPATCH: Within(tell_dispatch),
    WARN: Within(warn),
    LAPSE: Within(lapse),
    EXPIRE: Within(expire),
}
