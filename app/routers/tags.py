"""In which group an operation stands in the documents, and the order of the groups.

By path, the longest prefix wins. A new room is a line here; there is no document
while an operation has none.
"""

TAGS: dict[str, str] = {
    "/v1/oauth": "令牌 · Tokens",
    "/v1/campaign": "活动 · Campaign",
    "/v1/campaigns": "活动 · Campaign",
    "/v1/me": "我的 · Me",
    "/v1/me/consents": "个人信息 · Personal data",
    "/v1/me/data": "个人信息 · Personal data",
    "/v1/me/data-accesses": "个人信息 · Personal data",
    "/v1/me/erasure": "个人信息 · Personal data",
    "/v1/views": "浏览 · Page views",
    "/v1/files": "图片 · Pictures",
    "/v1/public/files": "图片 · Pictures",
    "/v1/wishes": "微心愿 · Wishes",
    "/v1/me/wishes": "微心愿 · Wishes",
    "/v1/me/wish-claims": "微心愿 · Wishes",
    "/v1/me/wish-dispatches": "微心愿 · Wishes",
    "/v1/breakfast": "早餐券 · Breakfast vouchers",
    "/v1/couplets": "春联 · Couplets",
    "/v1/health": "健康 · Health",
    "/v1/gift-boxes": "年货礼盒 · Gift boxes",
    "/v1/store": "本店 · This store",
    "/v1/store/devices": "终端接入 · Connecting a till",
    "/v1/store/redemptions": "核销 · Redemptions",
    "/v1/store/redemption-disputes": "核销 · Redemptions",
    "/v1/store/keys": "核销 · Redemptions",
    "/v1/store/test-passes": "认证测试 · Certification",
    "/v1/admin/campaigns": "各届活动 · Campaigns, staff",
    "/v1/admin/packs": "礼包开关 · Packs",
    "/v1/admin/wishes": "微心愿管理 · Wishes, staff",
    "/v1/admin/wish-volunteers": "微心愿管理 · Wishes, staff",
    "/v1/admin/breakfast": "早餐券管理 · Breakfast vouchers, staff",
    "/v1/admin/redemptions": "核销管理 · Redemptions, staff",
    "/v1/admin/refused-redemptions": "核销管理 · Redemptions, staff",
    "/v1/admin/redemption-disputes": "核销管理 · Redemptions, staff",
    "/v1/admin/files": "活动图片 · Pictures, staff",
    "/v1/admin/couplets": "春联管理 · Couplets, staff",
    "/v1/admin/health": "健康管理 · Health, staff",
    "/v1/admin/health/draws": "抽奖管理 · Draws, staff",
    "/v1/admin/gift-boxes": "年货管理 · Gift boxes, staff",
    "/v1/admin/gift-box-figures": "年货管理 · Gift boxes, staff",
    "/v1/admin/orders": "年货管理 · Gift boxes, staff",
    "/v1/admin/suppliers": "年货管理 · Gift boxes, staff",
    "/v1/admin/stores": "门店与终端 · Stores and tills",
    "/v1/admin/merchants": "商户 · Merchants",
    "/v1/admin/members": "会员 · Members",
    "/v1/admin/erasures": "个人信息 · Personal data",
    "/v1/admin/retention": "个人信息 · Personal data",
    "/v1/admin/staff": "工作人员账号 · Staff accounts",
    "/v1/admin/notice-templates": "通知管理 · Notices, staff",
    "/v1/admin/notice-sends": "通知管理 · Notices, staff",
    "/v1/admin/exports": "导出 · Exports",
    "/v1/admin/redemptions.{format}": "核销管理 · Redemptions, staff",
    "/v1/admin/refused-redemptions.{format}": "核销管理 · Redemptions, staff",
    "/v1/admin/approvals": "审批 · Approvals",
    "/v1/admin/approval-thresholds": "审批 · Approvals",
    "/v1/payments": "支付 · Payments",
    "/v1/admin/payments": "支付管理 · Payments, staff",
    "/v1/admin/payment-reconciliations": "支付管理 · Payments, staff",
    "/v1/admin/payment-differences": "支付管理 · Payments, staff",
    "/v1/admin/jobs": "后台任务 · Jobs",
    "/v1/admin/me": "我的账号 · My own account",
    "/v1/admin/report": "报告 · Report",
    "/v1/admin/report.json": "报告 · Report",
    "/v1/admin/report.xlsx": "报告 · Report",
    "/v1/admin/report.html": "报告 · Report",
    "/v1/admin/report.txt": "报告 · Report",
    "/v1/admin/read-only": "只读开关 · Read-only switch",
    "/v1/admin/conservation": "账目核对 · Conservation",
    "/v1/admin/audit": "审计 · Audit",
    "/v1/public/draws": "公开抽奖 · Draws",
    "/v1/public": "公开 · Public",
    "/": "运行 · Operations",
}


def tag_of(path: str) -> str:
    """The group of an operation by its path template. Raises `LookupError`."""
    fitting = [prefix for prefix in TAGS if _is_under(path, prefix)]
    if not fitting:
        raise LookupError(f"{path} stands in no group: give it a line in app/routers/tags.py")
    return TAGS[max(fitting, key=len)]


def _is_under(path: str, prefix: str) -> bool:
    if prefix == "/":
        return not path.startswith("/v1/")
    return path == prefix or path.startswith(f"{prefix}/")
