"""How often anyone may ask: the one table, published."""

from app.routers.guard import anyone, api_router
from app.schemas.limits import LimitsOut

router = api_router()


@router.get("/v1/public/limits", summary="访问频率限制一览")
@anyone(asks_nobody=True)
async def get_limits() -> LimitsOut:
    """Requests a caller and window, and wrong guesses a name and window.

    Every answer of a limited operation says in `RateLimit` how many are left.
    """
    return LimitsOut.published()
