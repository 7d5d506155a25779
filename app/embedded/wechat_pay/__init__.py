"""A sandbox of the payment provider: WeChat Pay's API v3 on loopback, for one machine and tests.

The real one lies outside the project. This one speaks the same protocol (signed requests, signed
answers, encrypted notifications, certificates that change, refunds, bills), written from the
protocol's description and not from our client, so that an error of one is noticed by the other.
Nobody's money moves. What goes wrong on the real one's side can be switched on (`Mishaps`).

Beside the provider's own paths it has `/sandbox/…`: the payer's phone and the switches.
"""

from app.embedded.wechat_pay.keys import Merchant, Platform, merchant_of
from app.embedded.wechat_pay.mishaps import Mishaps
from app.embedded.wechat_pay.sandbox import Sandbox
from app.embedded.wechat_pay.server import SandboxServer

__all__ = ["Merchant", "Mishaps", "Platform", "Sandbox", "SandboxServer", "merchant_of"]
