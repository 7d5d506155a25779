"""Who plays: a play's own people, so that one who has played before is never counted as new.

One free box a person and campaign, and participants are different people: so where a play was
killed, the next one has others. The first buyer of each tells whether it has been.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.replay.gift_boxes.plan import Plan
from app.replay.members import NewMember, audience, gather_audience, import_members
from app.replay.stage import NotPlayable, Stage

ORDERS = "/v1/gift-boxes/orders"
# So many plays of one deployment, each with room for so many.
PLAYS, ROOM = 90, 20_000
BUYERS_FROM, FREE_FROM = 100_001, 2_000_001
# Somebody else's, of the same last digits: whom a parcel is for.
RECIPIENTS_PHONES = "1229"
# Who is entitled, and comes when all free boxes have gone.
FREE_LATE = 1


@dataclass(frozen=True, slots=True)
class Cast:
    """`members` order and wait; `free` have a free box, whoever may first, first, and the last of
    them comes when none is left."""

    members: Sequence[NewMember]
    free: Sequence[NewMember]


async def gather(stage: Stage, plan: Plan) -> Cast:
    """They are members of this deployment from now on. Raises `NotPlayable`."""
    series = await _series(stage)
    cast = cast_of(series, plan)
    if series:
        await import_members(stage, cast.members)
    else:
        await gather_audience(stage, plan.members)
    await import_members(stage, cast.free)
    return cast


def cast_of(series: int, plan: Plan) -> Cast:
    """The first play's members are the audience, whom couplets and the quiz meet as well."""
    members = audience(plan.members)
    if series:
        first = BUYERS_FROM + series * ROOM
        members = [
            NewMember(f"G{series:02}{place + 1:05}", first + place, "回放会员", "shibei", "")
            for place in range(plan.members)
        ]
    first, count = FREE_FROM + series * ROOM, plan.free + FREE_LATE
    free = [
        NewMember(f"F{series:02}{place + 1:05}", first + place, "回放职工", "licang", category)
        for place, category in enumerate(_categories(plan, count))
    ]
    return Cast(members, free)


def _categories(plan: Plan, count: int) -> list[str]:
    return ["hardship" if place < plan.free_first else "outdoor" for place in range(count)]


async def _series(stage: Stage) -> int:
    """How many plays there were before. Raises `NotPlayable`."""
    for series in range(PLAYS):
        first = "V00001" if series == 0 else f"G{series:02}00001"
        answer = await stage.wire.send("GET", ORDERS, token=stage.member_token(first))
        if answer.status != 200 or not answer.body["items"]:
            stage.must(answer, "200", "member_not_registered", act="looking for earlier plays")
            return series
    raise NotPlayable(f"gift boxes were played {PLAYS} times on this deployment")


def recipients_phone(person: NewMember) -> str:
    return f"{RECIPIENTS_PHONES}{person.place:07}"


def address(person: NewMember) -> dict[str, str]:
    """Where a parcel of theirs goes."""
    return {
        "mode": "delivery",
        "name": "回放收货人",
        "phone": recipients_phone(person),
        "address": f"李沧区书院路 {person.place} 号",
    }
