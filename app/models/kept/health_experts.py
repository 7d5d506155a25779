"""Experts of the health pack: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_SHOWN = "shown to members, who may look the licence up before they trust it"

TABLES = {
    "health_expert": Keeping(
        Subject.STAFF,
        purpose="to know who advises members, by which licence",
        starts="the end of their work for the union",
        keeps="10 years, as long as what they answer for",
        erasure="none: nothing about members",
        plain="random ids, times and two answers yes or no about somebody who works in public",
        columns={
            "name": Plain(Sort.PERSONAL, _SHOWN),
            "title": Sort.PUBLIC,
            "licence_no": Plain(Sort.PERSONAL, _SHOWN),
            "hospital": Sort.PUBLIC,
            "department": Sort.PUBLIC,
            "topics": Sort.PUBLIC,
        },
    ),
}
