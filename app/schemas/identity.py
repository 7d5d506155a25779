"""Tokens and tills in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import Input, Output, ShortText
from app.schemas.stores import StoreOut
from app.shared.identity.stores import WhoAmI


class TokenOut(Output):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = Field(description="秒 · seconds")
    scope: str = Field(description="角色 · roles (staff); store (till)")


class OAuthProblem(Output):
    """RFC 6749 section 5.2."""

    error: str = Field(
        examples=["invalid_grant"],
        description="invalid_request, invalid_client, invalid_grant, mfa_required, "
        "unsupported_grant_type",
    )
    error_description: str


class OnboardingIn(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"onboarding_code": "7KQ2-9XWB-0T4M-H6ZC", "name": "1 号收银机"}
        }
    )

    onboarding_code: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        description="工会开具的一次性开通码；大小写和横线不限 · case and dashes do not matter"
    )
    name: ShortText | None = Field(
        default=None, description="便于辨认的终端名 · what staff see of this device"
    )


class StoreBrief(Output):
    id: UUID
    store_no: str
    name: str


class MerchantBrief(Output):
    id: UUID
    name: str


class DeviceCredentials(Output):
    """Shown once: keep both."""

    client_id: UUID
    client_secret: str
    store: StoreBrief | None = Field(
        description="商户系统为空，每次调用须写明 store_no"
        " · null for a merchant's own system, which names store_no in every call"
    )
    merchant: MerchantBrief


class RolledSecretOut(Output):
    """Shown once. Keep the new secret before it is used for the first time."""

    client_id: UUID
    client_secret: str


class WhoAmIOut(Output):
    """What a till's token stands for."""

    device_id: UUID
    merchant: MerchantBrief
    store: StoreOut | None = Field(
        description="商户系统无固定门店 · null for a merchant's own system"
    )

    @classmethod
    def of(cls, who: WhoAmI) -> Self:
        return cls(
            device_id=who.device_id,
            merchant=MerchantBrief(id=who.merchant_id, name=who.merchant),
            store=who.store and StoreOut.of(who.store),
        )
