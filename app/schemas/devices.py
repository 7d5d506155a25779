"""Onboarding codes and devices in JSON, as staff see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Output
from app.shared.identity.onboarding_codes import MadeCode, OpenCode

OfStore = Annotated[
    UUID | None, Field(description="商户系统的为空 · null for a merchant's own system")
]
OfMerchant = Annotated[
    UUID | None, Field(description="门店终端的为空 · null for a till of one store")
]
Qr = Annotated[
    str,
    Field(
        description="二维码图片的地址；开通码用过或过期后为 404"
        " · where its picture is; 404 once it was used or has run out",
        examples=[
            "/v1/admin/stores/01855a2c-1c00-7000-8000-000000000003/onboarding-codes"
            "/0198a3d0-4c00-7000-8000-000000000001.svg"
        ],
    ),
]


class OnboardingCodeOut(Output):
    """The text is shown once; later only as a QR."""

    id: UUID
    store_id: OfStore
    merchant_id: OfMerchant
    onboarding_code: str = Field(examples=["7KQ2-9XWB-0T4M-H6ZC"])
    expires_at: Instant
    qr: Qr

    @classmethod
    def of(cls, made: MadeCode, codes_path: str) -> Self:
        """`codes_path`: where the owner's codes are."""
        return cls(
            id=made.id,
            store_id=made.store_id,
            merchant_id=made.merchant_id,
            onboarding_code=made.onboarding_code,
            expires_at=made.expires_at,
            qr=_qr(codes_path, made.id),
        )


class OpenCodeOut(Output):
    """A code that can still be used, without its text."""

    id: UUID
    store_id: OfStore
    merchant_id: OfMerchant
    created_at: Instant
    expires_at: Instant
    qr: Qr

    @classmethod
    def of(cls, code: OpenCode, codes_path: str) -> Self:
        return cls(
            id=code.id,
            store_id=code.store_id,
            merchant_id=code.merchant_id,
            created_at=code.created_at,
            expires_at=code.expires_at,
            qr=_qr(codes_path, code.id),
        )


class DeviceOut(Output):
    """A till or a merchant's system, never its secret."""

    id: UUID
    store_id: OfStore
    merchant_id: OfMerchant
    name: str
    first_token_at: Instant | None
    last_seen_at: Instant | None = Field(
        description="最近一次调用，精确到分钟；从未来过为空 · its last call, to the minute"
    )
    secret_pending: bool = Field(
        description="已换发新密钥，尚未使用 · its secret was rolled, the new one not yet used"
    )
    overlap_until: Instant | None = Field(
        description="此前旧密钥仍可使用 · until then the secret before works too"
    )
    revoked_at: Instant | None
    created_at: Instant


def _qr(codes_path: str, code_id: UUID) -> str:
    return f"{codes_path}/{code_id}.svg"
