"""Exports: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

TABLES = {
    "export": Keeping(
        Subject.STAFF,
        purpose="to know who took which list along, and how far one is that is being made",
        starts="the file's end",
        keeps="the row for good; the file 7 days",
        erasure="none: nothing about members; a file that shows them is gone with its week",
        plain="who acts on behalf of the union answers for it by name",
        columns={
            "what": Sort.INTERNAL,
            "filters": Sort.INTERNAL,
            "roles": Sort.INTERNAL,
            "districts": Plain(
                Sort.PERSONAL, "where whoever asked may look, by names of districts of the city"
            ),
        },
    ),
}
