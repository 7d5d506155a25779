"""Seats: what is kept of them."""

from app.models.kept import Keeping, Sort, Subject

_YEAR = "1 year"

TABLES = {
    "seats_talk": Keeping(
        Subject.NOBODY,
        purpose="to hold a talk",
        starts="its campaign's end",
        keeps=_YEAR,
        erasure="none: nothing about members",
        columns={"title": Sort.PUBLIC},
    ),
    "seats_seat": Keeping(
        Subject.MEMBER,
        purpose="to let in whoever has a seat",
        starts="its campaign's end",
        keeps=_YEAR,
        erasure="stays, and leads to nobody",
        kinds=("seats",),
        plain="random ids and times, which lead to a person through `member` alone",
    ),
}
