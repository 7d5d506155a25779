"""What a member is entitled by, and what to say where it is not enough. Pure."""

from collections.abc import Collection, Iterable
from datetime import date

from app.shared.identity.callers import Entitlement, Member
from app.shared.identity.refusals import NotEligible


def not_eligible(member: Member, eligible: Collection[str], today: date) -> NotEligible:
    """None of these categories is the member's today."""
    over = lapsed(member.entitlements, eligible, today)
    return NotEligible(
        rule=" | ".join(eligible),
        lapsed=over and {"category": over.category, "valid_until": str(over.valid_until)},
    )


def lapsed(held: Iterable[Entitlement], eligible: Collection[str], day: date) -> Entitlement | None:
    """The entitlement that would have done, had it not run out last before `day`."""
    over = [
        each
        for each in held
        if each.category in eligible and each.valid_until is not None and each.valid_until < day
    ]
    return max(over, key=lambda each: each.valid_until or date.min, default=None)
