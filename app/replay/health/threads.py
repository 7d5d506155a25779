"""Consultations: members ask, experts answer, two people lift a pseudonym, one reviewer reads."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from app.replay.health.advice_plan import ALERTING, NAMELESS, Course, Plan
from app.replay.health.advice_words import (
    ANSWERS,
    FURTHER,
    NOTE,
    SAID,
    THANKS_ANSWER,
    TOPICS,
    confide,
)
from app.replay.health.experts import MANAGER, OFFICER, Cast, Expert
from app.replay.members import NewMember
from app.replay.troupe import Troupe
from app.replay.wire import crowd

OWN, DESK = "/v1/health/consultations", "/v1/admin/health/consultations"
ALERTS, APPROVALS = "/v1/admin/health/alerts", "/v1/admin/approvals"
CONSENT = "/v1/me/consents/health_data"
ASKERS_AT_ONCE = 24
# Of these the expert would look once more when it is over.
READ_ON = frozenset({Course.ENDED, Course.ANONYMOUS})
PHONES = {Course.EMERGENCY: "120", Course.LIFTED: "12356"}


@dataclass(slots=True)
class Thread:
    """A question on its way. An empty id: it was never opened. `number`: of the play's askers."""

    number: int
    course: Course
    asker: NewMember
    id: str = ""
    said: int = 0

    @property
    def topic(self) -> str:
        if self.course in NAMELESS:
            return "psychological"
        return list(TOPICS)[self.number % len(TOPICS)]

    @property
    def path(self) -> str:
        return f"{OWN}/{self.id}"

    @property
    def desk_path(self) -> str:
        return f"{DESK}/{self.id}"


def threads_of(plan: Plan, people: Sequence[NewMember]) -> list[Thread]:
    courses = [course for course, count in plan.courses.items() for _ in range(count)]
    return [
        Thread(number, course, asker)
        for number, (course, asker) in enumerate(zip(courses, people, strict=False))
    ]


async def consent(troupe: Troupe, account: str, *, given: bool = True) -> None:
    stage = troupe.stage
    body = {"given": True, "version": 1} if given else {"given": False}
    token = stage.member_token(account)
    answer = await stage.wire.send("PUT", CONSENT, token=token, body=body)
    stage.expect(answer, "200", act="consenting")


