"""What members do to pairs may be sent again: one effect, the first answer, and what else a key
may be told; and what a deployment without a campaign says."""

import pytest

from app.models.states import Role
from tests.coupletting import EVENTS, RESERVATIONS, STAFF, Couplets, told
from tests.factories import Factory
from tests.keys import Kept, Sent, sent_again
from tests.packs.couplets.books import assert_couplets_are_right

pytestmark = pytest.mark.anyio


KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


async def acts(couplets: Couplets, make: Factory) -> list[Sent]:
    """Each possible as it stands, in this order."""
    event = await couplets.event(reserved=2)
    ann, bob, cat, dan = [await make.member() for _ in range(4)]
    first, second = await couplets.reserved(ann, event), await couplets.reserved(bob, event)
    full = await couplets.event(reserved=1)
    theirs = await couplets.reserved(cat, full)
    await couplets.wait(dan, full)
    await couplets.cancel(cat, theirs)
    fair = await couplets.fair_event()
    recipient = {"name": "欧阳修", "phone": "19900008888"}
    return [
        Sent(ann, f"{RESERVATIONS}/{first}/recipient", recipient),
        Sent(ann, f"{RESERVATIONS}/{first}/proxy", None),
        Sent(cat, f"{event.path}/waitlist", event.choice()),
        Sent(cat, f"{event.path}/waitlist/withdrawal", None),
        Sent(bob, f"{RESERVATIONS}/{second}/cancellation", {}),
        Sent(ann, f"{fair.path}/reservations", fair.choice()),
        Sent(ann, f"{fair.path}/entry/withdrawal", None),
        Sent(dan, f"/v1/couplets/offers/{await couplets.offer(dan, full)}/acceptance", None),
    ]


async def test_a_repeat_is_told_that_the_first_is_under_way_and_then_its_answer(
    couplets: Couplets, make: Factory
) -> None:
    for sent in await acts(couplets, make):
        assert await sent_again(couplets.client, make, sent) == KEPT, sent.path
    await assert_couplets_are_right(make.rooms)


async def test_a_reservation_under_another_body_is_another_request(
    couplets: Couplets, make: Factory
) -> None:
    event, member = await couplets.event(), await make.member()
    assert (await couplets.reserve(member, event, key="k")).is_success
    other = await couplets.reserve(member, event, key="k", site=1)
    assert told(other) == (422, "idempotency_key_reused")


async def test_without_a_campaign_there_are_no_couplets(couplets: Couplets, make: Factory) -> None:
    mine, staff = (
        couplets.as_member(await make.member()),
        await couplets.as_staff(Role.CAMPAIGN_MANAGER),
    )
    answers = [
        await couplets.client.get(EVENTS, headers=mine),
        await couplets.client.post(STAFF, headers=staff, json=couplets.plan()),
    ]
    assert set(map(told, answers)) == {(404, "not_found")}
