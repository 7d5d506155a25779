"""The read-only switch, as staff see it."""

from datetime import datetime

from pydantic import Field

from app.models.states import SwitchState
from app.schemas.base import Output


class ReadOnlyOut(Output):
    """On, everything can be looked at and nothing changed."""

    state: SwitchState
    reason: str = Field(description="最近一次开启或关闭的理由 · why it was last turned on or off")
    since: datetime = Field(description="自何时起，真实时间 · since when, real time")
