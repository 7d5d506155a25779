"""What members do in the health pack may be sent again: one effect, the first answer, and what
else a key may be told; and what a deployment without a campaign says."""

from collections.abc import Awaitable, Callable

import pytest

from tests.factories import auth
from tests.keys import Kept, Sent, sent_again
from tests.quizzing import DRAWS, QUIZZES, Quizzing, question, told

pytestmark = pytest.mark.anyio


KEPT = Kept(meanwhile=(409, "idempotency_key_in_progress"), other=(422, "idempotency_key_reused"))


async def start(quizzing: Quizzing) -> Sent:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened(1)
    return Sent(member, f"/v1/health/quizzes/{quiz_id}/attempts", None)


async def submission(quizzing: Quizzing) -> Sent:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened(1)
    begun = await quizzing.started(member, quiz_id)
    body = {"answers": quizzing.answers(begun)}
    return Sent(member, f"/v1/health/attempts/{begun['id']}/submission", body)


async def acceptance(quizzing: Quizzing) -> Sent:
    draw_id, _ = await quizzing.drawn(1)
    (winner,) = quizzing.entrants
    mine = await quizzing.client.get(
        f"/v1/health/draws/{draw_id}/ticket", headers=auth(quizzing.make.token(winner))
    )
    return Sent(winner, f"/v1/health/prizes/{mine.json()['prize']['id']}/acceptance", None)


@pytest.mark.parametrize("prepare", [start, submission, acceptance], ids=lambda act: act.__name__)
async def test_a_repeat_hears_the_first_answer_and_meanwhile_that_it_is_under_way(
    quizzing: Quizzing, prepare: Callable[[Quizzing], Awaitable[Sent]]
) -> None:
    sent = await prepare(quizzing)
    assert await sent_again(quizzing.client, quizzing.make, sent) == KEPT


async def test_without_a_campaign_there_is_neither_quiz_nor_draw(quizzing: Quizzing) -> None:
    quiz = {
        "title": "疫来疫往",
        "intro": "答题。",
        "opens_at": "2023-01-05T00:00:00+08:00",
        "closes_at": "2099-01-05T00:00:00+08:00",
        "question_count": 1,
        "time_limit_s": 600,
        "questions": [question(0)],
    }
    client = quizzing.client
    made = await client.post(QUIZZES, headers=await quizzing.manager(), json=quiz)
    drawn = await client.post(DRAWS, headers=await quizzing.officer(), json=quizzing.draw_body())
    assert {told(made), told(drawn)} == {(404, "not_found")}
