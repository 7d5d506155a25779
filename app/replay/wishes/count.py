"""What the service says of the wishes afterwards: to anybody, to staff, and to the wishers.

Nothing that the play counted itself is a figure.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from app.replay.figures import Figure
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wire import crowd
from app.replay.wishes.plan import (
    DISTRICTS,
    KINDS,
    PUBLISHED_FULFILLED,
    PUBLISHED_RECEIVED,
    WITHDRAWN,
    Course,
    Expected,
)
from app.replay.wishes.story import REVIEWER, Story
from app.schemas.wish_desk import OpenedWishOut
from app.schemas.wishes import PublicFiguresOut

PACK = "wishes"
PUBLIC = "/v1/public/wishes/figures"
READERS_AT_ONCE = 16


async def read_public(stage: Stage, as_of: datetime) -> PublicFiguresOut:
    """As anybody reads it, of any past time."""
    answer = await stage.wire.send("GET", f"{PUBLIC}?{urlencode({'as_of': as_of.isoformat()})}")
    stage.must(answer, "200", act="reading the wishes' figures")
    return PublicFiguresOut.model_validate(answer.body)


class Count:
    """The counting of one play's wishes."""

    def __init__(self, troupe: Troupe, stories: Sequence[Story]) -> None:
        self._troupe = troupe
        self._stories = stories
        self._opened: dict[str, OpenedWishOut] = {}
        self._contacts_shown = 0

    async def read(self) -> None:
        """Staff open every wish, and its wisher asks who has seen the contact."""
        await crowd(self._stories, self._read, at_once=READERS_AT_ONCE)

    async def _read(self, story: Story) -> None:
        stage = self._troupe.stage
        answer = await stage.wire.send("GET", story.staffs_path, token=stage.staff[REVIEWER])
        if stage.expect(answer, "200", act="opening a wish"):
            self._opened[story.wish_id] = OpenedWishOut.model_validate(answer.body)
        showings = f"{story.path}/contact-showings"
        if await self._troupe.read_all(story.wisher, showings):
            self._contacts_shown += 1
        stage.progress.step()

    def figures(
        self,
        expected: Expected,
        before: PublicFiguresOut,
        published: PublicFiguresOut,
        after: PublicFiguresOut,
    ) -> list[Figure]:
        """The public ones as of the beginning, the published time and now; then staff's."""
        received = published.received - before.received
        fulfilled = published.fulfilled - before.fulfilled
        late = after.fulfilled - published.fulfilled
        course, of = Course, expected.of
        return [
            Figure(PACK, "received", PUBLISHED_RECEIVED, expected.received, received),
            Figure(PACK, "fulfilled", PUBLISHED_FULFILLED, expected.fulfilled, fulfilled),
            Figure(PACK, "fulfilled_afterwards", None, of(course.LATE), late),
            Figure(PACK, "kinds", len(KINDS), len(KINDS), self._different("kind")),
            Figure(PACK, "districts", len(DISTRICTS), len(DISTRICTS), self._different("district")),
            *self._ends(expected),
            *self._ways(expected),
        ]

    def _ends(self, expected: Expected) -> list[Figure]:
        """Which did not come true."""
        states, of = Counter(wish.state.value for wish in self._opened.values()), expected.of
        return [
            Figure(PACK, "rejected", None, of(Course.REJECTED), states["rejected"]),
            Figure(PACK, "withdrawn", None, of(*WITHDRAWN), states["withdrawn"]),
            Figure(PACK, "expired", None, of(Course.EXPIRED), states["expired"]),
        ]

    def _ways(self, expected: Expected) -> list[Figure]:
        """What happened on the way, by the wishes' history."""
        of, course = expected.of, Course
        reached = {
            "claims_lapsed": (of(course.LAPSED), self._moves("lapse")),
            "claims_released": (of(course.RELEASED), self._moves("release")),
            "not_done": (of(course.NOT_DONE), self._moves("deny")),
            "confirmed_by_staff": (of(course.SILENT, course.ON_BEHALF), self._confirmed_by_staff()),
            "posted_on_behalf": (of(course.ON_BEHALF), self._posted_on_behalf()),
            "flagged_with_two_reviewers": (of(course.FLAGGED), self._flagged()),
            "dispatches_accepted": (of(course.ACCEPTED), self._dispatches("accepted")),
            "dispatches_refused": (of(course.REFUSED), self._dispatches("refused")),
            "two_at_once_one_holder": (of(course.RACED), self._with_one_holder()),
            "contact_shown": (expected.contact_shown, self._contacts_shown),
        }
        return [Figure(PACK, name, None, *counts) for name, counts in reached.items()]

    def _different(self, column: str) -> int:
        return len({getattr(wish, column) for wish in self._opened.values()})

    def _moves(self, act: str) -> int:
        return sum(move.act == act for wish in self._opened.values() for move in wish.moves)

    def _confirmed_by_staff(self) -> int:
        moves = [move for wish in self._opened.values() for move in wish.moves]
        return sum(move.act == "confirm" and not move.actor.startswith("member:") for move in moves)

    def _posted_on_behalf(self) -> int:
        return sum(wish.proxy_name is not None for wish in self._opened.values())

    def _flagged(self) -> int:
        return sum(
            bool(wish.flags) and {"endorse", "approve"} <= {move.act for move in wish.moves}
            for wish in self._opened.values()
        )

    def _dispatches(self, state: str) -> int:
        dispatches = [each for wish in self._opened.values() for each in wish.dispatches]
        return sum(each.state.value == state for each in dispatches)

    def _with_one_holder(self) -> int:
        raced = [story for story in self._stories if story.plan.course is Course.RACED]
        opened = [self._opened[story.wish_id] for story in raced if story.wish_id in self._opened]
        return sum(len(wish.claims) == 1 for wish in opened)
