"""Talks: one in a hall that is full, one on a stream; who comes, and who sees them again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.replay.health import advice_times as times
from app.replay.health.advice_plan import TalkPlan
from app.replay.health.experts import MANAGER
from app.replay.members import NewMember
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wire import crowd

OWN, STAFFS = "/v1/health/talks", "/v1/admin/health/talks"
PLACES, STAFFS_PLACES = "/v1/health/registrations", "/v1/admin/health/registrations"
CLERK = "desk"
LISTENERS_AT_ONCE = 24
TITLE, STREAMED = "冬季呼吸道健康 · 回放", "骑手的颈肩腰 · 回放"
REPLAY = "https://live.example.cn/health/replay"
REGISTER = "registering for a talk"


class Lectures:
    """Two of one play. `TITLE` is no secret: whoever looks for what must stand nowhere, looks for
    it too, and has to find it."""

    def __init__(
        self, troupe: Troupe, plan: TalkPlan, people: Sequence[NewMember], first_day: datetime
    ) -> None:
        self._troupe = troupe
        self._plan = plan
        self._accounts = [person.account for person in people]
        self._first_day = first_day
        self._held: dict[str, str] = {}
        self._hall = self._stream = ""

    @property
    def _stage(self) -> Stage:
        return self._troupe.stage

    async def announce(self) -> None:
        """Raises `NotPlayable`."""
        self._stage.beside.update({"rows": TITLE, "exports": TITLE})
        hall = {"title": TITLE, "place": "市工人文化宫报告厅", "capacity": self._plan.places}
        stream = {
            "title": STREAMED,
            "stream_url": "https://live.example.cn/health",
            "replay_url": REPLAY,
            "replay_for": "everybody",
            "capacity": 1_000,
        }
        self._hall, self._stream = [await self._announce(each) for each in (hall, stream)]

    async def _announce(self, body: dict[str, object]) -> str:
        when = {
            "starts_at": times.TALK,
            "ends_at": times.TALK_OVER,
            "register_opens_at": times.REGISTERED,
            "register_closes_at": times.TALK,
        }
        shown = {name: (self._first_day + at).isoformat() for name, at in when.items()}
        more = {"intro": "专家讲解，现场答疑。", "speaker": "回放医生"}
        announced = await self._troupe.set_up(
            MANAGER, STAFFS, {**body, **more, **shown}, act="announcing a talk"
        )
        return str(announced["id"])

    async def register(self) -> None:
        """As many as there are places, more who hear that it is full, and some on the stream."""
        early, late = self._accounts[: self._plan.places], self._late

        async def take(account: str) -> None:
            await self._register(account)
            self._stage.progress.step()

        async def watch(account: str) -> None:
            path = f"{OWN}/{self._stream}/registrations"
            await self._troupe.act(account, path, expects="201", act=REGISTER)

        async def be_turned_away(account: str) -> None:
            await self._register(account, expects="full")
            self._stage.progress.step()

        await crowd(early, take, at_once=LISTENERS_AT_ONCE)
        await crowd(late, be_turned_away, at_once=LISTENERS_AT_ONCE)
        await crowd(self._viewers, watch, at_once=LISTENERS_AT_ONCE)
        await self._register(early[0], expects="already_registered")

    @property
    def _late(self) -> Sequence[str]:
        return self._accounts[self._plan.places : self._plan.people]

    @property
    def _viewers(self) -> Sequence[str]:
        return self._accounts[: self._plan.viewers]

    async def _register(self, account: str, *, expects: str = "201") -> None:
        path = f"{OWN}/{self._hall}/registrations"
        made = await self._troupe.act(account, path, expects=expects, act=REGISTER)
        if made:
            self._held[account] = made["id"]

    async def give_up(self) -> None:
        """The last of those who came in; whoever was turned away has the places at once."""
        plan = self._plan
        for leaver, comer in zip(
            self._accounts[plan.places - plan.given_up : plan.places], self._late, strict=False
        ):
            path = f"{PLACES}/{self._held.pop(leaver)}/cancellation"
            await self._troupe.act(leaver, path, act="giving up a place")
            await self._register(comer)

    async def open_doors(self) -> None:
        """By pass, from the list, and somebody by mistake."""
        plan, there = self._plan, list(self._held)
        by_pass, by_list = there[: plan.by_pass], there[plan.by_pass : plan.attended]
        await crowd(by_pass, self._come_by_pass, at_once=LISTENERS_AT_ONCE)
        await crowd(by_list, self._come_by_list, at_once=LISTENERS_AT_ONCE)
        for account in there[plan.attended : plan.attended + plan.undone]:
            await self._come_by_list(account)
            path = f"{STAFFS_PLACES}/{self._held[account]}/reversal"
            await self._troupe.order(
                CLERK, path, {"reason": "点错了一行"}, act="undoing an attendance"
            )

    async def _come_by_pass(self, account: str) -> None:
        path = f"{PLACES}/{self._held[account]}/pass"
        shown = await self._troupe.read(account, path, act="showing a pass")
        body = {"pass": str(shown.get("pass", ""))}
        await self._attend(body)
        await self._attend(body, expects="already_attended")

    async def _come_by_list(self, account: str) -> None:
        await self._attend({"registration_id": self._held[account]})

    async def _attend(self, body: object, *, expects: str = "200") -> None:
        path, act = f"{STAFFS}/{self._hall}/attendances", "recording who is there"
        await self._troupe.order(CLERK, path, body, expects=expects, act=act)

    async def show_again(self) -> None:
        """The hall's to whoever had a place, the stream's to everybody."""
        path = f"{STAFFS}/{self._hall}"
        talk = await self._troupe.inspect(MANAGER, path, act="looking at a talk")
        answer = await self._stage.wire.send(
            "PATCH",
            path,
            token=self._stage.staff[MANAGER],
            body={"version": talk.get("version", 0), "replay_url": REPLAY},
        )
        self._stage.expect(answer, "200", act="putting a replay up")

    async def count(self) -> dict[str, Any]:
        """The hall's statistics, and of how many each replay was seen. Raises `NotPlayable`."""
        path = f"{STAFFS}/{self._hall}/statistics"
        statistics = await self._troupe.inspect(MANAGER, path, act="reading a talk's statistics")
        holder, stranger = next(iter(self._held)), self._accounts[self._plan.people - 1]
        if stranger in self._held:
            stranger = self._accounts[self._plan.places - 1]
        seen = [
            await self._sees(account, talk)
            for talk in (self._hall, self._stream)
            for account in (holder, stranger)
        ]
        if seen != [True, False, True, True]:
            self._stage.surprises.note("a replay is seen by others than those who may")
        return statistics

    async def _sees(self, account: str, talk_id: str) -> bool:
        seen = await self._troupe.read(account, f"{OWN}/{talk_id}", act="looking at a talk")
        return seen.get("replay_url") == REPLAY
