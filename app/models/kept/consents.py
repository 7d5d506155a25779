"""Consents: what is kept of them."""

from app.models.kept import Keeping, Subject

TABLES = {
    "consent": Keeping(
        Subject.MEMBER,
        purpose="to act by a consent, and to prove it",
        starts="the withdrawal, or the account's end",
        keeps="3 years",
        erasure="deleted",
        kinds=("consents",),
        plain="a purpose and a yes or no, which lead to a person through `member` alone",
    ),
}
