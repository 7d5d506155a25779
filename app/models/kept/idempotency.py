"""First answers."""

from app.models.kept import Keeping, Sort, Subject

TABLES = {
    "idempotency": Keeping(
        Subject.NOBODY,
        purpose="to answer a repeated request as the first time",
        starts="the answer",
        keeps="48 hours",
        erasure="none: a row is found by its request's digest and by nobody's name or id",
        columns={
            "key_digest": Sort.INTERNAL,
            "fingerprint": Sort.INTERNAL,
            # An answer to staff may name a member's number.
            "body_sealed": Sort.PERSONAL,
        },
    ),
}
