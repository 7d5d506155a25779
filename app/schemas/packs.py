"""The packs of the current edition, as staff see and switch them."""

from typing import Self
from uuid import UUID

from app.models.states import PackKind, PackState
from app.schemas.base import Output
from app.shared.campaigns import PackFacts


class StaffPackOut(Output):
    """A pack. Closed, it lets nothing new begin; what was granted stays usable."""

    id: UUID
    kind: PackKind
    title: str
    title_en: str
    state: PackState

    @classmethod
    def of(cls, pack: PackFacts) -> Self:
        title, title_en = pack.title
        return cls(id=pack.id, kind=pack.kind, title=title, title_en=title_en, state=pack.state)


class StaffPackList(Output):
    """In the order in which the app shows them."""

    items: list[StaffPackOut]
