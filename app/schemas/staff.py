"""Staff accounts in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import District, Role
from app.schemas.base import Instant, Output, ShortText, StaffInput
from app.shared.identity.callers import Districts
from app.shared.identity.passwords import LONGEST, SHORTEST
from app.shared.identity.staff import StaffAccount

Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
LIMIT = "仅限这些区；空为全市 · in these districts alone; null: in the whole city"
LimitedTo = Annotated[
    Annotated[list[District], Field(min_length=1, max_length=len(District))] | None,
    Field(description=LIMIT),
]


class StaffIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "store-desk-01", "roles": ["store_manager"]}}
    )

    name: ShortText
    roles: Roles
    districts: LimitedTo = None
    password: Password | None = Field(
        default=None, description="省略则生成并仅显示一次 · left out: one is made and shown once"
    )

    @property
    def limited_to(self) -> Districts:
        return None if self.districts is None else frozenset(self.districts)


class DistrictsIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"districts": ["shinan", "shibei"]}})

    districts: LimitedTo

    @property
    def limited_to(self) -> Districts:
        return None if self.districts is None else frozenset(self.districts)


class RolesIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {"roles": ["campaign_manager"]}})

    roles: Roles


class PasswordIn(StaffInput):
    model_config = ConfigDict(json_schema_extra={"example": {}})

    password: Password | None = Field(
        default=None, description="省略则生成并仅显示一次 · left out: one is made and shown once"
    )


class StaffOut(Output):
    id: UUID
    name: str
    roles: list[Role]
    districts: list[District] | None = Field(description=LIMIT)
    second_factor: bool = Field(description="已启用两步验证 · whether one is enrolled")
    disabled_at: Instant | None
    version: int
    created_at: Instant


class StaffWithPassword(StaffOut):
    password: str | None = Field(
        default=None, description="仅在系统生成时出现一次 · only when it was made here, once"
    )

    @classmethod
    def of(cls, account: StaffAccount, password: str | None) -> Self:
        return cls(**StaffOut.model_validate(account).model_dump(), password=password)
