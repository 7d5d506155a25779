"""A wish as it stands while it is played, and where it is found."""

from dataclasses import dataclass
from datetime import datetime

from app.replay.wishes.plan import PlannedWish

WISHES = "/v1/wishes"
STAFFS = "/v1/admin/wishes"
REVIEWER, SECOND_REVIEWER = "wish_reviewer", "administrator"


@dataclass(slots=True)
class Story:
    """A wish on its way. Empty ids: it never came so far, which was a surprise."""

    plan: PlannedWish
    needed_by: datetime
    wish_id: str = ""
    dispatch_id: str = ""
    claim_id: str = ""
    volunteer: str = ""

    @property
    def wisher(self) -> str:
        return self.plan.wisher.account

    @property
    def path(self) -> str:
        return f"{WISHES}/{self.wish_id}"

    @property
    def claim_path(self) -> str:
        return f"{self.path}/claims/{self.claim_id}"

    @property
    def staffs_path(self) -> str:
        return f"{STAFFS}/{self.wish_id}"
