"""The app's home page in JSON: the campaign, its packs, and who I am."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import Category, District, PackKind, PackState
from app.schemas.base import Input, Instant, OfEdition, Output
from app.shared.home import Card
from app.shared.identity.members import MaskedMember


class PackOut(Output):
    """A pack, in the language that was asked for."""

    kind: PackKind
    title: str = Field(examples=["生活大礼包·户外劳动者请查收：您的早餐已就位"])
    summary: str
    state: PackState


class CampaignOut(Output):
    """An edition. Packs in the order in which the app shows them."""

    id: UUID
    name: str = Field(examples=["2023年冬送温暖·五大礼包"])
    starts_at: Instant
    ends_at: Instant
    server_time: Instant
    is_current: bool = Field(
        description="不指明哪一届时即指本届 · the one that is meant where none is named"
    )
    packs: list[PackOut]


class CampaignList(Output):
    """The current edition first, then the others that are open."""

    items: list[CampaignOut]


class MyCategoryOut(Output):
    """What I am entitled by. Past `valid_until` it counts no more."""

    category: Category
    valid_until: date | None = Field(
        description="有效至（含当日，上海时间）；空为长期 · last valid Shanghai day; null: for good"
    )


class MeOut(Output):
    """My own account; name and phone masked, because a screen may be looked at by others."""

    member_no: str
    name: str = Field(examples=["张**"])
    phone: str = Field(examples=["138****1234"])
    district: District
    categories: list[MyCategoryOut]

    @classmethod
    def of(cls, member: MaskedMember) -> Self:
        return cls.model_validate(member)


class ActOut(Output):
    """What I can do now: a verb, the id of what it is done to, and until when."""

    act: str = Field(examples=["claim"])
    id: UUID
    until: Instant


class UpcomingOut(Output):
    """What I shall be able to do, and from when."""

    act: str = Field(examples=["claim"])
    id: UUID
    at: Instant


class MyPackOut(PackOut):
    """A pack as it stands for me. What I hold stays usable when the pack is closed."""

    held: int = Field(description="我手里可用的数量 · what I have of it and can use")
    can: list[ActOut] = Field(
        description="现在可做，最要紧的在前 · what I can do now, first things first"
    )
    next: UpcomingOut | None = Field(description="接下来 · what comes next")
    reason: str | None = Field(
        description="已开放而我不能参加的原因代码 · why not, where something is open"
    )

    @classmethod
    def of_card(cls, pack: PackOut, card: Card) -> Self:
        is_open = pack.state is PackState.OPEN
        return cls(
            **pack.model_dump(),
            held=card.held,
            can=[ActOut.model_validate(act) for act in card.can if is_open or not act.while_open],
            next=UpcomingOut.model_validate(card.next) if card.next and is_open else None,
            reason=card.reason,
        )


class MyEditionOut(Output):
    """Another edition that is open beside the current one, as it stands for me."""

    campaign_id: UUID
    name: str
    packs: list[MyPackOut]


class MyPacksOut(Output):
    """The home page. `server_time` is not part of what the ETag stands for."""

    campaign_id: UUID = Field(
        description="packs 属于的（当前）活动 · of which edition, the current"
    )
    packs: list[MyPackOut]
    others: list[MyEditionOut] = Field(
        description="同时进行的其他活动 · editions that are open beside it"
    )
    server_time: Instant


class ViewIn(Input):
    """Which pack's page is being looked at."""

    model_config = ConfigDict(json_schema_extra={"example": {"pack": "breakfast"}})

    pack: PackKind
    campaign_id: OfEdition = None
