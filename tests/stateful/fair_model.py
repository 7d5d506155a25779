"""What a fair opening should do, in plain Python: who asked, in which order they come, who has one,
who waits. Times are given to it; so is the order, once it is drawn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DONE, ASKED = "done", "asked"


@dataclass
class Model:
    """`offers`: so long a unit that came free is kept for the next (couplets); None: it is given to
    them at once (free boxes), who may stop waiting until then. `has_one` is what a second press
    hears."""

    units: int
    asks_until: datetime
    has_one: str
    offers: timedelta | None
    asked: dict[int, bool] = field(default_factory=dict)
    frozen: bool = False
    drawn: bool = False
    result_at: datetime | None = None
    ordered: bool = False
    outcome: dict[int, str] = field(default_factory=dict)
    has: set[int] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)
    kept: dict[int, datetime] = field(default_factory=dict)
    given: set[int] = field(default_factory=set)
    left_over: int = -1

    def __post_init__(self) -> None:
        self.left_over = self.units

    def ask(self, who: int, now: datetime) -> str:
        if not self.ordered:
            if now >= self.asks_until:
                return "result_pending"
            self.asked[who] = True
            return ASKED
        if who in self.has or who in self.kept:
            return self.has_one
        if not self.left_over:
            return "sold_out"
        self.left_over -= 1
        self.has.add(who)
        return DONE

    def withdraw(self, who: int, now: datetime) -> str:
        if who not in self.asked:
            return "not_found"
        if self.offers is None and self.outcome.get(who) == "waiting":
            if who not in self.waiting:
                return "state_conflict"
            self.waiting.remove(who)
            return DONE
        if now >= self.asks_until:
            return "deadline_passed"
        if not self.asked[who]:
            return "state_conflict"
        self.asked[who] = False
        return DONE

    def enter_number(self, now: datetime) -> str:
        if self.result_at is None or self.drawn:
            return "state_conflict"
        if now < self.result_at:
            return "numbers_not_published"
        self.drawn = True
        return DONE

    def take_turns(self, order: list[int]) -> None:
        for who in order:
            if self.left_over:
                self.left_over -= 1
                self.has.add(who)
                self.outcome[who] = "granted"
            else:
                self.waiting.append(who)
                self.outcome[who] = "waiting"
        self.ordered = True

    def give_up(self, who: int, now: datetime) -> str:
        self.has.remove(who)
        self._came_free(now)
        return DONE

    def accept(self, who: int) -> str:
        del self.kept[who]
        self.has.add(who)
        return DONE

    def work(self, now: datetime) -> None:
        """What time has decided: offers that nobody took go on, the first that ended first."""
        while over := [who for who, until in self.kept.items() if until <= now]:
            who = min(over, key=self.kept.__getitem__)
            del self.kept[who]
            self._came_free(now)

    def state(self, who: int) -> str:
        """Of a ticket."""
        if who in self.given:
            return "granted"
        if self.outcome.get(who) == "waiting" and self.offers is None:
            return "waiting" if who in self.waiting else "withdrawn"
        return self.outcome.get(who) or ("entered" if self.asked[who] else "withdrawn")

    def _came_free(self, now: datetime) -> None:
        if self.waiting and self.offers is not None:
            self.kept[self.waiting.pop(0)] = now + self.offers
        elif self.waiting:
            who = self.waiting.pop(0)
            self.has.add(who)
            self.given.add(who)
        elif self.offers is None:
            # Of couplets what nobody waits for is the door's.
            self.left_over += 1
