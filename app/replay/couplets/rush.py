"""The day on which pairs can be reserved: the rush, the waiting list, and who gives up what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from app.replay.couplets.event import Event, Pair
from app.replay.couplets.plan import Course, Plan
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import Answer, crowd

PRESSERS_AT_ONCE = 128
ACTORS_AT_ONCE = 12
# One winner in so many presses again as before; the next one wants a second pair.
ODD_WINNERS = 20
FIRST, SECOND = "1", "2"
RESERVE, WAIT = "reserving a pair", "joining the waiting list"


@dataclass(frozen=True, slots=True)
class Presser:
    """Somebody in the rush; `place` chooses the site."""

    account: str
    variant: int
    place: int


@dataclass(slots=True)
class Rush:
    """Who won what, and who went away with nothing."""

    won: dict[str, tuple[Presser, str]] = field(default_factory=dict)
    lost: list[Presser] = field(default_factory=list)


def pressers_of(plan: Plan, seed: int, people: Sequence[NewMember]) -> list[Presser]:
    """Whoever wants the one variant comes among those who want the other."""
    first, second = plan.pressers
    wants = [0] * first + [1] * second
    Random(f"{seed}-couplets").shuffle(wants)  # noqa: S311 (a play's luck, not a secret)
    return [
        Presser(person.account, variant, place)
        for place, (person, variant) in enumerate(zip(people, wants, strict=False))
    ]


async def come_too_early(troupe: Troupe, event: Event, presser: Presser) -> None:
    """Takes nothing, and is no attempt."""
    answer = await _press(troupe, event, presser, FIRST)
    troupe.stage.expect(answer, "not_open", act="reserving before the window")


async def reserve(troupe: Troupe, event: Event, pressers: Sequence[Presser]) -> Rush:
    """Everybody presses at once."""
    rush = Rush()

    async def press(presser: Presser) -> None:
        answer = await _press(troupe, event, presser, FIRST)
        if troupe.stage.expect(answer, "201", "sold_out", act=RESERVE):
            if answer.status == 201:
                rush.won[presser.account] = presser, str(answer.body["id"])
            else:
                rush.lost.append(presser)
        troupe.stage.progress.step()

    await crowd(pressers, press, at_once=PRESSERS_AT_ONCE)
    rush.won = dict(sorted(rush.won.items()))
    rush.lost.sort(key=lambda presser: presser.account)
    await _press_again(troupe, event, rush)
    return rush


async def _press_again(troupe: Troupe, event: Event, rush: Rush) -> None:
    winners = list(rush.won.values())
    for presser, reservation_id in winners[::ODD_WINNERS]:
        again = await _press(troupe, event, presser, FIRST)
        is_told = troupe.stage.expect(again, "201", act="the same press again")
        if is_told and again.body["id"] != reservation_id:
            troupe.stage.surprises.note("the same press again: another pair")
    for presser, _ in winners[1::ODD_WINNERS]:
        another = await _press(troupe, event, presser, SECOND)
        troupe.stage.expect(another, "already_reserved", act="a second pair for one person")


async def _press(troupe: Troupe, event: Event, presser: Presser, press: str) -> Answer:
    stage = troupe.stage
    return await stage.wire.send(
        "POST",
        f"{event.path}/reservations",
        token=stage.member_token(presser.account),
        key=f"{stage.seed}-{presser.account}-{press}",
        body=event.choice(presser.variant, presser.place),
    )


def cast(plan: Plan, event: Event, rush: Rush) -> list[Pair]:
    """What will become of whose pair."""
    winners = {0: list[tuple[Presser, str]](), 1: list[tuple[Presser, str]]()}
    for presser, reservation_id in rush.won.values():
        winners[presser.variant].append((presser, reservation_id))
    pairs = []
    for course, count in plan.courses.items():
        of_variant = winners[1 if course is Course.BY_PASS_FU else 0]
        for presser, reservation_id in of_variant[:count]:
            site_id = event.choice(presser.variant, presser.place)["site_id"]
            pairs.append(Pair(course, presser.account, reservation_id, site_id))
        del of_variant[:count]
    return pairs


async def wait(troupe: Troupe, event: Event, waiters: Sequence[Presser], holder: str) -> None:
    """One after the other, so that it is known whose turn is when. `holder` has a pair."""
    path = f"{event.path}/waitlist"
    for place, waiter in enumerate(waiters, start=1):
        body = event.choice(waiter.variant, waiter.place)
        joined = await troupe.act(waiter.account, path, body, expects="201", act=WAIT)
        if joined.get("place") != place:
            troupe.stage.surprises.note("joining the waiting list: not at its end")
    body = event.choice(0, 0)
    for account, refusal in ((waiters[0].account, "already_waiting"), (holder, "already_reserved")):
        await troupe.act(account, path, body, expects=refusal, act=WAIT)


async def cancel(troupe: Troupe, pairs: Sequence[Pair]) -> None:
    async def one(pair: Pair) -> None:
        body = {"reason": "临时有事，来不了"}
        await troupe.act(pair.holder, f"{pair.path}/cancellation", body, act="cancelling")

    await crowd(pairs, one, at_once=ACTORS_AT_ONCE)


async def wait_after_cancelling(troupe: Troupe, event: Event, pair: Pair) -> None:
    """Who gave a pair up is not offered one again."""
    body = event.choice(0, 0)
    path = f"{event.path}/waitlist"
    await troupe.act(pair.holder, path, body, expects="not_offered_again", act=WAIT)


async def find_offers(troupe: Troupe, event: Event, waiters: Sequence[Presser]) -> list[str]:
    """What is kept for each of them."""
    found = []
    for waiter in waiters:
        seen = await troupe.read(waiter.account, event.path, act="looking for an offer")
        offer = seen.get("mine", {}).get("offer")
        if offer is None:
            troupe.stage.surprises.note("whose turn it is on the waiting list is offered nothing")
        found.append(str(offer["id"]) if offer else "")
    return found


async def accept(
    troupe: Troupe, event: Event, pairs: Sequence[Pair], waiters: Sequence[Presser]
) -> None:
    """The cancelled pairs are the waiters' now."""
    offers = await find_offers(troupe, event, waiters)
    for pair, waiter, offer_id in zip(pairs, waiters, offers, strict=True):
        path = f"/v1/couplets/offers/{offer_id}/acceptance"
        accepted = await troupe.act(waiter.account, path, act="accepting an offer")
        pair.holder, pair.reservation_id = waiter.account, str(accepted.get("id", ""))
        pair.site_id = str(accepted.get("site_id", ""))


async def accept_too_late(
    troupe: Troupe, waiters: Sequence[Presser], offers: Sequence[str]
) -> None:
    for waiter, offer_id in zip(waiters, offers, strict=True):
        path = f"/v1/couplets/offers/{offer_id}/acceptance"
        act = "accepting an offer that is over"
        await troupe.act(waiter.account, path, expects="offer_expired", act=act)
