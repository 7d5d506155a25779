"""A store's own disputes."""

from fastapi import Request, Response

from app.packs.breakfast import disputes
from app.platform.errors import CursorInvalid
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.routers.store.redemptions import StoreNo
from app.schemas.base import PageOut
from app.schemas.disputes import OwnDisputeOut

router = api_router()


@router.get("/v1/store/redemption-disputes", summary="本店核销争议", tags=["redemptions"])
@tills_only(refuses=(CursorInvalid,))
async def list_own_disputes(
    request: Request,
    response: Response,
    till: TillCaller,
    rooms: R,
    page: Paging,
    store_no: StoreNo = None,
) -> PageOut[OwnDisputeOut]:
    """Vouchers that this store and another till both took, and what the union decided."""
    found = await disputes.list_own_disputes(
        rooms.sessions, till=till, page=page, store_no=store_no
    )
    link_next(request, response, found)
    shown = found.map(OwnDisputeOut.model_validate)
    return PageOut[OwnDisputeOut](items=shown.items, next_cursor=shown.next_cursor)
