"""Enumerations of draws. Plain values, no tables."""

from enum import StrEnum


class DrawState(StrEnum):
    """`open`: published; entries count from `opens_at` to `closes_at`. From there on nothing is
    changed, only added."""

    DRAFT = "draft"
    OPEN = "open"
    FROZEN = "frozen"
    COMMITTED = "committed"
    DRAWN = "drawn"


class DrawKind(StrEnum):
    """What falls to tickets: prizes to some, or to each its place in the order of a crowd."""

    PRIZES = "prizes"
    ORDER = "order"


class TurnOutcome(StrEnum):
    """What somebody of a crowd had of their turn: a unit, a place on its waiting list, or
    nothing, because the time for either was over."""

    GRANTED = "granted"
    WAITING = "waiting"
    PASSED = "passed"


class DrawMethod(StrEnum):
    """How winners follow from the public numbers (app/shared/draws/picking_rules.py)."""

    RFC_3797 = "rfc3797_md5"
    WIDE = "rfc3797_sha256"


class AwardState(StrEnum):
    """Of a prize that fell to a ticket. The last two were lost, and went to a substitute if
    there was one."""

    AWARDED = "awarded"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    DISQUALIFIED = "disqualified"


class SourceKind(StrEnum):
    """Public numbers that nobody can foresee: a state lottery's, or drand's."""

    LOTTERY = "lottery"
    DRAND = "drand"
