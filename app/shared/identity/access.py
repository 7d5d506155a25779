"""Who may still come in: staff as they stand, the sign-ins that were ended, and the devices
that were shut out.

Held in memory and reloaded whenever the pulse's topic ACCESS moves, so that
revoking costs no request a database read and is felt within a second.
"""

import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.identity import Staff, StaffRole, StaffSession, StoreDevice
from app.models.platform import Pulse
from app.models.states import Role
from app.platform.db import AnyRow
from app.platform.errors import Unauthenticated
from app.platform.pulse import ACCESS
from app.shared.identity.callers import StaffMember, Till
from app.shared.identity.staff_door import IS_ENROLLED, must_enrol, read_districts
from app.shared.identity.tokens import Badge

# A token may know more than the list only while the list can still be catching up.
CATCHING_UP_S = 30

_STAFF = (
    select(
        Pulse.version,
        Staff.id,
        Staff.name,
        Staff.districts,
        IS_ENROLLED.label("is_enrolled"),
        func.array_remove(func.array_agg(StaffRole.role), None).label("roles"),
    )
    .select_from(Pulse)
    .outerjoin(Staff, Staff.disabled_at.is_(None))
    .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
    .where(Pulse.topic == ACCESS)
    .group_by(Pulse.version, Staff.id)
)
# Of the others no token is good any more, however far our clock and the database's are apart.
_ENDED = select(StaffSession.id).where(
    StaffSession.ended_at.is_not(None),
    StaffSession.token_until > func.now() - timedelta(minutes=5),
)
# All of them, not those of the last half hour: `revoked_at` is campaign time,
# tokens run on real time, and the ids of a few hundred lost tills weigh nothing.
_REVOKED = select(StoreDevice.id).where(StoreDevice.revoked_at.is_not(None))


class AccessList:
    """One a process. `reload` is its listener of the topic ACCESS.

    Accounts in one of `strict_roles` must have a second factor.
    """

    def __init__(self, strict_roles: frozenset[Role]) -> None:
        self._strict_roles = strict_roles
        self._as_of = -1
        self._staff: dict[UUID, StaffMember] = {}
        self._ended: frozenset[UUID] = frozenset()
        self._revoked: frozenset[UUID] = frozenset()

    async def reload(self, connection: AsyncConnection) -> None:
        rows = (await connection.execute(_STAFF)).all()
        ended = frozenset((await connection.scalars(_ENDED)).all())
        revoked = frozenset((await connection.scalars(_REVOKED)).all())
        staff = {row.id: self._member(row) for row in rows if row.id is not None}
        self._as_of, self._staff = rows[0].version, staff
        self._ended, self._revoked = ended, revoked

    def till(self, till: Till) -> Till:
        """The till if it was not revoked, else `Unauthenticated`."""
        if till.device_id in self._revoked:
            raise Unauthenticated()
        return till

    def staff_member(self, badge: Badge) -> StaffMember:
        """The account with the roles and districts it has now, whatever the token says of them.

        Raises `Unauthenticated` for an account that is unknown or disabled, and for
        a sign-in that was ended. A badge made after this list was read is
        believed: the list is older, and whoever just signed in must get in.
        """
        if badge.staff.session_id in self._ended:
            raise Unauthenticated()
        if badge.as_of > self._as_of and time.time() - badge.issued_at < CATCHING_UP_S:
            return badge.staff
        staff = self._staff.get(badge.staff.id)
        if staff is None:
            raise Unauthenticated()
        return replace(staff, session_id=badge.staff.session_id)

    def _member(self, row: AnyRow) -> StaffMember:
        roles = frozenset(map(Role, row.roles))
        return StaffMember(
            row.id,
            row.name,
            roles,
            read_districts(row.districts),
            must_enrol=must_enrol(roles, self._strict_roles, is_enrolled=row.is_enrolled),
        )
