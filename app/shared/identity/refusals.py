"""Every way in which this room says no, beyond the common ones of `app/platform/errors.py`."""

from app.models.states import District
from app.platform.errors import Forbidden, Refusal, Words


class MemberNotRegistered(Refusal):
    """The token is good; nobody of that number is in the union's books."""

    status, code = 403, "member_not_registered"
    title = Words("尚未登记为会员", "Not a registered member")
    detail = Words(
        "该账号尚未登记为工会会员，请联系所在工会。",
        "This account is not registered as a union member; please ask your union branch.",
    )


class NotEligible(Refusal):
    """Facts: `rule`, the categories, any of which would do; `lapsed`, the member's
    own that ran out, with its last day, or null."""

    status, code = 403, "not_eligible"
    title = Words("不在领取范围", "Not eligible")
    detail = Words(
        "仅限以下类别会员领取：{rule}。", "Only members of these categories may claim: {rule}."
    )


class OnboardingCodeUnknown(Refusal):
    status, code = 404, "onboarding_code_unknown"
    title = Words("开通码不存在", "Onboarding code unknown")
    detail = Words(
        "请核对开通码；如仍无效，请联系工会工作人员重新开具。",
        "Check the code; if it still does not work, ask the union's staff for a new one.",
    )


class OnboardingCodeUsed(Refusal):
    status, code = 409, "onboarding_code_used"
    title = Words("开通码已使用", "Onboarding code used")
    detail = Words(
        "该开通码已接入过终端；每台终端需要自己的开通码。",
        "This code has set up a device already; each device needs a code of its own.",
    )


class OnboardingCodeExpired(Refusal):
    status, code = 409, "onboarding_code_expired"
    title = Words("开通码已过期", "Onboarding code expired")
    detail = Words(
        "开通码自开具起 24 小时内有效，请联系工会工作人员重新开具。",
        "A code is good for 24 hours; ask the union's staff for a new one.",
    )


class LastAdministrator(Refusal):
    """Nobody would be left who can let anybody in."""

    status, code = 409, "last_administrator"
    matters = True
    title = Words("最后一名管理员", "The last administrator")
    detail = Words(
        "至少须保留一名启用的管理员账号，请先设置另一名管理员。",
        "One enabled administrator must remain; make somebody else one first.",
    )


class OutsideDistricts(Forbidden):
    """A plain `forbidden` that says why: the account is limited to districts, and this
    concerns the whole city, or another of them."""

    detail = Words(
        "该账号仅限本区（见 districts），不能办理全市或其他区的事项。",
        "This account is limited to its districts (see districts); this concerns others too.",
    )

    def __init__(self, districts: frozenset[District]) -> None:
        super().__init__(rule="districts", districts=sorted(districts))


class SecondFactorRequired(Refusal):
    """One of the account's roles demands a second factor, and it has none yet."""

    status, code = 403, "second_factor_required"
    title = Words("须先启用两步验证", "A second factor is required")
    detail = Words(
        "该账号的角色要求两步验证，请先在 /v1/admin/me/second-factor 启用。",
        "A role of this account demands a second factor; enrol one at /v1/admin/me/second-factor.",
    )


class PasswordWrong(Refusal):
    """Of somebody who is signed in and has to prove it again."""

    status, code = 403, "password_wrong"
    matters = True
    title = Words("密码不正确", "The password is wrong")
    detail = Words("请输入当前密码。", "Give the account's present password.")


class SecondFactorWrong(Refusal):
    """Wrong, too old, or used before."""

    status, code = 403, "second_factor_wrong"
    matters = True
    title = Words("验证码不正确", "The code is wrong")
    detail = Words(
        "六位验证码不正确、已过期或已使用，请等待下一个。",
        "The six digits are wrong, too old, or were used before; wait for the next ones.",
    )


# Not a failure but the next step: the password was right, the six digits are due.
CODE_DUE = "mfa_required"
INVALID_GRANT = "invalid_grant"


class OAuthRefused(Exception):
    """A no of the token endpoint, in the shape of RFC 6749 section 5.2.

    Not a problem document: OAuth clients read `error`. `status` is 401 when the
    client itself is not believed, else 400.
    """

    def __init__(self, error: str, description: Words, *, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


def invalid_client() -> OAuthRefused:
    words = Words(
        "client_id 或密钥不正确，或终端已被停用。",
        "Client id or secret is wrong, or the device was revoked.",
    )
    return OAuthRefused("invalid_client", words, status=401)


def invalid_grant() -> OAuthRefused:
    words = Words(
        "账号或密码不正确，或账号已停用。",
        "Name or password is wrong, or the account is disabled.",
    )
    return OAuthRefused(INVALID_GRANT, words)


def code_required() -> OAuthRefused:
    """Said to nobody who has not shown the right password."""
    words = Words(
        "该账号已启用两步验证，请将六位验证码填入 client_secret。",
        "This account has a second factor: send its six digits as client_secret.",
    )
    return OAuthRefused(CODE_DUE, words)


def code_wrong() -> OAuthRefused:
    words = Words(
        "六位验证码不正确、已过期或已使用，请等待下一个。",
        "The six digits are wrong, too old, or were used before; wait for the next ones.",
    )
    return OAuthRefused(INVALID_GRANT, words)
