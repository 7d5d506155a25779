"""What members do to consultations may be sent again: one effect, the first answer, and what else a
key may be told."""

import pytest

from tests.consulting import CONSULTATIONS, Consulting
from tests.keys import Kept, Sent, sent_again

pytestmark = pytest.mark.anyio

KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


async def test_a_repeat_is_told_that_the_first_is_under_way_and_then_its_answer(
    consulting: Consulting,
) -> None:
    ann, bob = await consulting.asker(), await consulting.asker()
    thread = f"{CONSULTATIONS}/{await consulting.opened(bob)}"
    for sent in (
        Sent(ann, CONSULTATIONS, {"topic": "respiratory", "text": "咳嗽两周了"}),
        Sent(bob, f"{thread}/messages", {"text": "夜里更重"}),
        Sent(bob, f"{thread}/close"),
    ):
        assert await sent_again(consulting.client, consulting.make, sent) == KEPT, sent.path
    await consulting.assert_right()
