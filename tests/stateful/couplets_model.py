"""Couplets as the contract has them, in plain Python: what each act is answered, what it does.

One event with one variant, two sites that open and close alike. What time decides is written
down by whoever comes to it (`settle_…`), as the service does.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DONE = "done"
VALID, LEAD = timedelta(minutes=60), timedelta(minutes=30)


@dataclass
class Model:
    """`reserved` and `walk_in` are the pools' totals. `offers_again`: what the control believes
    of who has cancelled: that they may wait again."""

    closes_at: datetime
    release_at: datetime
    reserved: int
    walk_in: int
    offers_again: bool = False
    handed_out: int = 0
    state: dict[int, str] = field(default_factory=dict)
    offers: dict[int, datetime] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)
    gave_up: set[int] = field(default_factory=set)
    released: bool = False

    @property
    def free(self) -> int:
        held = sum(state in {"reserved", "collected"} for state in self.state.values())
        return self.reserved - held - len(self.offers)

    def pass_on(self, now: datetime) -> None:
        """A pair is free: to the first of the list, or to the door."""
        while self.queue and self.closes_at - now > LEAD:
            first = self.queue.pop(0)
            if first not in self.gave_up:
                self.offers[first] = min(now + VALID, self.closes_at)
                return
        self.to_the_door(1)

    def to_the_door(self, count: int) -> None:
        self.reserved -= count
        self.walk_in += count

    def settle_person(self, who: int, now: datetime) -> None:
        if self.state.get(who) == "reserved" and now >= self.release_at:
            self.state[who] = "no_show"
            self.to_the_door(1)
        if who in self.offers and now >= self.offers[who]:
            del self.offers[who]
            self.pass_on(now)

    def settle_event(self, now: datetime) -> None:
        """What the door has by now."""
        if now >= self.release_at and not self.released:
            self.released = True
            for who, state in self.state.items():
                if state == "reserved":
                    self.state[who] = "no_show"
                    self.to_the_door(1)
        if now >= self.closes_at:
            self.to_the_door(self.free)

    def work(self, now: datetime) -> None:
        while due := [who for who, until in self.offers.items() if now >= until]:
            first = min(due, key=self.offers.__getitem__)
            self.settle_person(first, now)
        self.settle_event(now)

    def reserve(self, who: int, now: datetime) -> str:
        if now >= self.closes_at:
            return "not_open"
        if self.state.get(who) in {"reserved", "collected"}:
            return "already_reserved"
        self.settle_person(who, now)
        if who in self.offers:
            return "already_reserved"
        if self.free < 1:
            return "sold_out"
        if who in self.queue:
            self.queue.remove(who)
        self.state[who] = "reserved"
        return DONE

    def cancel(self, who: int, now: datetime) -> str:
        if self.state[who] != "reserved" or now >= self.release_at:
            return "state_conflict"
        self.state[who] = "cancelled"
        self.gave_up.add(who)
        self.pass_on(now)
        return DONE

    def wait(self, who: int, now: datetime) -> str:
        self.settle_person(who, now)
        if self.closes_at - now <= LEAD:
            return "not_open"
        if self.state.get(who) in {"reserved", "collected"}:
            return "already_reserved"
        if self.free > 0:
            return "pairs_left"
        if who in self.gave_up and not self.offers_again:
            return "not_offered_again"
        if who in self.queue or who in self.offers:
            return "already_waiting"
        self.queue.append(who)
        return DONE

    def leave(self, who: int, now: datetime) -> str:
        if who in self.offers:
            if now >= self.offers[who]:
                return "offer_expired"
            del self.offers[who]
            self.gave_up.add(who)
            self.pass_on(now)
            return DONE
        if who not in self.queue:
            return "state_conflict"
        self.queue.remove(who)
        return DONE

    def accept(self, who: int, now: datetime) -> str:
        if now >= self.offers[who]:
            return "offer_expired"
        del self.offers[who]
        self.state[who] = "reserved"
        return DONE

    def collect(self, who: int, now: datetime) -> str:
        """By a one-time code."""
        if self.state[who] == "collected":
            return "already_collected"
        if self.state[who] != "reserved" or now >= self.release_at:
            return "state_conflict"
        self.state[who] = "collected"
        return DONE

    def reverse(self, who: int, now: datetime) -> str:
        if self.state[who] != "collected":
            return "state_conflict"
        self.state[who] = "reserved" if now < self.release_at else "no_show"
        if now >= self.release_at:
            self.to_the_door(1)
        return DONE

    def at_the_door(self, now: datetime) -> str:
        self.settle_event(now)
        if self.handed_out >= self.walk_in:
            return "sold_out"
        self.handed_out += 1
        return DONE
