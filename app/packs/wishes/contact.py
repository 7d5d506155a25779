"""How to reach a wisher: shown to the holder of a live claim alone, and every time written down."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member as MemberRow
from app.models.states import Purpose
from app.models.wishes import Wish, WishContactShowing
from app.packs.wishes.acts import WISH
from app.packs.wishes.queries import WishFacts
from app.packs.wishes.seals import CONTACT_PHONE
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.ids import new_id
from app.shared.consents import ConsentRequired, require
from app.shared.identity.callers import Actor
from app.shared.identity.seals import NAME
from app.shared.ledger import Act, write


@dataclass(frozen=True, slots=True)
class Contact:
    """In clear."""

    name: str
    phone: str


async def show_contact(
    session: AsyncSession, clock: Clock, sealer: Sealer, *, actor: Actor, wish: WishFacts
) -> Contact | None:
    """For the holder of `wish.claim`, which the caller has seen to be live; None without the
    wisher's consent, given with the wish and not withdrawn since. Then staff pass messages on.
    """
    assert wish.claim is not None, "somebody holds it"
    if not wish.show_contact or not await _is_consented(session, wish):
        return None
    now = clock.now()
    session.add(WishContactShowing(id=new_id(), wish_id=wish.id, claim_id=wish.claim.id, at=now))
    await write(session, [Act(actor, "wishes.wish.show_contact", WISH, wish.id, at=now)])
    return await own_contact(session, sealer, wish)


async def own_contact(session: AsyncSession, sealer: Sealer, wish: WishFacts) -> Contact:
    """What the wisher has said, to the wisher, and to staff who have written down that they
    look."""
    row = (
        await session.execute(
            select(MemberRow.name_sealed, Wish.contact_phone_sealed)
            .join(Wish, Wish.member_id == MemberRow.id)
            .where(Wish.id == wish.id)
        )
    ).one()
    return Contact(
        NAME.open(sealer, row.name_sealed), CONTACT_PHONE.open(sealer, row.contact_phone_sealed)
    )


async def _is_consented(session: AsyncSession, wish: WishFacts) -> bool:
    try:
        await require(session, member_id=wish.member_id, purpose=Purpose.SHOW_CONTACT)
    except ConsentRequired:
        return False
    return True
