"""How far an operation of staff reaches, and which accounts it is therefore not for.

An account may be limited to districts. What an operation declares decides whether such an
account may call it; which rows it then meets is part of the operation's queries.
"""

from enum import StrEnum

from app.shared.identity.callers import StaffMember
from app.shared.identity.refusals import OutsideDistricts, SecondFactorRequired


class Reach(StrEnum):
    """`campaign`: all of it, so it is for accounts without a limit alone. `shared`: reads what
    belongs to no district and every member may see. `district`: its queries keep to the
    caller's districts. `own`: the caller's own account."""

    CAMPAIGN = "campaign"
    SHARED = "shared"
    DISTRICT = "district"
    OWN = "own"


def require_reach(staff: StaffMember, reach: Reach) -> None:
    """Raises `SecondFactorRequired`: until it is enrolled, an account sees to itself alone.
    Raises `OutsideDistricts`."""
    if staff.must_enrol and reach is not Reach.OWN:
        raise SecondFactorRequired()
    if staff.districts is not None and reach is Reach.CAMPAIGN:
        raise OutsideDistricts(staff.districts)
