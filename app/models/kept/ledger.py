"""The ledger: what is kept of who did what."""

from app.models.kept import Keeping, Plain, Sort, Subject

TABLES = {
    "ledger_entry": Keeping(
        Subject.MEMBER,
        purpose="to know who did what, to whom they answer, and that nobody changed it since",
        starts="the act",
        keeps="for good: a chain with a row taken out proves nothing",
        erasure="stays: ids that lead to an account which is nobody any more, and no values",
        plain="random ids, times and words of enumerations, which lead to a person through ids",
        columns={
            "actor_roles": Sort.INTERNAL,
            "origin": Plain(
                Sort.PERSONAL, "the client address of staff, who answer for what they do there"
            ),
            "verb": Sort.INTERNAL,
            "refusal": Sort.INTERNAL,
            "object_kind": Sort.INTERNAL,
            "changes": Plain(
                Sort.PERSONAL, "keyed digests with the object's id in them: they show no value"
            ),
            "request_id": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
            "digest": Sort.INTERNAL,
        },
    ),
    "ledger_seal": Keeping(
        Subject.NOBODY,
        purpose="to find a row that was changed, taken out or moved",
        starts="the sealing",
        keeps="for good",
        erasure="none: digests of digests",
        columns={"previous": Sort.PUBLIC, "head": Sort.PUBLIC},
    ),
}
