"""Editions, packs and page views: nothing about anybody."""

from app.models.kept import Keeping, Plain, Sort, Subject

_OF_NOBODY = "none: nothing about members"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it"

TABLES = {
    "campaign": Keeping(
        Subject.NOBODY,
        purpose="to know which edition runs, and when",
        starts="its end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={"name": Sort.PUBLIC, "name_en": Sort.PUBLIC},
    ),
    "campaign_history": Keeping(
        Subject.NOBODY,
        purpose="to know who opened, ended and switched what, and why",
        starts="its campaign's end",
        keeps="for good",
        erasure=_OF_NOBODY,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
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
