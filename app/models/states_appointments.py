"""Enumerations of talks and appointments. Plain values, no tables."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """Of a place at a talk. `attended`: staff have seen its holder there."""

    REGISTERED = "registered"
    ATTENDED = "attended"
    CANCELLED = "cancelled"


class ReplayFor(StrEnum):
    """Who sees a talk's replay once it is over."""

    REGISTERED = "registered"
    EVERYBODY = "everybody"


class AppointmentState(StrEnum):
    """As it is read. `pending`: its slot is held while the consent is read. `cancelled` is also
    what was held for too long; `no_show` what nobody had come to when it ended."""

    PENDING = "pending"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    FULFILLED = "fulfilled"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"
