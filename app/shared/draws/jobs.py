"""What draws do later: tell winners, write down what has expired, close windows, forget."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawAward, DrawPrize
from app.models.draws import DrawEntry as Entry
from app.models.states_draws import AwardState
from app.platform.crypto import Digester
from app.platform.jobs import Handler, Later, Payload, Periodic, Within
from app.shared.draws.awarding import EXPIRE, TELL
from app.shared.draws.closing import close_order
from app.shared.draws.forgetting import forget
from app.shared.draws.orders import CLOSE
from app.shared.draws.queries import find_draw, moment
from app.shared.draws.settling import settle
from app.shared.notices import NewNotice, Notices


async def tell(session: AsyncSession, payload: Payload, *, notices: Notices) -> None:
    """The winner, with the day until which the prize can be claimed."""
    award_id = UUID(payload["award_id"])
    row = (
        await session.execute(
            select(
                Entry.member_id,
                Draw.id,
                Draw.title,
                DrawPrize.name,
                DrawAward.ticket_no,
                DrawAward.accept_before,
            )
            .join(Entry, Entry.id == DrawAward.entry_id)
            .join(Draw, Draw.id == DrawAward.draw_id)
            .join(DrawPrize, DrawPrize.id == DrawAward.prize_id)
            .where(DrawAward.id == award_id)
        )
    ).one()
    told = NewNotice(
        "draws.won",
        row.member_id,
        {
            "draw": row.title,
            "prize": row.name,
            "ticket_no": row.ticket_no,
            "until": row.accept_before,
        },
        f"draws.won:{award_id}",
        not_after=row.accept_before,
        link=f"/v1/public/draws/{row.id}",
    )
    await notices.notify(session, told)


async def expire(session: AsyncSession, payload: Payload, *, digester: Digester) -> None:
    """The prize, unless it was accepted or lost meanwhile."""
    award_id = UUID(payload["award_id"])
    draw_id = await session.scalar(select(DrawAward.draw_id).where(DrawAward.id == award_id))
    assert draw_id is not None, "awards are not removed"
    draw = await find_draw(session, draw_id, locked=True)
    now = await moment(session)
    await settle(session, draw, now, digester=digester)
    state, accept_before = (
        await session.execute(
            select(DrawAward.state, DrawAward.accept_before).where(DrawAward.id == award_id)
        )
    ).one()
    if state is AwardState.AWARDED:
        raise Later(accept_before)


HANDLERS: dict[str, Handler] = {
    TELL: Within(tell),
    EXPIRE: Within(expire),
    CLOSE: Within(close_order),
    "draws.forget": Periodic(forget, every=timedelta(days=1)),
}
