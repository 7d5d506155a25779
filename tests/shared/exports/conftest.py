"""A desk of finance's."""

import pytest

from app.models.identity import Staff
from app.models.states import Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.callers import StaffMember
from tests.factories import Factory
from tests.shared.exports.desk import Desk


@pytest.fixture
async def desk(rooms: Rooms, make: Factory) -> Desk:
    staff = StaffMember(new_id(), "finance-1", frozenset({Role.FINANCE}))
    async with rooms.sessions.begin() as session:
        session.add(Staff(id=staff.id, name=staff.name, password_hash="none"))
    return Desk(make, staff, rooms)
