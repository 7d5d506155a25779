"""What a fair opening of free boxes does later: turns are taken and told, substitutes served."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.packs.gift_boxes import queries, telling
from app.packs.gift_boxes.draws import TAKE_TURNS
from app.packs.gift_boxes.fair_turns import TELL_TURNS, taking
from app.packs.gift_boxes.life import SYSTEM
from app.packs.gift_boxes.substitutes import SUBSTITUTE, TELL_GIVEN, give_to_substitutes
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.jobs import Handler, Payload, Within
from app.shared.draws import turns_to_tell, work_off_turns
from app.shared.identity.callers import Actor
from app.shared.notices import Notices
from app.shared.stock import lock_pools


async def turns(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester, sealer: Sealer
) -> None:
    """Of those who asked in a fair opening."""
    await work_off_turns(session, payload, taking(sealer), clock=clock, digester=digester)


async def tell_turns(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    draw_id, taken = await turns_to_tell(session, payload)
    box = await queries.box_of_draw(session, draw_id)
    await notices.notify_many(session, telling.told_of_turns(box, taken))


async def substitute(
    session: AsyncSession, payload: Payload, *, clock: Clock, digester: Digester, sealer: Sealer
) -> None:
    """What came free while the pack was closed."""
    box = await queries.require_box(session, UUID(payload["box_id"]))
    await lock_pools(session, [box.free.id])
    actor = Actor.system(SYSTEM, digester)
    await give_to_substitutes(session, sealer, box.id, now=clock.now(), actor=actor)


async def tell_given(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    told = await telling.told_of_order(session, UUID(payload["order_id"]), "given")
    await notices.notify(session, told)


HANDLERS: dict[str, Handler] = {
    TAKE_TURNS: Within(turns),
    TELL_TURNS: Within(tell_turns),
    SUBSTITUTE: Within(substitute),
    TELL_GIVEN: Within(tell_given),
}
