"""What the replay means to do with wishes: the same for the same seed, and every way that a wish
can go."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from app.models.states import District, Urgency
from app.packs.wishes.rules import Limits
from app.packs.wishes.screening import screen
from app.replay.wishes.plan import (
    DISTRICTS,
    KINDS,
    URGENCIES,
    Course,
    Expected,
    draw_wishes,
)
from app.replay.wishes.scenes import PUBLISHED_AT, SCENES
from app.replay.wishes.story import Story
from app.replay.wishes.wisher import MONEY, own_words


def test_the_same_seed_plays_the_same_wishes_and_another_one_others() -> None:
    assert draw_wishes(7) == draw_wishes(7)
    assert draw_wishes(7) != draw_wishes(8)


@pytest.mark.parametrize("seed", [1, 7, 2023])
def test_whatever_the_seed_the_figures_are_2023s(seed: int) -> None:
    wishes = draw_wishes(seed)
    expected = Expected(wishes)
    assert (expected.received, expected.fulfilled) == (108, 64)
    assert {wish.course for wish in wishes} == set(Course)


def test_each_kind_is_wished_in_every_district() -> None:
    wishes = draw_wishes(7)
    assert set(DISTRICTS) == set(District)
    assert set(URGENCIES) == set(Urgency)
    assert {(wish.kind, wish.district) for wish in wishes} == {
        (kind, district) for kind in KINDS for district in DISTRICTS
    }


def test_nobody_helps_with_an_own_wish_or_with_more_than_one_may_hold() -> None:
    wishes = draw_wishes(7)
    helped = Counter(account for wish in wishes for account in (wish.first, wish.second))
    assert max(helped.values()) < Limits().open_claims
    assert all(wish.wisher.account not in {wish.first, wish.second} for wish in wishes)
    assert len({wish.wisher.phone for wish in wishes}) == len(wishes)


def test_scenes_follow_one_another_and_late_wishes_come_true_after_the_published_time() -> None:
    times = [scene.when for scene in SCENES]
    assert times == sorted(times)
    assert [scene.courses for scene in SCENES if scene.when > PUBLISHED_AT] == [
        {Course.LATE},
        {Course.LATE},
    ]


def test_what_wishers_write_is_hidden_exactly_where_they_tell_their_numbers() -> None:
    stories = [Story(wish, datetime(2023, 2, 1, tzinfo=UTC)) for wish in draw_wishes(7)]
    for story in stories:
        words = own_words(story)
        screened = screen(str(words["detail"]))
        assert not screen(str(words["title"])).hidden
        assert not screened.asks_for_money
        assert len(screened.hidden) == (2 if story.plan.tells_numbers else 0)
    assert any(story.plan.tells_numbers for story in stories)
    assert any(screen(text).asks_for_money for text in MONEY)
