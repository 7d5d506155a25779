"""The room's own ways to say no."""

from app.platform.errors import Refusal, Words


class BadSignature(Refusal):
    """A notification that is not the provider's, or was held back and sent again later."""

    status, code = 401, "bad_signature"
    title = Words("签名无效", "Bad signature")
    detail = Words(
        "通知的签名缺失、无效或已过期。",
        "The notification's signature is missing, invalid or too old.",
    )


class RefundTooLarge(Refusal):
    status, code = 409, "refund_too_large"
    matters = True
    title = Words("退款超过已付金额", "More than was paid")
    detail = Words(
        "最多还可退 {left_fen} 分。", "No more than {left_fen} fen are left to be refunded."
    )


class BillNotReady(Refusal):
    status, code = 409, "bill_not_ready"
    title = Words("账单尚未生成", "No bill yet")
    detail = Words(
        "支付平台在次日上午才提供当天的账单。",
        "The provider makes a day's bill on the morning of the next.",
    )
