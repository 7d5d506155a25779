"""The pass of what a member holds of an event, in JSON."""

from typing import Self

from pydantic import Field

from app.schemas.base import Instant, Output
from app.shared.counter import ShownPass


class HolderPassOut(Output):
    # `pass` is a word of Python's, so the attribute has another name than the field.
    text: str = Field(serialization_alias="pass", description="二维码内容 · the text of the QR")
    expires_at: Instant = Field(description="此前请刷新 · renew it before then")

    @classmethod
    def of(cls, shown: ShownPass) -> Self:
        return cls.model_validate(shown)
