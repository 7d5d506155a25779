"""Answers that are made up: a service that gave them would be wrong, and a play has to notice."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from app.models.states import Role
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wire import Answer, Wire
from tests.replay.stages import Nobody


@dataclass
class Script:
    """A wire on which the answers are known beforehand, one after the other."""

    answers: list[tuple[int, Any]] = field(default_factory=list)

    async def send(self, *_: object, **__: object) -> Answer:
        status, body = self.answers.pop(0)
        return Answer(status, {}, body)

    def will(self, *answers: tuple[int, Any]) -> None:
        assert not self.answers, "somebody asked for less"
        self.answers = list(answers)


def troupe_on(script: Script) -> Troupe:
    """A troupe whose service and payment provider say what the script has."""

    async def stand_still(_: datetime) -> None:
        pass

    wire = cast(Wire, script)
    return Troupe(
        Stage(
            wire=wire,
            member_token=lambda account: account,
            staff={role: role for role in Role},
            move_clock=stand_still,
            progress=Nobody(),
            provider=wire,
            scale=Fraction(1, 100),
        )
    )


def pop(troupe: Troupe) -> list[str]:
    """What was noticed since the last time."""
    seen = list(troupe.stage.surprises.seen.elements())
    troupe.stage.surprises.seen.clear()
    return seen
