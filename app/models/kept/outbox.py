"""Jobs: what is kept of them."""

from app.models.kept import Keeping, Sort, Subject

TABLES = {
    "job": Keeping(
        Subject.NOBODY,
        purpose="to do later, once, what a request has caused",
        starts="the job's end",
        keeps="7 days; 180 when it failed",
        erasure="none: ids and numbers, gone with the job",
        columns={
            "kind": Sort.INTERNAL,
            "payload": Sort.INTERNAL,
            "dedupe_key": Sort.INTERNAL,
            "last_error": Sort.INTERNAL,
        },
    ),
}
