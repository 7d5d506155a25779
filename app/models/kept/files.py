"""Pictures: what is kept of them."""

from app.models.kept import Keeping, Subject

TABLES = {
    "file": Keeping(
        Subject.MEMBER,
        purpose="to show what a member sent along with what it belongs to",
        starts="its attaching; what nothing attaches goes after a day",
        keeps="as long as what shows it",
        erasure="taken off at once; a worker removes the bytes, then the row",
        kinds=("pictures",),
        plain=(
            "random ids, sizes and times, which lead to a person through `member` alone; the "
            "bytes lie in the store, under the row's id"
        ),
    ),
}
