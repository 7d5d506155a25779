"""Districts as they were: what is kept of them, why, how long."""

from app.models.kept import Keeping, Subject
from app.models.kept.identity import BY_RANDOM_ID, NOT_OF_MEMBERS, OF_STORES

TABLES = {
    "member_district_history": Keeping(
        Subject.MEMBER,
        purpose="to count past acts in the district in which they were done",
        starts="its campaigns' end",
        keeps="with the account's row",
        erasure="stays, and leads to nobody: the district alone is left of what the account was",
        kinds=("districts",),
        plain=BY_RANDOM_ID,
    ),
    "store_district_history": Keeping(
        Subject.COMPANY,
        purpose="to count past redemptions in the district in which the store then was",
        starts="the move",
        keeps=OF_STORES,
        erasure=NOT_OF_MEMBERS,
    ),
}
