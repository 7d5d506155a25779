"""Waiting lists."""

from app.models.kept import Keeping, Sort, Subject

_KEPT = "1 year"
_LEFT = "who waits leaves, offers are declined; the row stays, and leads to nobody"
_BY_ID = "random ids, times and states, which lead to a person through `member` alone"

TABLES = {
    "waiting_entry": Keeping(
        Subject.MEMBER,
        purpose="to know who comes next, and why somebody was not offered anything",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_LEFT,
        kinds=("waiting_list",),
        plain=_BY_ID,
        columns={"why": Sort.INTERNAL},
    ),
    "waiting_offer": Keeping(
        Subject.MEMBER,
        purpose="to keep a unit for the first of a list for a while",
        starts="its campaign's end",
        keeps=_KEPT,
        erasure=_LEFT,
        kinds=("waiting_list",),
        plain=_BY_ID,
    ),
}
