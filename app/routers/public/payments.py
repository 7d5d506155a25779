"""What the payment provider tells us by itself. Whoever calls is known by the signature alone."""

from fastapi import Request

from app.platform.errors import BodyTooLarge
from app.routers.guard import anyone, api_router
from app.routers.rooms import R
from app.shared import payments
from app.shared.payments import BadSignature

router = api_router()


# Not limited: the provider comes from few addresses, and a stranger costs one signature.
@router.post("/v1/payments/wechat/notifications", status_code=204, summary="支付平台通知")
@anyone(refuses=(BadSignature, BodyTooLarge), limit=None)
async def take_notification(request: Request, rooms: R) -> None:
    """For WeChat Pay: payments and refunds, by API v3 (`Wechatpay-*` headers, an encrypted JSON
    body). 204 once what it says is written down; it may come again, late, and in any order."""
    await payments.take_notification(
        rooms.sessions, rooms.payments, headers=request.headers, body=await request.body()
    )
