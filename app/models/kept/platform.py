"""The deployment's own rows."""

from app.models.kept import Keeping, Sort, Subject

_OF_NOBODY = "none: nothing about members"

TABLES = {
    "clock": Keeping(
        Subject.NOBODY,
        purpose="to move campaign time on test deployments",
        starts="",
        keeps="for good, one row",
        erasure=_OF_NOBODY,
    ),
    "pulse": Keeping(
        Subject.NOBODY,
        purpose="to tell processes that something has changed",
        starts="",
        keeps="for good, a row a topic",
        erasure=_OF_NOBODY,
        columns={"topic": Sort.INTERNAL},
    ),
    "read_only": Keeping(
        Subject.NOBODY,
        purpose="to stop every change at once, by staff",
        starts="",
        keeps="for good, one row",
        erasure=_OF_NOBODY,
        columns={"reason": Sort.INTERNAL},
    ),
}
