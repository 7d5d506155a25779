"""Consents in JSON."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import Channel, Purpose
from app.schemas.base import Input, Instant, Output


class ConsentIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"given": True, "version": 1}})

    given: StrictBool
    version: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None,
        description="所读文本的版本，同意时必填 · of the text that was read; needed to consent",
    )

    @model_validator(mode="after")
    def _consents_to_something(self) -> Self:
        if self.given and self.version is None:
            raise PydanticCustomError("missing", "say which version was consented to")
        return self


class ConsentOut(Output):
    """How I stand to one purpose. `given` is about the text as it is now."""

    purpose: Purpose
    title: str
    text: str = Field(description="当前文本 · the text as it is now")
    version: int = Field(description="当前文本的版本 · its version")
    given: bool
    changed_version: int | None = Field(
        description="最近一次同意或撤回所针对的版本 · of the text at the last change"
    )
    changed_at: Instant | None
    channel: Channel | None


class ConsentList(Output):
    items: list[ConsentOut]
