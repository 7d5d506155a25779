"""What goes otherwise with couplets or the quiz than the replay planned is noticed, each in words
of its own. The answers are made up: a service that gave them would be wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.replay.couplets import audience, rush
from app.replay.couplets.count import Lists
from app.replay.couplets.desk import Desks
from app.replay.couplets.event import Event, Pair
from app.replay.couplets.holder import name_recipients
from app.replay.couplets.plan import Course, Plan
from app.replay.health.plan import Course as Way
from app.replay.health.plan import Taker
from app.replay.health.quiz import Takers
from app.replay.members import audience as members
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe
from app.schemas.couplets_oversight import SiteFiguresOut, StatisticsOut
from app.schemas.seed_ids import FIRST_COUPLETS_SITE_ID
from tests.replay.scripted import Script, pop

pytestmark = pytest.mark.anyio

NOW = datetime(2023, 1, 15, 12, tzinfo=UTC)
ANN, BOB = members(2)
EVENT = Event({"id": "e", "variants": [{"id": "v"}], "sites": [{"id": "s"}]})


def live(**changes: object) -> tuple[int, Any]:
    shown = {"live_from": NOW, "live_to": NOW + timedelta(hours=2), "as_of": NOW, "present": 0}
    figures = {"members": 318, "joins": 320, "peak": 160, "peak_at": NOW}
    body = {"id": str(FIRST_COUPLETS_SITE_ID), **shown, **figures, "final": True, "missing": []}
    return 200, body | changes


async def test_live_figures_that_are_not_final_or_far_off_are_noticed(
    script: Script, troupe: Troupe
) -> None:
    plan = Plan.at(troupe.stage.scale)
    script.will(live())
    await audience.read_live(troupe, EVENT, plan)
    assert not pop(troupe)
    script.will(live(final=False))
    await audience.read_live(troupe, EVENT, plan)
    assert pop(troupe) == ["the live figures after the session are not final, or miss somebody"]
    script.will(live(members=300))
    await audience.read_live(troupe, EVENT, plan)
    assert pop(troupe) == ["the live figures estimate 300 members of 320"]
    script.will((200, {"next_in_s": 30}))
    await audience.come_early(troupe.stage, EVENT, [ANN])
    assert pop(troupe) == ["a beacon before the session: to be repeated before it begins"]


async def test_whoever_waits_and_is_not_offered_what_is_free_is_noticed(
    script: Script, troupe: Troupe
) -> None:
    waiters = [rush.Presser(ANN.account, 0, 0)]
    refused = [(409, {"code": code}) for code in ("already_waiting", "already_reserved")]
    script.will((201, {"place": 2}), *refused)
    await rush.wait(troupe, EVENT, waiters, BOB.account)
    assert pop(troupe) == ["joining the waiting list: not at its end"]
    script.will((200, {"mine": {"offer": None}}))
    assert await rush.find_offers(troupe, EVENT, waiters) == [""]
    assert pop(troupe) == ["whose turn it is on the waiting list is offered nothing"]


async def test_what_a_desk_is_answered_otherwise_is_noticed(script: Script, troupe: Troupe) -> None:
    people = {person.account: person for person in (ANN, BOB)}
    desks = Desks(troupe, EVENT, people)
    undone = Pair(Course.REVERSED, ANN.account, "r", "s")
    shown, handed = (200, {"pass": "p"}), (201, {"id": "p"})
    script.will(shown, handed, (200, {"reservation_state": "no_show"}), shown, handed)
    await desks.hand_out([undone])
    assert pop(troupe) == ["undoing a hand-out: the reservation does not wait again"]
    twice = Pair(Course.DISPUTED, ANN.account, "r", "s")
    script.will((200, {"results": [{"outcome": "accepted", "code": None}]}))
    await desks.upload_at_the_second_desk([twice], NOW, NOW)
    assert pop(troupe) == ["an upload of a desk: accepted instead of disputed"]
    named = Pair(Course.BY_RECIPIENT, ANN.account, "r", "s")
    script.will((200, {"recipient": {"name": "回**", "phone": "12190010001"}}))
    await name_recipients(troupe, [named], people)
    assert pop(troupe) == ["naming a recipient: not shown, or not masked"]


def test_statistics_that_contradict_the_lists_are_noticed() -> None:
    figures = {name: 0 for name in SiteFiguresOut.model_fields if name != "site_id"}
    site = SiteFiguresOut(site_id=FIRST_COUPLETS_SITE_ID, **figures | {"collected": 1})
    statistics = StatisticsOut(as_of=NOW, sites=[site], hours=[], variants=[])
    pickups = [
        {"state": "collected", "input": "proxy_code"},
        {"state": "reversed", "input": "pass"},
    ]
    assert Lists(statistics, pickups, [], [], 0).contradictions() == [
        "1 pairs by the list, by hours 0",
        "1 pairs by the list, by variants 0",
        "another number of proxies by the list",
    ]


async def taken(troupe: Troupe, script: Script, way: Way, *answers: tuple[int, Any]) -> None:
    script.will(*answers)
    await Takers(troupe, "q").take([Taker(ANN.account, way, 3)])


async def test_an_attempt_that_goes_otherwise_is_noticed(script: Script, troupe: Troupe) -> None:
    begun: tuple[int, Any] = (201, {"id": "a", "questions": []})
    saved, result = (200, {}), {"score": 3, "ticket_no": "T"}
    await taken(troupe, script, Way.PLAIN, begun, saved, (200, result))
    assert not pop(troupe)
    await taken(troupe, script, Way.AT_ONCE, begun, begun, saved, (200, result))
    assert pop(troupe) == ["beginning on two phones: 2 attempts"]
    other: Sequence[dict[str, object]] = ({"score": 100}, {"ticket_no": None})
    for wrong in other:
        await taken(troupe, script, Way.PLAIN, begun, saved, (200, {**result, **wrong}))
        assert pop(troupe) == ["handing an attempt in: another score, or another's ticket"]
    told = {"id": "x", "text": "居家通风每次至少多久？", "key": ["k"], "options": []}
    told["options"] = [{"id": "k", "text": "30 分钟"}]
    leaky = (201, {"id": "a", "questions": [told]})
    await taken(troupe, script, Way.PLAIN, leaky, saved, (200, result))
    assert pop(troupe) == ["beginning an attempt: keys are in it"]


async def test_nothing_goes_on_without_an_event(script: Script, troupe: Troupe) -> None:
    script.will((422, {"code": "input_invalid"}))
    with pytest.raises(NotPlayable, match="announcing was answered input_invalid"):
        await troupe.set_up("desk", "/", {}, act="announcing")
