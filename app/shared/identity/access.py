"""Who may still come in: staff as they stand, and the devices that were shut out.

Held in memory and reloaded whenever the pulse's topic ACCESS moves, so that
revoking costs no request a database read and is felt within a second.
"""

import time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.identity import Staff, StaffRole, StoreDevice
from app.models.platform import Pulse
from app.models.states import Role
from app.platform.errors import Unauthenticated
from app.platform.pulse import ACCESS
from app.shared.identity.callers import StaffMember, Till
from app.shared.identity.tokens import Badge

# A token may know more than the list only while the list can still be catching up.
CATCHING_UP_S = 30

_STAFF = (
    select(
        Pulse.version,
        Staff.id,
        Staff.name,
        Staff.password_version,
        func.array_remove(func.array_agg(StaffRole.role), None),
    )
    .select_from(Pulse)
    .outerjoin(Staff, Staff.disabled_at.is_(None))
    .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
    .where(Pulse.topic == ACCESS)
    .group_by(Pulse.version, Staff.id)
)
# All of them, not those of the last half hour: `revoked_at` is campaign time,
# tokens run on real time, and the ids of a few hundred lost tills weigh nothing.
_REVOKED = select(StoreDevice.id).where(StoreDevice.revoked_at.is_not(None))


class AccessList:
    """One a process. `reload` is its listener of the topic ACCESS."""

    def __init__(self) -> None:
        self._as_of = -1
        self._staff: dict[UUID, tuple[StaffMember, int]] = {}
        self._revoked: frozenset[UUID] = frozenset()

    async def reload(self, connection: AsyncConnection) -> None:
        rows = (await connection.execute(_STAFF)).all()
        revoked = frozenset((await connection.scalars(_REVOKED)).all())
        staff = {
            staff_id: (StaffMember(staff_id, name, frozenset(map(Role, roles))), password_version)
            for _, staff_id, name, password_version, roles in rows
            if staff_id is not None
        }
        self._as_of, self._staff, self._revoked = rows[0].version, staff, revoked

    def till(self, till: Till) -> Till:
        """The till if it was not revoked, else `Unauthenticated`."""
        if till.device_id in self._revoked:
            raise Unauthenticated()
        return till

    def staff_member(self, badge: Badge) -> StaffMember:
        """The account with the roles it has now, whatever the token says of them.

        Raises `Unauthenticated` for an account that is unknown or disabled, or
        whose password was set since. A badge made after this list was read is
        believed: the list is older, and whoever just signed in must get in.
        """
        if badge.as_of > self._as_of and time.time() - badge.issued_at < CATCHING_UP_S:
            return badge.staff
        staff, password_version = self._staff.get(badge.staff.id, (None, None))
        if staff is None or password_version != badge.password_version:
            raise Unauthenticated()
        return staff
