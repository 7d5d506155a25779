"""What was counted of what is erased: what is kept of it."""

from app.models.kept import Keeping, Sort, Subject

TABLES = {
    "health_count": Keeping(
        Subject.NOBODY,
        purpose="to answer for the figures of a past time when what they counted is erased",
        starts="the erasure of what it counts",
        keeps="for good: a time, a figure's name and a district, without anybody",
        erasure="none: nothing about members",
        columns={"figure": Sort.INTERNAL},
    ),
}
