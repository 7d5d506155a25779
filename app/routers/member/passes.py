"""The pass of one of my vouchers: as text for the app to draw, and drawn."""

from uuid import UUID

from fastapi import Response

from app.packs.breakfast.redemption_refusals import VoucherExpired, VoucherRedeemed, VoucherVoid
from app.packs.breakfast.show import ShownPass, show_pass
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.qr import NO_STORE, PNG, SVG, drawn_as, png_answer, svg_answer
from app.routers.rooms import R, Rooms
from app.schemas.redemptions import PassOut
from app.shared.identity.callers import Member

router = api_router()

PASS = "/v1/breakfast/vouchers/{voucher_id}/pass"
REFUSES = (VoucherRedeemed, VoucherExpired, VoucherVoid)


@router.get(PASS, summary="券的二维码内容", tags=["breakfast"])
@members_only(refuses=REFUSES)
async def get_pass(voucher_id: UUID, response: Response, member: MemberCaller, rooms: R) -> PassOut:
    """A pass signed now: show it as a QR, and fetch the next before `expires_at`."""
    response.headers.update(NO_STORE)
    return PassOut.of(await _show(rooms, member, voucher_id))


@router.get(
    PASS + ".svg",
    summary="券的二维码（SVG）",
    tags=["breakfast"],
    response_class=Response,
    responses=drawn_as(SVG),
)
@members_only(refuses=REFUSES)
async def get_pass_svg(voucher_id: UUID, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, for any size of screen."""
    return await svg_answer((await _show(rooms, member, voucher_id)).text)


@router.get(
    PASS + ".png",
    summary="券的二维码（PNG）",
    tags=["breakfast"],
    response_class=Response,
    responses=drawn_as(PNG),
)
@members_only(refuses=REFUSES)
async def get_pass_png(voucher_id: UUID, member: MemberCaller, rooms: R) -> Response:
    """The pass as a QR, as a picture."""
    return await png_answer((await _show(rooms, member, voucher_id)).text)


async def _show(rooms: Rooms, member: Member, voucher_id: UUID) -> ShownPass:
    return await show_pass(
        rooms.sessions,
        rooms.vouchers,
        rooms.passes,
        rooms.clock,
        member=member,
        voucher_id=voucher_id,
    )
