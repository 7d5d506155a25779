"""What volunteers do: claim, begin, hand in; and what they may not, or not any more."""

import asyncio

from app.replay.troupe import Troupe
from app.replay.wire import Answer
from app.replay.wishes.story import WISHES, Story

CLAIM = "claiming a wish"


async def claim(troupe: Troupe, story: Story) -> None:
    await _claim(troupe, story, story.plan.first)


async def claim_as_second(troupe: Troupe, story: Story) -> None:
    await _claim(troupe, story, story.plan.second)


async def _claim(troupe: Troupe, story: Story, volunteer: str) -> None:
    body = await troupe.act(volunteer, f"{story.path}/claims", expects="201", act=CLAIM)
    story.volunteer, story.claim_id = volunteer, str(body.get("id", ""))


async def race(troupe: Troupe, story: Story) -> None:
    """Two volunteers at the same moment: one has it. The wisher may not take it at all."""
    path, act = f"{story.path}/claims", "two volunteers at once"
    await troupe.act(story.wisher, path, expects="own_wish", act="claiming one's own wish")
    pair = (story.plan.first, story.plan.second)
    answers = await asyncio.gather(*(troupe.send(each, path) for each in pair))
    for answer in answers:
        troupe.stage.expect(answer, "201", "already_claimed", act=act)
    holders = [
        (volunteer, answer)
        for volunteer, answer in zip(pair, answers, strict=True)
        if answer.status == 201
    ]
    if len(holders) != 1:
        troupe.stage.surprises.note(f"{act}: {len(holders)} of them hold the wish")
    for volunteer, answer in holders[:1]:
        story.volunteer, story.claim_id = volunteer, _id_of(answer)


def _id_of(answer: Answer) -> str:
    return str(answer.body["id"])


async def start(troupe: Troupe, story: Story) -> None:
    """From the claim on its holder alone can reach the wisher, where the wisher wants it."""
    seen = await troupe.read(story.volunteer, story.path, act="reading a claimed wish")
    phone = (seen.get("contact") or {}).get("phone")
    if phone != (story.plan.wisher.phone if story.plan.shows_contact else None):
        troupe.stage.surprises.note("reading a claimed wish: not the contact that was agreed to")
    stranger = ({story.plan.first, story.plan.second} - {story.volunteer}).pop()
    other = await troupe.read(stranger, story.path, act="reading another's wish")
    if other.get("contact") is not None:
        troupe.stage.surprises.note("reading another's wish: the wisher's contact is shown")
    await troupe.act(story.volunteer, f"{story.claim_path}/start", act="starting a claim")


async def release(troupe: Troupe, story: Story) -> None:
    """Given back; the next day is another volunteer's."""
    body = {"reason": "临时要加班，来不及了"}
    await troupe.act(story.volunteer, f"{story.claim_path}/release", body, act="releasing a claim")
    await _claim_too_soon(troupe, story)
    await claim_as_second(troupe, story)


async def come_too_late(troupe: Troupe, story: Story) -> None:
    """The claim has lapsed, and the wish is another volunteer's."""
    path = f"{story.claim_path}/start"
    await troupe.act(
        story.volunteer, path, expects="claim_expired", act="starting a claim that has lapsed"
    )
    await _claim_too_soon(troupe, story)
    await claim_as_second(troupe, story)


async def _claim_too_soon(troupe: Troupe, story: Story) -> None:
    act = "claiming again what one has just left"
    path = f"{story.path}/claims"
    await troupe.act(story.volunteer, path, expects="claim_cooldown", act=act)


async def claim_the_expired(troupe: Troupe, story: Story) -> None:
    await troupe.act(
        story.plan.first,
        f"{story.path}/claims",
        expects="state_conflict",
        act="claiming a wish whose time is over",
    )


async def hand_in(troupe: Troupe, story: Story) -> None:
    body = {"evidence": "已上门，心愿办好了。", "minutes": 90}
    await troupe.act(
        story.volunteer, f"{story.claim_path}/submission", body, act="handing a claim in"
    )


async def accept(troupe: Troupe, story: Story) -> None:
    """What staff asked for."""
    path = f"{WISHES}/dispatches/{story.dispatch_id}/acceptance"
    volunteer = story.plan.first
    body = await troupe.act(volunteer, path, act="accepting a dispatch")
    story.volunteer, story.claim_id = volunteer, str(body.get("id", ""))


async def refuse(troupe: Troupe, story: Story) -> None:
    """Nobody is assigned by force; the wish is open to others."""
    path = f"{WISHES}/dispatches/{story.dispatch_id}/refusal"
    body = {"reason": "这几天不在市里"}
    await troupe.act(story.plan.first, path, body, act="refusing a dispatch")
    await claim_as_second(troupe, story)
