"""Looks and erasures: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

TABLES = {
    "data_access": Keeping(
        Subject.MEMBER,
        purpose="to show members who looked at their data, and to supervise staff",
        starts="the look",
        keeps="3 years",
        erasure="stays, and leads to nobody",
        kinds=("data_accesses",),
        plain="random ids and times, which lead to a person through `member` alone",
        columns={
            "roles": Sort.INTERNAL,
            "act": Sort.INTERNAL,
        },
    ),
    "erasure": Keeping(
        Subject.MEMBER,
        purpose="to prove what was erased, and that no file brings it back",
        starts="the erasure",
        keeps="the digest to the end of the campaigns that run; the report 3 years",
        erasure="it is the erasure's own record, without name or number",
        plain="ids that lead to an account which is nobody any more",
        columns={
            "member_no_digest": Plain(Sort.PERSONAL, "a keyed digest, forgotten when it is due"),
            "report": Sort.INTERNAL,
        },
    ),
}
