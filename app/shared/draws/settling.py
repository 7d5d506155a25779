"""What time has decided about prizes: who did not accept in time has lost it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states_draws import AwardState
from app.platform.crypto import Digester
from app.shared.draws import rules
from app.shared.draws.awarding import end_award
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import DrawFacts, awards_of
from app.shared.ledger import Actor

SYSTEM = "draws"


async def settle(
    session: AsyncSession, draw: DrawFacts, now: datetime, *, digester: Digester
) -> None:
    """Write down which prizes have expired, in the order of their turns; each goes to the next
    of the sequence. The draw is locked. Whoever moves a prize does this first, so that the
    order of endings does not hang on when a job came."""
    doer = Doer(Actor.system(SYSTEM, digester))
    for each in await awards_of(session, draw.id):
        as_read = rules.award_state(each.state, each.accept_before, now)
        if each.state is AwardState.AWARDED and as_read is AwardState.EXPIRED:
            await end_award(session, draw, each, AwardState.EXPIRED, at=now)
            changes = {"ticket_no": (each.ticket_no, None)}
            states = (draw.state, rules.next_state(draw.state, "expire"))
            await note(session, draw.id, "expire", states, doer, at=now, changes=changes)