class Advice:
    """All questions of one play."""

    def __init__(self, troupe: Troupe, cast: Cast, threads: Sequence[Thread]) -> None:
        self._troupe = troupe
        self._cast = cast
        self.threads = threads

    def of(self, *courses: Course) -> list[Thread]:
        return [thread for thread in self.threads if thread.course in courses]

    async def ask(self) -> None:
        self._troupe.stage.beside.update({"log": OWN, "metrics": OWN})
        await crowd(self.threads, self._ask, at_once=ASKERS_AT_ONCE)
        await self._look_at_the_queue()

    async def _ask(self, thread: Thread) -> None:
        account, refused = thread.asker.account, thread.course is Course.REFUSED
        await consent(self._troupe, account, given=not refused)
        body: dict[str, Any] = {"topic": thread.topic, "text": self._question(thread)}
        if thread.course in NAMELESS:
            body["anonymous"] = True
        if thread.course is Course.PICTURED:
            body["file_ids"] = [await self._picture(account)]
        act, expects = "asking an expert", "consent_required" if refused else "201"
        opened = await self._troupe.act(account, OWN, body, expects=expects, act=act)
        thread.id = str(opened.get("id", ""))
        if opened:
            self._check_guidance(thread, opened["message"]["guidance"])

    def _question(self, thread: Thread) -> str:
        return self._confide(thread, SAID.get(thread.course) or TOPICS[thread.topic])

    def _confide(self, thread: Thread, sentence: str) -> str:
        thread.said += 1
        return confide(self._troupe.stage, thread.number * 10 + thread.said, sentence)

    def _check_guidance(self, thread: Thread, guidance: Sequence[dict[str, Any]]) -> None:
        """Whom to call, where to go, or nothing."""
        if thread.course in PHONES:
            is_right = any(PHONES[thread.course] in each["phones"][:1] for each in guidance)
        elif thread.course is Course.PRESCRIPTION:
            is_right = [each["kind"] for each in guidance] == ["prescription"]
        else:
            is_right = not guidance
        if not is_right:
            self._troupe.stage.surprises.note("asking an expert: another guidance")

    async def _picture(self, account: str) -> str:
        stage = self._troupe.stage
        answer = await stage.wire.send(
            "POST", "/v1/files", token=stage.member_token(account), key=str(uuid4()), file=PICTURE
        )
        stage.expect(answer, "201", act="sending a picture")
        return str((answer.body or {}).get("id", ""))

    async def _look_at_the_queue(self) -> None:
        """Whoever waits longest comes first; a list has no word of theirs and no name."""
        stage, ours = self._troupe.stage, {thread.id for thread in self.threads if thread.id}
        found = await stage.read_all(DESK, stage.staff[MANAGER], state="waiting")
        waiting = [each for each in found if each["id"] in ours]
        since = [datetime.fromisoformat(each["waiting_from"]) for each in waiting]
        if len(waiting) != len(ours) or since != sorted(since):
            stage.surprises.note("the queue: not all who wait, or not by how long")

    async def look_after_alerts(self) -> None:
        """Staff say how, for each that is ours."""
        stage, ours = self._troupe.stage, {each.id for each in self.of(*ALERTING)}
        found = await stage.read_all(ALERTS, stage.staff[MANAGER], acknowledged="false")
        for alert in (alert for alert in found if alert["consultation_id"] in ours):
            await self._troupe.order(
                MANAGER,
                f"{ALERTS}/{alert['id']}/acknowledgement",
                {"reason": "已请值班专家优先接诊"},
                act="looking after an alert",
            )

    async def answer(self) -> None:
        await crowd(self.threads, self._go_through, at_once=ASKERS_AT_ONCE)

    async def _go_through(self, thread: Thread) -> None:
        if thread.id:
            await self._answer(thread)
        self._troupe.stage.progress.step()

    async def _answer(self, thread: Thread) -> None:
        expert, other = self._cast.for_topic(thread.topic, thread.number)
        await self._take(expert, thread)
        seen = await self._read(expert, thread)
        if thread.course is Course.PICTURED:
            await self._open_picture(seen)
        if thread.course is Course.WITHDRAWN:
            await self._withdraw(expert, thread)
            return
        if thread.course is Course.LIFTED:
            await self._lift(expert, thread)
        if thread.course is Course.HANDED_OVER:
            body = {"note": self._confide(thread, NOTE)}
            await self._by(expert, thread, "hand-over", body)
            await self._read(expert, thread, expects="not_found")
            await self._take(other, thread)
            noted = await self._read(other, thread)
            if body["note"] != noted.get("note"):
                self._troupe.stage.surprises.note("reading: without the note")
            expert = other
        await self._say(expert, thread, ANSWERS[thread.number % len(ANSWERS)])
        if thread.course is Course.DIALOGUE:
            await self._write(thread, FURTHER)
            await self._read(expert, thread)
            await self._say(expert, thread, THANKS_ANSWER)
        await self._end(expert, thread)

    async def _take(self, expert: Expert, thread: Thread) -> None:
        await self._by(expert, thread, "take", None)

    async def _say(self, expert: Expert, thread: Thread, sentence: str) -> None:
        body = {"text": self._confide(thread, sentence)}
        await self._by(expert, thread, "messages", body, expects="201")

    async def _write(self, thread: Thread, sentence: str) -> None:
        body = {"text": self._confide(thread, sentence)}
        path, act = f"{thread.path}/messages", "asking back"
        await self._troupe.act(thread.asker.account, path, body, expects="201", act=act)

    async def _end(self, expert: Expert, thread: Thread) -> None:
        """The member reads it all and ends it, unless the expert does; no expert who would gets to
        read on."""
        account = thread.asker.account
        mine = await self._troupe.read(account, f"{thread.path}/messages", act="reading an answer")
        body = {"number": len(mine.get("items", ())) or 1}
        await self._troupe.act(account, f"{thread.path}/read", body, act="marking as read")
        if thread.course is Course.ENDED:
            await self._by(expert, thread, "close", None)
        else:
            await self._troupe.act(account, f"{thread.path}/close", act="ending a consultation")
        if thread.course in READ_ON:
            await self._read(expert, thread, expects="not_found")

    async def _withdraw(self, expert: Expert, thread: Thread) -> None:
        await consent(self._troupe, thread.asker.account, given=False)
        await self._read(expert, thread, expects="not_found")

    async def _lift(self, expert: Expert, thread: Thread) -> None:
        """Nobody alone: the one asks, another agrees, and then a name and a phone are shown."""
        reason = {"reason": "来访者有危险，需要联系本人"}
        asked = await self._by(expert, thread, "identity", reason, expects="202")
        path = f"{APPROVALS}/{asked.get('approval_id', '')}/decision"
        decision = {"decision": "approve", "reason": "风险已核实"}
        act = "lifting a pseudonym"
        await self._troupe.order(expert.role, path, decision, expects="forbidden", act=act)
        await self._troupe.order(OFFICER, path, decision, act=act)
        seen = await self._read(expert, thread, is_lifted=True)
        if seen.get("phone") != thread.asker.phone:
            self._troupe.stage.surprises.note("reading: the phone is not shown")

    async def _read(
        self, expert: Expert, thread: Thread, *, expects: str = "200", is_lifted: bool = False
    ) -> dict[str, Any]:
        stage, act = self._troupe.stage, "reading a consultation"
        token = stage.staff[expert.role]
        answer = await stage.wire.send("GET", f"{thread.desk_path}/messages", token=token)
        if not stage.expect(answer, expects, act=act) or answer.status != 200:
            return {}
        tells = thread.asker.phone in str(answer.body) or answer.body["asker"] == thread.asker.name
        if thread.course in NAMELESS and tells is not is_lifted:
            stage.surprises.note(f"{act}: a name that is not to be shown, or none")
        return dict(answer.body)

    async def _open_picture(self, seen: dict[str, Any]) -> None:
        stage = self._troupe.stage
        for picture in seen.get("items", [{"pictures": []}])[0]["pictures"]:
            stage.expect(await stage.wire.send("GET", picture["url"]), "200", act="a picture")

    async def review(self, count: int) -> None:
        """Some that are closed, by the one person who may."""
        for thread in self.of(Course.PLAIN, Course.PICTURED, Course.ENDED)[:count]:
            await self._read(self._cast.reviewer, thread)

    async def _by(
        self, expert: Expert, thread: Thread, act: str, body: object, *, expects: str = "200"
    ) -> dict[str, Any]:
        path = f"{thread.desk_path}/{act}"
        words = f"an expert's {act}"
        return await self._troupe.order(expert.role, path, body, expects=expects, act=words)


def _picture() -> bytes:
    """The smallest that one can look at: a grey square, as a PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    side = 8
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE = _picture()
