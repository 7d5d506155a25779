"""What goes otherwise with advice, visits or talks than planned is noticed, each in words
of its own. The answers are made up: a service that gave them would be wrong."""

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from app.replay.health.advice_count import Count
from app.replay.health.advice_plan import Course, Plan, Visit
from app.replay.health.experts import Cast, Expert, let_go_of_earlier
from app.replay.health.lectures import REPLAY, Lectures
from app.replay.health.threads import Advice, Thread
from app.replay.health.visits import Booking, Visits
from app.replay.members import audience
from app.replay.stage import NotPlayable, Stage
from app.replay.troupe import Troupe
from tests.replay.test_crowd_surprises import Script, pop

pytestmark = pytest.mark.anyio

NOW = datetime(2023, 1, 15, 12, tzinfo=UTC)
PLAN = Plan.at(Fraction("0.002"))
PEOPLE = audience(40)
DOCTOR = Expert("d", "doctor", ("psychological", "general"))
CAST = Cast([DOCTOR, DOCTOR], [DOCTOR, DOCTOR], DOCTOR)
PAGE: tuple[int, Any] = (200, {"items": [], "next_cursor": None})
ROLES = ("doctor", "campaign_manager", "privacy_officer", "desk")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def troupe(script: Script) -> Troupe:
    async def stand_still(_: datetime) -> None:
        pass

    class Nobody:
        def plan(self, steps: int) -> None: ...

        def scene(self, words: str) -> None: ...

        def step(self) -> None: ...

    return Troupe(
        Stage(
            wire=script,  # type: ignore[arg-type]
            member_token=lambda account: account,
            staff={role: role for role in ROLES},
            move_clock=stand_still,
            progress=Nobody(),
        )
    )


def asked(*guidance: dict[str, Any]) -> tuple[int, Any]:
    return 201, {"id": "t", "message": {"guidance": list(guidance)}}


async def test_words_that_cannot_wait_and_tell_nobody_whom_to_call_are_noticed(
    script: Script, troupe: Troupe
) -> None:
    waiting = {"id": "t", "waiting_from": NOW.isoformat()}
    queue = (200, {"items": [waiting], "next_cursor": None})
    for course, wrong in ((Course.EMERGENCY, ()), (Course.PLAIN, ({"kind": "emergency"},))):
        thread = Thread(0, course, PEOPLE[0])
        script.will((200, {}), asked(*wrong), queue)
        await Advice(troupe, CAST, [thread]).ask()
        assert pop(troupe) == ["asking an expert: another guidance"]
    script.will((200, {}), asked(), PAGE)
    await Advice(troupe, CAST, [Thread(0, Course.PLAIN, PEOPLE[0])]).ask()
    assert pop(troupe) == ["the queue: not all who wait, or not by how long"]


async def test_a_name_that_is_shown_before_two_have_agreed_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    thread = Thread(0, Course.ANONYMOUS, PEOPLE[0], "t")
    told: dict[str, Any] = {"asker": PEOPLE[0].name, "phone": None, "items": []}
    done, unseen = (200, {}), (404, {"code": "not_found"})
    script.will(done, (200, told), (201, {}), done, done, done, unseen)
    await Advice(troupe, CAST, [thread]).answer()
    assert pop(troupe) == ["reading a consultation: a name that is not to be shown, or none"]
    # Whoever reads on after the end.
    script.will(done, (200, {**told, "asker": "来访者"}), (201, {}), done, done, done, (200, {}))
    await Advice(troupe, CAST, [thread]).answer()
    assert pop(troupe) == ["reading a consultation: 200 instead of not_found"]


async def test_a_slot_that_two_have_is_noticed(script: Script, troupe: Troupe) -> None:
    visits = Visits(troupe, PLAN, CAST, PEOPLE, date(2023, 1, 17))
    rushed = Booking(Visit.RUSHED, PEOPLE[0].account, {"id": "s", "starts_at": "x"})
    other = {"id": "o", "starts_at": "x"}
    visits.bookings = [rushed, Booking(Visit.ANY, PEOPLE[2].account, other)]
    visits._rushers = [PEOPLE[3].account, PEOPLE[1].account]
    given, taken = (201, {"id": "a", "state": "booked"}), (409, {"code": "slot_taken"})
    script.will((200, {}), (200, {}), given, given, (200, {}), given, taken)
    await visits.book()
    assert pop(troupe) == ["a rush on one slot: {'201': 2}"]


async def test_a_replay_that_a_stranger_sees_is_noticed(script: Script, troupe: Troupe) -> None:
    lectures = Lectures(troupe, PLAN.talk, PEOPLE, NOW)
    lectures._held = {PEOPLE[0].account: "r"}
    seen = (200, {"replay_url": REPLAY})
    script.will((200, {"attended": 2}), seen, seen, seen, seen)
    assert (await lectures.count())["attended"] == 2
    assert pop(troupe) == ["a replay is seen by others than those who may"]


async def test_figures_that_two_places_tell_differently_are_noticed(
    script: Script, troupe: Troupe
) -> None:
    def report(value: int) -> tuple[int, Any]:
        names = ("consultations", "answers", "appointments_kept", "no_shows", "talk_places")
        figures = [{"name": f"health.{name}", "value": value} for name in names]
        figures.append({"name": "health.talk_attendances", "value": value})
        return 200, {"packs": [{"kind": "health", "figures": figures}]}

    script.will(report(0), report(3), PAGE)
    states = Counter({"fulfilled": 2, "no_show": 3})
    await Count(troupe, PLAN, NOW).figures(Advice(troupe, CAST, []), states, {"attended": 3})
    assert pop(troupe) == ["appointments kept: 3 by the one, 2 elsewhere"]


async def test_nothing_is_played_where_somebody_else_is_the_medical_reviewer(
    script: Script, troupe: Troupe
) -> None:
    expert = {"id": "e", "licence_no": "370200-1", "is_reviewer": True, "is_active": True}
    script.will((200, {"items": [expert], "next_cursor": None}))
    with pytest.raises(NotPlayable, match="somebody else is the medical reviewer"):
        await let_go_of_earlier(troupe.stage)
