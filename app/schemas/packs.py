"""The packs of an edition, as staff see and switch them."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict

from app.models.states import PackKind, PackState
from app.schemas.base import OfEdition, Output, Reason
from app.shared.campaigns import PackFacts


class SwitchIn(Reason):
    """Why, and of which edition."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "下雪，活动暂停"}})

    campaign_id: OfEdition = None


class StaffPackOut(Output):
    """A pack. Closed, it lets nothing new begin; what was granted stays usable."""

    id: UUID
    kind: PackKind
    title: str
    title_en: str
    summary: str
    summary_en: str
    state: PackState
    version: int

    @classmethod
    def of(cls, pack: PackFacts) -> Self:
        title, title_en = pack.title
        summary, summary_en = pack.summary
        return cls(
            id=pack.id,
            kind=pack.kind,
            title=title,
            title_en=title_en,
            summary=summary,
            summary_en=summary_en,
            state=pack.state,
            version=pack.version,
        )


class StaffPackList(Output):
    """In the order in which the app shows them."""

    items: list[StaffPackOut]
