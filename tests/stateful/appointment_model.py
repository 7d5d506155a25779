"""Appointments as the contract has them, in plain Python: what each act is answered, what it does.

Two experts with the same slots, one behind the other; a slot is (expert, place). What time
decides is read, and written down by nobody here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DONE = "done"
LENGTH, CHECK_IN_BEFORE = timedelta(minutes=30), timedelta(hours=1)
Slot = tuple[int, int]


@dataclass
class Kept:
    who: int
    slot: Slot
    state: str
    hold_until: datetime | None = None


@dataclass
class Model:
    """`touching_overlaps`: what the control believes of two that follow each other."""

    begins_at: datetime
    experts: int
    slots: int
    touching_overlaps: bool = False
    kept: list[Kept] = field(default_factory=list)
    consents: set[int] = field(default_factory=set)

    def starts_at(self, slot: Slot) -> datetime:
        return self.begins_at + slot[1] * LENGTH

    def read(self, one: Kept, now: datetime) -> str:
        if one.state == "pending" and one.hold_until is not None and now >= one.hold_until:
            return "cancelled"
        if one.state == "booked" and now >= self.starts_at(one.slot) + LENGTH:
            return "no_show"
        return one.state

    def holding(self, now: datetime) -> list[Kept]:
        given_up = {"cancelled", "entered_in_error"}
        return [one for one in self.kept if self.read(one, now) not in given_up]

    def is_free(self, slot: Slot, now: datetime) -> bool:
        return all(one.slot != slot for one in self.holding(now))

    def overlaps(self, who: int, place: int, now: datetime, but: Kept | None = None) -> bool:
        near = {place - 1, place, place + 1} if self.touching_overlaps else {place}
        return any(
            one.who == who and one.slot[1] in near and one is not but for one in self.holding(now)
        )

    def book(self, who: int, slots: list[Slot], now: datetime) -> str:
        """Whichever of them is free."""
        if now >= self.starts_at(slots[0]):
            return "deadline_passed"
        if not any(self.is_free(slot, now) for slot in slots):
            return "slot_taken"
        return "overlapping" if self.overlaps(who, slots[0][1], now) else DONE

    def keep(self, who: int, slot: Slot, hold_until: datetime | None) -> None:
        state = "booked" if who in self.consents else "pending"
        self.kept.append(Kept(who, slot, state, hold_until))

    def confirm(self, one: Kept, now: datetime) -> str:
        if self.read(one, now) != "pending":
            return "state_conflict"
        if one.who not in self.consents:
            return "consent_required"
        one.state = "booked"
        return DONE

    def cancel(self, one: Kept, now: datetime) -> str:
        if self.read(one, now) not in {"pending", "booked"}:
            return "state_conflict"
        if now >= self.starts_at(one.slot):
            return "deadline_passed"
        one.state = "cancelled"
        return DONE

    def move(self, one: Kept, slot: Slot, now: datetime) -> str:
        hurdles = (
            (self.read(one, now) != "booked", "state_conflict"),
            (now >= self.starts_at(one.slot), "deadline_passed"),
            (one.who not in self.consents, "consent_required"),
            (slot == one.slot, "slot_taken"),
            (now >= self.starts_at(slot), "deadline_passed"),
            (not self.is_free(slot, now), "slot_taken"),
            (self.overlaps(one.who, slot[1], now, but=one), "overlapping"),
        )
        refused = next((code for stands, code in hurdles if stands), None)
        if refused is None:
            one.slot = slot
        return refused or DONE

    def check_in(self, one: Kept, now: datetime) -> str:
        if self.read(one, now) != "booked":
            return "state_conflict"
        if now < self.starts_at(one.slot) - CHECK_IN_BEFORE:
            return "not_open"
        if one.who not in self.consents:
            return "consent_required"
        one.state = "checked_in"
        return DONE

    def fulfil(self, one: Kept, now: datetime) -> str:
        if self.read(one, now) not in {"checked_in", "no_show"}:
            return "state_conflict"
        one.state = "fulfilled"
        return DONE

    def correct(self, one: Kept, now: datetime) -> str:
        if self.read(one, now) in {"cancelled", "entered_in_error"}:
            return "state_conflict"
        one.state = "entered_in_error"
        return DONE
