"""What a store's system must get right before it is let in, case by case. Plain data.

`docs/for-stores.md` prints this list; a house test compares them.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    OutsideHours,
    ReversalWindowOver,
    StoreNotInBatch,
    TooManyReversals,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherVoid,
)
from app.platform.errors import Words
from app.shared.counter.refusals import CodeMalformed, CodeUnknown, PassExpired

ACCEPTED, DISPUTED = "accepted", "disputed"


class Act(StrEnum):
    """The call whose answer is announced."""

    REDEEM = "redeem"
    UPLOAD = "upload"
    REVERSE = "reverse"


class CaseName(StrEnum):
    TYPED = "typed"
    SCANNED = "scanned"
    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    FORGED = "forged"
    OLD_PASS = "old_pass"
    VOID = "void"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    EARLY = "early"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"
    OFFLINE = "offline"
    DISPUTED = "disputed"
    TOO_LATE = "too_late"
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, slots=True)
class Case:
    """`expected`: `accepted`, `disputed`, or the code of the refusal."""

    name: CaseName
    act: Act
    expected: str
    about: Words


CASES = (
    Case(
        CaseName.TYPED,
        Act.REDEEM,
        ACCEPTED,
        Words("手工输入券码，核销成功", "typed by hand, it is redeemed"),
    ),
    Case(
        CaseName.SCANNED,
        Act.REDEEM,
        ACCEPTED,
        Words(
            "扫二维码核销成功；二维码 60 秒内有效，过后用 test-passes 换新",
            "scanned, it is redeemed; the pass is good for 60 seconds, test-passes renews it",
        ),
    ),
    Case(
        CaseName.MISTYPED,
        Act.REDEEM,
        CodeMalformed.code,
        Words("校验位不符", "its check symbol is wrong"),
    ),
    Case(
        CaseName.UNKNOWN,
        Act.REDEEM,
        CodeUnknown.code,
        Words("格式正确，但没有这张券", "well formed, but no voucher has it"),
    ),
    Case(
        CaseName.FORGED,
        Act.REDEEM,
        CodeUnknown.code,
        Words("二维码不是本系统签发的", "a pass that somebody else signed"),
    ),
    Case(
        CaseName.OLD_PASS,
        Act.REDEEM,
        PassExpired.code,
        Words("一小时前的二维码", "a pass that is an hour old"),
    ),
    Case(CaseName.VOID, Act.REDEEM, VoucherVoid.code, Words("已作废的券", "a voucher made void")),
    Case(
        CaseName.REDEEMED,
        Act.REDEEM,
        AlreadyRedeemed.code,
        Words("本店另一终端已核销", "another till of this store has redeemed it"),
    ),
    Case(
        CaseName.EXPIRED,
        Act.REDEEM,
        VoucherExpired.code,
        Words("昨日到期", "valid until yesterday"),
    ),
    Case(
        CaseName.EARLY,
        Act.REDEEM,
        VoucherNotYetValid.code,
        Words("其他测试券到期之日才生效", "valid from the day on which the others expire"),
    ),
    Case(
        CaseName.ELSEWHERE,
        Act.REDEEM,
        StoreNotInBatch.code,
        Words("所属批次不在任何门店使用", "of a batch that no store redeems"),
    ),
    Case(
        CaseName.CLOSED,
        Act.REDEEM,
        OutsideHours.code,
        Words("所属批次全天都在营业时间之外", "of a batch that has no hours at all"),
    ),
    Case(
        CaseName.OFFLINE,
        Act.UPLOAD,
        ACCEPTED,
        Words("断网时扫码，补传后受理", "scanned offline, accepted when it is uploaded"),
    ),
    Case(
        CaseName.DISPUTED,
        Act.UPLOAD,
        DISPUTED,
        Words("补传时另一终端已先核销", "another till was first when it is uploaded"),
    ),
    Case(
        CaseName.TOO_LATE,
        Act.REVERSE,
        ReversalWindowOver.code,
        Words("两天前核销，已过冲正时限", "redeemed two days ago"),
    ),
    Case(
        CaseName.TOO_OFTEN,
        Act.REVERSE,
        TooManyReversals.code,
        Words("此券已冲正十次", "its voucher was reversed ten times"),
    ),
)
