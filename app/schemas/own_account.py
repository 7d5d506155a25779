"""A member of staff's own account and sign-ins in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import District, Role
from app.schemas.base import Instant, Output, StaffInput
from app.schemas.staff import LIMIT, Password
from app.shared.identity.own_account import OwnAccount
from app.shared.identity.second_factor import Enrolment
from app.shared.identity.staff_sessions import SessionState

# Longer than any password can be set, and short enough to hash.
PresentPassword = Annotated[str, Field(min_length=1, max_length=256)]
SixDigits = Annotated[
    str,
    Field(
        pattern=r"^ *[0-9]{3} ?[0-9]{3} *$",
        max_length=16,
        description="验证器显示的六位数字 · the six digits that the authenticator shows",
    ),
]


class OwnPasswordIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"password": "the-present-one", "new_password": "another-and-a-longer-one"}
        }
    )

    password: PresentPassword = Field(description="当前密码 · the present one")
    new_password: Password


class ProofIn(StaffInput):
    model_config = ConfigDict(
        json_schema_extra={"example": {"password": "the-present-one", "totp": "123456"}}
    )

    password: PresentPassword = Field(description="当前密码 · the present one")
    totp: SixDigits


class OwnAccountOut(Output):
    id: UUID
    name: str
    roles: list[Role]
    districts: list[District] | None = Field(description=LIMIT)
    enrolled_at: Instant | None = Field(
        description="两步验证启用时间；空为未启用 · since when there is a second factor; null: none"
    )
    second_factor_required: bool = Field(
        description="角色要求两步验证，未启用前只能办理本页事项"
        " · demanded by a role: until it is enrolled nothing but this page's operations works"
    )
    session_id: UUID = Field(description="本次登录 · the sign-in that is calling")

    @classmethod
    def of(cls, own: OwnAccount) -> Self:
        return cls(
            id=own.id,
            name=own.name,
            roles=list(own.roles),
            districts=None if own.districts is None else sorted(own.districts),
            enrolled_at=own.enrolled_at,
            second_factor_required=own.second_factor_required,
            session_id=own.session_id,
        )


class EnrolmentOut(Output):
    """Shown once. It counts when a code of it was shown to the confirmation."""

    secret: str = Field(description="手工输入用（Base32） · for typing in, base 32")
    otpauth_uri: str
    qr: str = Field(
        description="二维码图片（SVG data URI，可粘贴到浏览器地址栏）"
        " · its QR as an SVG picture in a `data:` address, which a browser shows"
    )

    @classmethod
    def of(cls, enrolment: Enrolment, qr: str) -> Self:
        return cls(secret=enrolment.secret, otpauth_uri=enrolment.otpauth_uri, qr=qr)


class SessionOut(Output):
    """A sign-in, kept for thirty days after its token ran out."""

    id: UUID
    state: SessionState
    agent: str = Field(
        examples=["Chrome, Windows"], description="程序与系统 · the program and its system"
    )
    address: str = Field(examples=["203.0.113.7"], description="客户端地址 · client address")
    signed_in_at: Instant
    last_seen_at: Instant = Field(description="最近一次请求，精确到分 · to the minute")
    ended_at: Instant | None


class EndedOut(Output):
    ended_count: int = Field(description="结束的登录数 · how many sign-ins were ended")
