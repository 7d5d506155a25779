"""Keeping periods and runs: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_WHO_ANSWERS = "whoever acts on behalf of the union answers for it by name"

TABLES = {
    "retention_period": Keeping(
        Subject.STAFF,
        purpose="to know how long records are kept, and who said so",
        starts="-",
        keeps="for good, a row a kind",
        erasure="none: nothing about members",
        plain=_WHO_ANSWERS,
        columns={"kind": Sort.PUBLIC, "changed_by": Plain(Sort.PERSONAL, _WHO_ANSWERS)},
    ),
    "retention_run": Keeping(
        Subject.STAFF,
        purpose="to prove that what was due was erased, and when",
        starts="the run",
        keeps="10 years, as proof towards supervisors",
        erasure="none: sums and counts",
        plain=_WHO_ANSWERS,
        columns={
            "run_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "lines": Sort.INTERNAL,
        },
    ),
}
