"""Members in JSON, as staff see them."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.models.states import Category, District
from app.schemas.base import Day, Instant, Output, ShortText, StaffInput
from app.shared.identity.members import HeldCategory, MaskedMember

MemberNo = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PhoneLast4 = Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class HeldCategoryIn(StaffInput):
    category: Category
    source: ShortText = Field(description="认定依据 · by whose word", examples=["市总工会认定"])
    valid_until: Day | None = Field(
        default=None, description="有效至（含当日，上海时间）；空为长期 · last valid Shanghai day"
    )


def _each_once(held: list[HeldCategoryIn]) -> list[HeldCategoryIn]:
    if len({each.category for each in held}) < len(held):
        raise PydanticCustomError("category_repeated", "name each category once")
    return held


class CategoriesIn(StaffInput):
    """All categories that the member shall have."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "categories": [
                    {"category": "outdoor", "source": "市总工会认定", "valid_until": "2099-12-31"}
                ]
            }
        }
    )

    categories: Annotated[
        list[HeldCategoryIn], Field(max_length=len(Category)), AfterValidator(_each_once)
    ]
    version: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None,
        description="填写则须与当前版本一致 · when given, the member must still be at it",
    )

    def held(self) -> list[HeldCategory]:
        return [
            HeldCategory(each.category, each.source, each.valid_until) for each in self.categories
        ]


class HeldCategoryOut(Output):
    category: Category
    source: str
    valid_until: date | None


class StaffMemberOut(Output):
    """A member, masked."""

    id: UUID
    member_no: str
    name: str = Field(examples=["张**"])
    phone: str = Field(examples=["138****1234"])
    district: District
    categories: list[HeldCategoryOut]
    version: int
    created_at: Instant

    @classmethod
    def of(cls, member: MaskedMember) -> Self:
        return cls.model_validate(member)
