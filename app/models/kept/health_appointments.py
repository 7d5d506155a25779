"""Appointments: what is kept of them. What somebody came for stands nowhere here."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "3 years (a setting)"
_BY_ID = "random ids and times, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it; of members their account's id"

TABLES = {
    "health_plan": Keeping(
        Subject.NOBODY,
        purpose="to know when an expert receives members",
        starts="its last change",
        keeps="as long as its expert: nobody but the expert is in it",
        erasure="none: nothing about members",
        columns={
            "place": Sort.PUBLIC,
            "hours": Sort.INTERNAL,
            "breaks": Sort.INTERNAL,
            "exceptions": Sort.INTERNAL,
        },
    ),
    "health_slot": Keeping(
        Subject.NOBODY,
        purpose="to offer a time to one member",
        starts="its end",
        keeps=_KEPT,
        erasure="none: nothing about members",
    ),
    "health_appointment": Keeping(
        Subject.MEMBER,
        purpose="to receive whoever has booked, and to know who came",
        starts="its end",
        keeps=_KEPT,
        erasure="what is ahead is cancelled; stays, and leads to nobody",
        kinds=("appointments", "appointments_ahead"),
        plain=_BY_ID,
    ),
    "health_appointment_history": Keeping(
        Subject.MEMBER,
        purpose="to know who moved an appointment, and when",
        starts="its appointment's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("appointment_moves",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
}
