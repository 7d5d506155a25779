"""For developers of tills: the passes of test codes, which no member's app shows."""

from fastapi import Response

from app.packs.breakfast.show import show_test_pass
from app.routers.guard import api_router, tills_only
from app.routers.rooms import R
from app.schemas.certification import PassOfTestCodeIn
from app.schemas.redemptions import PassOut
from app.shared.counter.refusals import CodeMalformed, CodeUnknown

router = api_router()


@router.post("/v1/store/test-passes", summary="测试券的二维码内容")
@tills_only(refuses=(CodeMalformed, CodeUnknown))
async def show_pass_of_test_code(body: PassOfTestCodeIn, response: Response, rooms: R) -> PassOut:
    """A pass signed now for a test code, whatever its state: what the holder's app would show.
    Every other code is answered as unknown."""
    response.headers["Cache-Control"] = "no-store"
    return PassOut.of(
        await show_test_pass(
            rooms.sessions, rooms.vouchers, rooms.passes, rooms.clock, code=body.code
        )
    )
