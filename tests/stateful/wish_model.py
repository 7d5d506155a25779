"""Wishes as the contract has them, in plain Python: what each act is answered, and what it does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(days=1)
START_WITHIN, COOLDOWN, SILENCE = timedelta(hours=72), DAY, 7 * DAY
OPEN_CLAIMS = 3
ENDED = {"fulfilled", "rejected", "withdrawn", "expired"}
TAKEN = {"claimed", "in_progress", "submitted"}
DONE = "done"


@dataclass
class Claim:
    id: str
    who: int
    start_before: datetime
    state: str = "claimed"
    submitted_at: datetime | None = None


@dataclass
class Wish:
    id: str
    wisher: int
    needed_by: datetime
    decided: str = "pending_review"
    was_approved: bool = False
    claims: list[Claim] = field(default_factory=list)
    left: dict[int, datetime] = field(default_factory=dict)

    @property
    def claim(self) -> Claim | None:
        """The one that is live, or the last."""
        return self.claims[-1] if self.claims else None

    def settle(self, now: datetime) -> str:
        """What it is at that time."""
        claim = self.claim
        if claim and claim.state == "claimed" and now >= claim.start_before:
            claim.state = "lapsed"
            self.left[claim.who] = claim.start_before
        if self.decided == "open" and not (claim and claim.state in TAKEN):
            if now >= self.needed_by:
                self.decided = "expired"
            return self.decided
        if self.decided == "open":
            assert claim is not None
            return claim.state
        return self.decided


@dataclass
class Model:
    """`open_wishes`: the cap that the control believes to be another."""

    open_wishes: int = 2
    wishes: list[Wish] = field(default_factory=list)

    def post(self, wisher: int, now: datetime) -> str:
        mine = [wish for wish in self.wishes if wish.wisher == wisher]
        is_full = sum(wish.settle(now) not in ENDED for wish in mine) >= self.open_wishes
        return "limit_reached" if is_full else DONE

    def review(self, wish: Wish, decision: str, now: datetime) -> str:
        if wish.settle(now) != "pending_review":
            return "state_conflict"
        if decision == "approve" and now >= wish.needed_by:
            return "input_invalid"
        wish.decided = "open" if decision == "approve" else "rejected"
        wish.was_approved |= decision == "approve"
        return DONE

    def claim(self, wish: Wish, who: int, now: datetime) -> str:
        held = [
            each.claim
            for each in self.wishes
            if each.settle(now) in TAKEN and each.claim and each.claim.who == who
        ]
        left = wish.left.get(who)
        hurdles = (
            (not wish.was_approved and who != wish.wisher, "not_found"),
            (wish.settle(now) in TAKEN, "already_claimed"),
            (who == wish.wisher, "own_wish"),
            (len(held) >= OPEN_CLAIMS, "limit_reached"),
            (left is not None and now < left + COOLDOWN, "claim_cooldown"),
            (wish.settle(now) != "open", "state_conflict"),
        )
        return next((code for stands, code in hurdles if stands), DONE)

    def go_on(self, wish: Wish, act: str, now: datetime) -> str:
        """start, release or submission, by the claim's volunteer."""
        wish.settle(now)
        claim = wish.claim
        assert claim is not None
        if claim.state == "lapsed":
            return "claim_expired"
        allowed = {
            "start": {"claimed"},
            "release": {"claimed", "in_progress"},
            "submission": {"in_progress"},
        }[act]
        if claim.state not in allowed:
            return "state_conflict"
        claim.state = {"start": "in_progress", "release": "released", "submission": "submitted"}[
            act
        ]
        if act == "release":
            wish.left[claim.who] = now
            wish.settle(now)
        if act == "submission":
            claim.submitted_at = now
        return DONE

    def confirm(self, wish: Wish, *, done: bool, by_staff: bool, now: datetime) -> str:
        if wish.settle(now) != "submitted":
            return "state_conflict"
        claim = wish.claim
        assert claim is not None
        assert claim.submitted_at is not None
        if by_staff and now < claim.submitted_at + SILENCE:
            return "state_conflict"
        claim.state = "fulfilled" if done else "not_done"
        wish.decided = "fulfilled" if done else "pending_review"
        return DONE

    def withdraw(self, wish: Wish, now: datetime) -> str:
        if wish.settle(now) in {*ENDED, "submitted"}:
            return "state_conflict"
        if wish.claim and wish.claim.state in TAKEN:
            wish.claim.state = "withdrawn"
        wish.decided = "withdrawn"
        return DONE
