"""Viewers: figures of nobody."""

from app.models.kept import Keeping, Plain, Sort, Subject

_OF_NOBODY = "none: nothing about members"

TABLES = {
    "presence_figure": Keeping(
        Subject.NOBODY,
        purpose="to say how many watched, and how many at once",
        starts="its campaign's end",
        keeps="for good; the sketch until what was watched is over",
        erasure="none: figures; nobody can be taken out of a sketch, which is gone within days",
        columns={
            "kind": Sort.INTERNAL,
            "sketch": Plain(
                Sort.PERSONAL,
                "how many, not who; whoever has a member's id could ask whether it may be among "
                "them, so it goes when the figure is final",
            ),
        },
    ),
    "presence_history": Keeping(
        Subject.NOBODY,
        purpose="to say how many had watched by a past time",
        starts="its campaign's end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={"kind": Sort.INTERNAL},
    ),
    "presence_gap": Keeping(
        Subject.NOBODY,
        purpose="to say when viewers may be missing from the figures",
        starts="its campaign's end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={"kind": Sort.INTERNAL},
    ),
}
