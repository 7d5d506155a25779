"""What people call the states that programs name, where a refusal shows one."""

from collections.abc import Iterable
from enum import StrEnum

from app.platform.errors import Words

STATE_WORDS: dict[str, Words] = {
    # Batches and their pools, packs.
    "draft": Words("草稿", "draft"),
    "running": Words("进行中", "running"),
    "paused": Words("已暂停", "paused"),
    "ended": Words("已结束", "ended"),
    "open": Words("开放中", "open"),
    "closed": Words("已关闭", "closed"),
    # The read-only switch.
    "on": Words("已开启", "on"),
    "off": Words("已关闭", "off"),
    "current": Words("已是当前活动", "the current one already"),
    # Vouchers and their redemptions.
    "issued": Words("未使用", "not used yet"),
    "redeemed": Words("已核销", "redeemed"),
    "expired": Words("已过期", "expired"),
    "void": Words("已作废", "void"),
    "reversed": Words("已冲正", "reversed"),
    "decided": Words("已裁定", "decided"),
    "not_for_testing": Words("非测试批次", "not a test batch"),
    "companion": Words("认证配套批次", "a companion of a test batch"),
    # Wishes, claims, and what staff ask.
    "pending_review": Words("待审核", "waiting for review"),
    "claimed": Words("已认领", "claimed"),
    "in_progress": Words("进行中", "in progress"),
    "submitted": Words("已提交待确认", "handed in and waiting to be confirmed"),
    "fulfilled": Words("已实现", "fulfilled"),
    "rejected": Words("未通过", "rejected"),
    "withdrawn": Words("已撤回", "withdrawn"),
    "released": Words("已退回", "given back"),
    "lapsed": Words("已失效", "lapsed"),
    "not_done": Words("未完成", "not done"),
    "offered": Words("已派单待答复", "asked and waiting for an answer"),
    "accepted": Words("已接受", "accepted"),
    "refused": Words("已婉拒", "declined"),
    "rated": Words("已评价", "rated"),
    # Talks and appointments.
    "registered": Words("已报名", "registered"),
    "attended": Words("已签到", "recorded as there"),
    "booked": Words("已预约", "booked"),
    "checked_in": Words("已到场签到", "checked in"),
    "no_show": Words("未到场", "not come"),
    "cancelled": Words("已取消", "cancelled"),
    "entered_in_error": Words("录入有误", "entered in error"),
    # Orders of gift boxes, and their lists.
    "placed": Words("待付款", "waiting to be paid"),
    "paid": Words("已付款", "paid"),
    "packed": Words("已备货", "packed"),
    "shipped": Words("已发货", "sent"),
    "picked_up": Words("已自提", "picked up"),
    "refunded": Words("已退款", "given back"),
    "unpaid": Words("未付款", "not paid"),
    "not_waiting": Words("不在候补中", "not on the list"),
    # Stores, devices, accounts, jobs, exports, approvals, files.
    "active": Words("正常", "active"),
    "suspended": Words("已暂停", "suspended"),
    "revoked": Words("已停用", "revoked"),
    "disabled": Words("已停用", "disabled"),
    "enrolled": Words("已启用两步验证", "enrolled"),
    "not_enrolled": Words("未启用两步验证", "not enrolled"),
    "queued": Words("排队中", "queued"),
    "leased": Words("处理中", "being done"),
    "done": Words("已完成", "done"),
    "failed": Words("已失败", "failed"),
    "superseded": Words("已被替代", "superseded"),
    "gone": Words("已过期删除", "gone"),
    "pending": Words("待处理", "pending"),
    "approved": Words("已通过", "approved"),
    "attached": Words("已使用", "attached"),
    "published": Words("已公布", "published"),
    # Consultations, experts and what cannot wait.
    "waiting": Words("等待接诊", "waiting for an expert"),
    "taken": Words("已接诊", "taken by an expert"),
    "acknowledged": Words("已确认", "acknowledged"),
    "named": Words("已显示姓名", "asked with a name"),
    "without_account": Words("没有账号", "without an account"),
}


def explained(states: Iterable[StrEnum]) -> str:
    """Every state with what people call it, for the description of a filter."""
    return "、".join(f"`{state}` {STATE_WORDS[state].zh}" for state in states)
