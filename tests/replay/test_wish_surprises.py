"""What goes otherwise with a wish than the replay planned is noticed, each in words of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.replay.members import import_members
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.watch import campaign_time
from app.replay.wishes import staff, volunteer, wisher
from app.replay.wishes.plan import Course, draw_wishes
from app.replay.wishes.story import Story

pytestmark = pytest.mark.anyio

RACED = "two volunteers at once"


async def test_what_was_not_planned_for_a_wish_is_noticed(hall: Stage) -> None:
    plans = draw_wishes(hall.seed)
    people = [plan.wisher for plan in plans]
    await import_members(hall, people)
    needed_by = await campaign_time(hall) + timedelta(days=30)
    plain = next(
        plan
        for plan in plans
        if plan.course is Course.PLAIN and plan.shows_contact and not plan.tells_numbers
    )
    story = Story(plain, needed_by)
    troupe = Troupe(hall)
    seen = hall.surprises.seen

    await wisher.post(troupe, story)
    assert not seen
    # Not reviewed yet: nobody else knows of it.
    await volunteer.claim(troupe, story)
    assert seen.pop("claiming a wish: not_found instead of 201") == 1
    await volunteer.race(troupe, story)
    assert seen.pop(f"{RACED}: not_found instead of 201 or already_claimed") == 2
    assert seen.pop(f"{RACED}: 0 of them hold the wish") == 1

    await staff.approve(troupe, story)
    await staff.reject(troupe, story)
    assert seen.pop("reviewing a wish: state_conflict instead of 200") == 1

    await volunteer.claim(troupe, story)
    discreet = Story(replace(plain, shows_contact=False), needed_by, story.wish_id)
    discreet.claim_id, discreet.volunteer = story.claim_id, story.volunteer
    await volunteer.start(troupe, discreet)
    assert seen.pop("reading a claimed wish: not the contact that was agreed to") == 1
    await wisher.confirm(troupe, story)
    assert seen.pop("answering for a wish: state_conflict instead of 200") == 1
    assert seen.pop("reading a fulfilled wish: the wisher's contact is shown") == 1

    wisher.keep_posted(troupe, story, {"id": story.wish_id, "title": "", "hidden": ["a number"]})
    wisher.keep_posted(troupe, story, {"id": story.wish_id, "title": plain.wisher.phone})
    words = "posting a wish: its numbers were not hidden, or others were"
    assert seen.pop(words) == 2
    assert not seen
