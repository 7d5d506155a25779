"""WeChat Pay, API v3, as a direct merchant whose app pays (ADR 30). One of the port's providers.

Every request is signed with the merchant's key, every answer and notification is checked against
the platform's keys, which change: nothing unsigned is believed, a refusal neither.
"""

from app.shared.payments.wechat.account import Account, account_of
from app.shared.payments.wechat.client import WechatPay, open_client

__all__ = ["Account", "WechatPay", "account_of", "open_client"]
