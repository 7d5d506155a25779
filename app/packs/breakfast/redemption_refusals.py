"""Every way in which a till, a pass or a reversal is told no (contract section 4)."""

from app.platform.errors import Refusal, Words


class StoreSuspended(Refusal):
    status, code = 403, "store_suspended"
    title = Words("门店已停用", "Store suspended")
    detail = Words(
        "本店目前不能核销，请联系工会。", "This store may not redeem now; ask the union."
    )


class RedemptionNoReused(Refusal):
    status, code = 422, "redemption_no_reused"
    title = Words("核销单号已用于另一张券", "Redemption number reused")
    detail = Words(
        "该单号已核销过另一张券；每次新的核销请用新单号。",
        "This number redeemed another voucher; each new redemption needs a new number.",
    )


class VoucherVoid(Refusal):
    status, code = 409, "voucher_void"
    title = Words("券已作废", "Voucher void")
    detail = Words("这张券已被作废。", "This voucher was made void.")


class AlreadyRedeemed(Refusal):
    """Facts: `first`, where and when: `{redeemed_at, store_name}`."""

    status, code = 409, "already_redeemed"
    title = Words("券已核销", "Already redeemed")
    detail = Words("这张券已经核销过。", "This voucher was redeemed before.")


class VoucherRedeemed(Refusal):
    """The holder's side of `already_redeemed`: a spent voucher shows no pass."""

    status, code = 409, "voucher_redeemed"
    title = Words("券已使用", "Voucher used")
    detail = Words("这张券已经用过了。", "This voucher has been used.")


class VoucherExpired(Refusal):
    """Facts: `valid_until`."""

    status, code = 409, "voucher_expired"
    title = Words("券已过期", "Voucher expired")
    detail = Words("有效期至 {valid_until}。", "It was valid until {valid_until}.")


class VoucherNotYetValid(Refusal):
    """Facts: `valid_from`."""

    status, code = 409, "voucher_not_yet_valid"
    title = Words("券尚未生效", "Not valid yet")
    detail = Words("自 {valid_from} 起可用。", "It is valid from {valid_from}.")


class StoreNotInBatch(Refusal):
    status, code = 409, "store_not_in_batch"
    title = Words("本店不在使用范围", "Not for this store")
    detail = Words("这批券不能在本店使用。", "This batch is not for this store.")


class OutsideHours(Refusal):
    """Facts: `opens`, `closes`, the store's hours as `HH:MM`; past midnight beyond 24:00."""

    status, code = 409, "outside_hours"
    title = Words("不在营业时间", "Outside hours")
    detail = Words("本店核销时间为 {opens}–{closes}。", "This store redeems {opens}–{closes}.")


class RedemptionUnknown(Refusal):
    """Then it is safe to send the redemption again."""

    status, code = 404, "redemption_unknown"
    title = Words("没有这笔核销", "Redemption unknown")
    detail = Words(
        "本店没有这个单号的核销；可以用同一单号重新提交。",
        "This store has no redemption of that number; it is safe to send it again.",
    )


class AlreadyReversed(Refusal):
    """Facts: `reversed_at`."""

    status, code = 409, "already_reversed"
    title = Words("已冲正", "Already reversed")
    detail = Words("这笔核销已经冲正。", "This redemption was reversed before.")


class ReversalWindowOver(Refusal):
    """Facts: `until`, when the store's own 24 hours ended."""

    status, code = 409, "reversal_window_over"
    matters = True
    title = Words("已过冲正时限", "Too late to reverse")
    detail = Words(
        "门店可在 {until} 前冲正；之后请联系工会。",
        "The store could reverse until {until}; ask the union now.",
    )


class TooManyReversals(Refusal):
    """Facts: `limit`, reversals a voucher."""

    status, code = 409, "too_many_reversals"
    matters = True
    title = Words("冲正次数过多", "Too many reversals")
    detail = Words(
        "每张券最多冲正 {limit} 次；请联系工会。",
        "A voucher can be reversed {limit} times at most; ask the union.",
    )
