"""The last trace of an erased person goes when no limit needs it any more.

Until then a keyed digest of the identity number stays, so that a person counts as one, and
one of the member number, so that no file brings the account back. Neither can be read.
"""

import secrets
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Person
from app.models.personal_data import Erasure

DIGEST_BYTES = 32
MOST_AT_ONCE = 1_000

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "erased_account_is_empty": """
        SELECT m.id FROM member m
         WHERE m.erased_at IS NOT NULL
           AND (m.row_digest IS NOT NULL OR m.member_no <> 'erased-' || m.id
                OR EXISTS (SELECT FROM member_category c WHERE c.member_id = m.id)
                OR EXISTS (SELECT FROM consent c WHERE c.member_id = m.id)
                OR EXISTS (SELECT FROM notice n WHERE n.member_id = m.id)
                OR EXISTS (SELECT FROM notice_opt_out o WHERE o.member_id = m.id))""",
    "erased_account_has_its_erasure": """
        SELECT COALESCE(m.id, e.member_id) FROM erasure e
          FULL JOIN (SELECT id FROM member WHERE erased_at IS NOT NULL) m ON m.id = e.member_id
         WHERE m.id IS NULL OR e.id IS NULL""",
    "erased_number_has_no_account": """
        SELECT p.id FROM person p JOIN member m ON m.person_id = p.id
         WHERE p.number_erased_at IS NOT NULL AND m.erased_at IS NULL""",
    "forgotten_erasure_tells_nothing": """
        SELECT id FROM erasure WHERE forgotten_at IS NOT NULL AND member_no_digest IS NOT NULL""",
}


async def forget_due(session: AsyncSession, now: datetime) -> int:
    """Forget what is due, a thousand at most; answers how many erasures that were.

    Two at once do not wait for each other.
    """
    due = await session.execute(
        select(Erasure.id, Erasure.person_id)
        .where(Erasure.forget_at <= now, Erasure.forgotten_at.is_(None))
        .order_by(Erasure.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = due.all()
    await session.execute(
        update(Erasure)
        .where(Erasure.id.in_([row.id for row in rows]))
        .values(member_no_digest=None, forgotten_at=now)
    )
    for person_id in sorted({row.person_id for row in rows}):
        await session.execute(
            update(Person)
            .where(
                Person.id == person_id,
                # Back under another account since: that one's number it is now.
                Person.number_erased_at.is_not(None),
                ~exists().where(Erasure.person_id == Person.id, Erasure.forgotten_at.is_(None)),
            )
            .values(id_number_digest=secrets.token_bytes(DIGEST_BYTES))
        )
    return len(rows)
