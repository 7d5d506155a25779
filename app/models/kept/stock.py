"""The books."""

from app.models.kept import Keeping, Plain, Sort, Subject

_BY_ID = "random ids and figures; limits are counted by them in the database"
_BOOKS = "30 years with the accounts, of which they are originals"

TABLES = {
    "stock_group": Keeping(
        Subject.NOBODY,
        purpose="to know which pools share limits",
        starts="its campaign's end",
        keeps=_BOOKS,
        erasure="none: nothing about members",
        columns={"name": Sort.INTERNAL},
    ),
    "stock_pool": Keeping(
        Subject.NOBODY,
        purpose="to know how much there is, and how much is left",
        starts="its campaign's end",
        keeps=_BOOKS,
        erasure="none: nothing about members",
        columns={"kind": Sort.INTERNAL},
    ),
    "stock_entry": Keeping(
        Subject.MEMBER,
        purpose="to prove every unit that was granted or came back",
        starts="its campaign's end",
        keeps=_BOOKS,
        erasure="stays, and leads to nobody",
        plain=_BY_ID,
        columns={
            "fingerprint": Plain(Sort.PERSONAL, "a keyed digest of a request's body"),
            "why": Sort.INTERNAL,
        },
    ),
    "stock_inspection": Keeping(
        Subject.NOBODY,
        purpose="to tell those who watch whether every pool is as its rows say",
        starts="",
        keeps="for good, one row",
        erasure="none: nothing about members",
    ),
    "stock_use": Keeping(
        Subject.MEMBER,
        purpose="to hold a person to the limits of a campaign",
        starts="its campaign's end",
        keeps="to the end of the campaign with the person, then as figures of nobody",
        erasure="refused until the campaign is over, then it leads to nobody",
        kinds=("limits",),
        plain=_BY_ID,
    ),
}
