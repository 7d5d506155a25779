"""What the service says afterwards of consultations, appointments and talks: its report, its lists,
and what members are told of who looked. Where two of its own disagree, that is a surprise."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.replay.figures import Figure
from app.replay.health import advice_times as times
from app.replay.health.advice_plan import ALERTING, Course, Plan, Visit
from app.replay.health.experts import MANAGER
from app.replay.health.threads import ALERTS, ASKERS_AT_ONCE, Advice, Thread
from app.replay.troupe import Troupe
from app.replay.wire import crowd

PACK = "health"
REPORT, LOOKS = "/v1/admin/report.json", "/v1/me/data-accesses"
GIVEN_UP = (Visit.LAPSED, Visit.CANCELLED, Visit.CALLED_OFF)
NO_LONGER_THERE = (Course.REFUSED, Course.WITHDRAWN)


class Count:
    """Of one play, that began on `first_day`."""

    def __init__(self, troupe: Troupe, plan: Plan, first_day: datetime) -> None:
        self._troupe = troupe
        self._plan = plan
        self._first_day = first_day
        self._readings = self._lifts = self._lifted = 0
        self._ends = Counter[str]()

    async def figures(
        self, advice: Advice, visits: Mapping[str, int], talk: Mapping[str, Any]
    ) -> list[Figure]:
        """Raises `NotPlayable`."""
        await crowd(advice.threads, self._ask_the_member, at_once=ASKERS_AT_ONCE)
        before = await self._report(self._first_day + times.BEGINNING)
        after = await self._report(self._first_day + times.THE_COUNT - times.LATER)
        told = {name: after[name] - before[name] for name in after}
        self._compare(told, visits, talk)
        plan = self._plan
        of, come = plan.courses, plan.come()
        kept = plan.talk
        reached = {
            "consultations": (plan.opened, told["health.consultations"]),
            "answers_of_experts": (plan.answers, told["health.answers"]),
            "ended_by_experts": (of[Course.ENDED], self._ends["expert"]),
            "ended_by_members": (
                plan.opened - of[Course.ENDED] - of[Course.WITHDRAWN],
                self._ends["member"],
            ),
            "alerts_looked_after": (
                sum(of[course] for course in ALERTING),
                await self._alerts(advice),
            ),
            "pseudonyms_lifted_by_two": (of[Course.LIFTED], self._lifted),
            "readings_that_members_see": (plan.readings, self._readings),
            "appointments_kept": (come, told["health.appointments_kept"]),
            "appointments_no_show": (plan.visits[Visit.NO_SHOW], told["health.no_shows"]),
            "appointments_given_up": (
                sum(plan.visits[each] for each in GIVEN_UP),
                visits["cancelled"],
            ),
            "appointments_in_error": (plan.visits[Visit.IN_ERROR], visits["entered_in_error"]),
            "places_at_talks": (kept.places + kept.viewers, told["health.talk_places"]),
            "attended_the_talk": (kept.attended, told["health.talk_attendances"]),
        }
        return [Figure(PACK, name, None, *counts) for name, counts in reached.items()]

    async def _ask_the_member(self, thread: Thread) -> None:
        """How it ended, and each look of staff since the play began."""
        account = thread.asker.account
        if thread.course not in NO_LONGER_THERE:
            path, act = f"{thread.path}/messages", "reading what was advised"
            mine = (await self._troupe.read(account, path, act=act)).get("consultation", {})
            self._ends[str(mine.get("closed_by"))] += 1
            self._lifted += mine.get("is_lifted", False)
        for look in await self._troupe.read_all(account, LOOKS):
            if datetime.fromisoformat(look["at"]) > self._first_day:
                self._readings += look["act"] == "health.read"
                self._lifts += look["act"] == "health.lift"

    async def _alerts(self, advice: Advice) -> int:
        stage, ours = self._troupe.stage, {each.id for each in advice.of(*ALERTING)}
        found = await stage.read_all(ALERTS, stage.staff[MANAGER], acknowledged="true")
        return sum(alert["consultation_id"] in ours for alert in found)

    async def _report(self, as_of: datetime) -> dict[str, int]:
        stage = self._troupe.stage
        path = f"{REPORT}?{urlencode({'as_of': as_of.isoformat()})}"
        answer = await stage.wire.send("GET", path, token=stage.staff[MANAGER])
        stage.must(answer, "200", act="reading the report")
        [pack] = [each for each in answer.body["packs"] if each["kind"] == PACK]
        return {each["name"]: each["value"] for each in pack["figures"]}

    def _compare(
        self, told: Mapping[str, int], visits: Mapping[str, int], talk: Mapping[str, Any]
    ) -> None:
        pairs = {
            "appointments kept": (told["health.appointments_kept"], visits["fulfilled"]),
            "no-shows": (told["health.no_shows"], visits["no_show"]),
            "attendances": (told["health.talk_attendances"], talk.get("attended")),
            "pseudonyms lifted": (self._lifted, self._lifts),
        }
        for words, (one, other) in pairs.items():
            if one != other:
                self._troupe.stage.surprises.note(f"{words}: {one} by the one, {other} elsewhere")
