"""The one table: who may ask how often, who may guess how often.

`GET /v1/public/limits` answers it; `docs/limits.md` prints it, and a house test compares them.
"""

from dataclasses import dataclass

from app.platform.errors import Words


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """`quota` requests a caller within `window_s` seconds, by one process.

    All of them may come at once; after that they come back evenly.
    """

    name: str
    quota: int
    window_s: int
    counted_by: Words
    about: Words


@dataclass(frozen=True, slots=True)
class GuessPolicy:
    """`most` wrong guesses a name within any `window_s` seconds, all processes together.

    With `first_wait_s` the name is slowed down then and not shut: one more guess after that
    long, another after twice as long, and so on, never longer than `longest_wait_s`.
    """

    name: str
    most: int
    window_s: int
    counted_by: Words
    about: Words
    first_wait_s: int = 0
    longest_wait_s: int = 0


@dataclass(frozen=True, slots=True)
class AtOncePolicy:
    """Requests that one process has in hand at the same time: of one caller at most `most`, of
    all together `in_all`. Past the first 429, past the second 503."""

    name: str
    most: int
    in_all: int
    counted_by: Words
    about: Words


MEMBER = RatePolicy(
    "member",
    quota=600,
    window_s=60,
    counted_by=Words("会员", "member"),
    about=Words("会员 App 的请求", "requests of the members' app"),
)
CLAIM = RatePolicy(
    "claim",
    quota=120,
    window_s=60,
    counted_by=Words("会员", "member"),
    about=Words("领取早餐券，各批次合计", "claims of breakfast vouchers, all batches together"),
)
PICTURES = RatePolicy(
    "pictures",
    quota=30,
    window_s=60,
    counted_by=Words("会员", "member"),
    about=Words("上传图片", "pictures sent"),
)
TILL = RatePolicy(
    "till",
    quota=1_200,
    window_s=60,
    counted_by=Words("门店终端", "store device"),
    about=Words("门店终端的请求", "requests of a store's device"),
)
MERCHANT_SYSTEM = RatePolicy(
    "merchant_system",
    quota=6_000,
    window_s=60,
    counted_by=Words("商户系统", "merchant's system"),
    about=Words(
        "商户自有系统的请求，各门店合计",
        "requests of a merchant's own system, all its stores together",
    ),
)
UPLOAD = RatePolicy(
    "upload",
    quota=60,
    window_s=60,
    counted_by=Words("门店终端或商户系统", "store device or merchant's system"),
    about=Words(
        "离线核销的批量上传，每次最多 500 条",
        "uploads of redemptions made offline, up to 500 in each",
    ),
)
STAFF = RatePolicy(
    "staff",
    quota=3_000,
    window_s=60,
    counted_by=Words("工作人员账号", "staff account"),
    about=Words("工作人员的请求", "requests of staff"),
)
PUBLIC = RatePolicy(
    "public",
    quota=6_000,
    window_s=60,
    counted_by=Words("客户端地址", "client address"),
    about=Words(
        "无需令牌的请求：获取令牌、终端接入、文档等",
        "requests without a token: getting one, connecting a till, documents",
    ),
)

VOUCHER_CODES = GuessPolicy(
    "voucher_codes",
    most=20,
    window_s=60,
    counted_by=Words("门店终端或商户系统", "store device or merchant's system"),
    about=Words("核销或查询时出示的错误券码", "wrong voucher codes, redeemed or looked up"),
)
DESK_CODES = GuessPolicy(
    "desk_codes",
    most=20,
    window_s=60,
    counted_by=Words("工作人员账号", "staff account"),
    about=Words(
        "领取台出示的错误二维码、代领码，或对不上的姓名与尾号",
        "wrong passes and codes at a desk, or names and digits that fit nobody",
    ),
)
# Sixty guesses an hour in the long run, and nobody waits longer than a minute.
PASSWORDS = GuessPolicy(
    "passwords",
    most=10,
    window_s=3_600,
    first_wait_s=5,
    longest_wait_s=60,
    counted_by=Words("账号名与来源", "account name and origin"),
    about=Words("工作人员的错误密码", "wrong passwords of staff"),
)
PASSWORDS_ELSEWHERE = GuessPolicy(
    "passwords_elsewhere",
    most=100,
    window_s=3_600,
    first_wait_s=5,
    longest_wait_s=60,
    counted_by=Words("账号名", "account name"),
    about=Words(
        "同上，来自该账号从未登录过的来源，合计",
        "the same from all origins where the account never signed in, together",
    ),
)
# A million codes, three good at a time, some thirty guesses a day: a thief of the password
# needs decades.
SECOND_FACTORS = GuessPolicy(
    "second_factors",
    most=5,
    window_s=86_400,
    first_wait_s=30,
    longest_wait_s=3_600,
    counted_by=Words("账号与密码", "account and its password"),
    about=Words("密码正确而六位验证码错误", "wrong six-digit codes after the right password"),
)

# So many are answered before a request's deadline by a process that manages 310 a second. More in
# hand, and a slow machine works for callers who have been told 503 meanwhile.
AT_ONCE = AtOncePolicy(
    "at_once",
    most=64,
    in_all=1_024,
    counted_by=Words("令牌", "token"),
    about=Words("同时处理中的请求", "requests in hand at the same time"),
)

RATES = (MEMBER, CLAIM, PICTURES, TILL, MERCHANT_SYSTEM, UPLOAD, STAFF, PUBLIC)
GUESSES = (VOUCHER_CODES, DESK_CODES, PASSWORDS, PASSWORDS_ELSEWHERE, SECOND_FACTORS)
