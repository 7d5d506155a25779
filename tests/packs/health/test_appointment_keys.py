"""What members do to places and appointments may be sent again: one effect, the first answer, and
what else a key may be told."""

import pytest

from tests.appointing import APPOINTMENTS, REGISTRATIONS, TALKS, Appointing, told
from tests.appointing import assert_health_is_right as assert_right
from tests.factories import Factory, auth
from tests.keys import Kept, Sent, sent_again

pytestmark = pytest.mark.anyio


KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


async def acts(appointing: Appointing, make: Factory) -> list[Sent]:
    """Each possible as it stands, in this order."""
    slots = await appointing.slots(await appointing.planned())
    ann, bob = await appointing.patient(), await make.member()
    held = (await appointing.booked(ann, slots[0]["id"]))["id"]
    pending = (await appointing.booked(bob, slots[1]["id"]))["id"]
    await appointing.consent(bob)
    place = await appointing.registered(ann, await appointing.talk())
    return [
        Sent(ann, APPOINTMENTS, {"slot_id": slots[3]["id"]}),
        Sent(bob, f"{APPOINTMENTS}/{pending}/confirmation"),
        Sent(ann, f"{APPOINTMENTS}/{held}/move", {"slot_id": slots[2]["id"]}),
        Sent(ann, f"{APPOINTMENTS}/{held}/cancellation"),
        Sent(ann, f"{REGISTRATIONS}/{place}/cancellation"),
    ]


async def test_a_repeat_is_told_that_the_first_is_under_way_and_then_its_answer(
    appointing: Appointing, make: Factory
) -> None:
    for sent in await acts(appointing, make):
        assert await sent_again(appointing.client, make, sent) == KEPT, sent.path
    await assert_right(make.rooms)


async def test_a_place_under_another_body_is_another_request(
    appointing: Appointing, make: Factory
) -> None:
    path = f"{TALKS}/{await appointing.talk()}/registrations"
    headers = appointing.as_member(await make.member(), "once")
    assert (await appointing.client.post(path, headers=headers)).is_success
    other = await appointing.client.post(path, headers=headers, json={"a": 1})
    assert told(other) == (422, "idempotency_key_reused")


async def test_the_home_page_shows_what_is_ahead_and_what_can_be_had(
    appointing: Appointing, make: Factory
) -> None:
    talk_id = await appointing.talk()
    slots = await appointing.slots(await appointing.planned())
    ann = await make.member()

    async def card() -> tuple[int, list[tuple[str, str]]]:
        page = await appointing.client.get("/v1/me/packs", headers=auth(make.token(ann)))
        [health] = [each for each in page.json()["packs"] if each["kind"] == "health"]
        return health["held"], [(act["act"], act["id"]) for act in health["can"]]

    assert await card() == (0, [("register", talk_id)])
    place = await appointing.registered(ann, talk_id)
    pending = (await appointing.booked(ann, slots[0]["id"]))["id"]
    assert await card() == (2, [("confirm", pending), ("attend", place)])
    await appointing.consent(ann)
    await appointing.act(ann, pending, "confirmation")
    assert await card() == (2, [("attend", pending), ("attend", place)])
