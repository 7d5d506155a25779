"""What holders do before the day: name somebody else, make a code for a proxy, show their pass."""

from collections.abc import Mapping, Sequence

from app.replay.couplets.event import Pair
from app.replay.couplets.plan import Course
from app.replay.couplets.rush import ACTORS_AT_ONCE
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import crowd

RECIPIENT, RECIPIENTS_PHONES = "回放亲友", "1219"


def recipients_phone(holder: NewMember) -> str:
    """Somebody else's, of the same last digits."""
    return f"{RECIPIENTS_PHONES}{holder.place:07}"


async def name_recipients(
    troupe: Troupe, pairs: Sequence[Pair], people: Mapping[str, NewMember]
) -> None:
    """No new pair is needed for that."""

    async def one(pair: Pair) -> None:
        phone = recipients_phone(people[pair.holder])
        body = {"name": RECIPIENT, "phone": phone}
        path, act = f"{pair.path}/recipient", "naming a recipient"
        changed = await troupe.act(pair.holder, path, body, act=act)
        shown = changed.get("recipient") or {}
        if phone in str(shown) or shown.get("phone", "")[-4:] != phone[-4:]:
            troupe.stage.surprises.note(f"{act}: not shown, or not masked")

    await crowd(_of(pairs, Course.BY_RECIPIENT), one, at_once=ACTORS_AT_ONCE)


async def make_code(troupe: Troupe, pair: Pair) -> str:
    """For whoever collects it instead; a new one ends the one before."""
    path, act = f"{pair.path}/proxy", "making a proxy's code"
    await troupe.act(pair.holder, path, act=act)
    made = await troupe.act(pair.holder, path, act=act)
    return str(made.get("proxy_code", ""))


async def show_pass(troupe: Troupe, pair: Pair) -> str:
    """The text of the QR."""
    shown = await troupe.read(pair.holder, f"{pair.path}/pass", act="showing a pass")
    pair.pass_text = str(shown.get("pass", ""))
    return pair.pass_text


async def come_too_late(troupe: Troupe, pair: Pair) -> None:
    """The pair is the door's by now."""
    answer = await troupe.stage.wire.send(
        "GET", f"{pair.path}/pass", token=troupe.stage.member_token(pair.holder)
    )
    troupe.stage.expect(answer, "state_conflict", act="showing a pass after the release")


async def count_recipients(troupe: Troupe, pairs: Sequence[Pair]) -> int:
    """How many reservations have another recipient, as their holders see it."""
    count = 0

    async def look(pair: Pair) -> None:
        nonlocal count
        seen = await troupe.read(pair.holder, pair.path, act="looking at a reservation")
        count += seen.get("recipient") is not None and seen.get("state") == "collected"

    await crowd(_of(pairs, Course.BY_RECIPIENT), look, at_once=ACTORS_AT_ONCE)
    return count


def _of(pairs: Sequence[Pair], course: Course) -> list[Pair]:
    return [pair for pair in pairs if pair.course is course]
