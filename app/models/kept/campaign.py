"""Editions, packs and page views: nothing about anybody."""

from app.models.kept import Keeping, Sort, Subject

_OF_NOBODY = "none: nothing about members"

TABLES = {
    "campaign": Keeping(
        Subject.NOBODY,
        purpose="to know which edition runs, and when",
        starts="its end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={"name": Sort.PUBLIC, "name_en": Sort.PUBLIC},
    ),
    "pack": Keeping(
        Subject.NOBODY,
        purpose="to show the packs of an edition",
        starts="its campaign's end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={
            "title": Sort.PUBLIC,
            "title_en": Sort.PUBLIC,
            "summary": Sort.PUBLIC,
            "summary_en": Sort.PUBLIC,
        },
    ),
    "pack_views": Keeping(
        Subject.NOBODY,
        purpose="to count how often a pack's page is viewed, by the hour and by nobody",
        starts="its campaign's end",
        keeps="for good",
        erasure=_OF_NOBODY,
    ),
}
