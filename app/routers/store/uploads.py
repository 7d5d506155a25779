"""What a till scanned without a network: sent in one go, each scan answered alone."""

from fastapi import Request

from app.packs.breakfast import upload
from app.packs.breakfast.counter import Disputed, Outcome
from app.platform.errors import Words
from app.routers.acting import Acting
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.language import negotiate
from app.routers.rooms import R
from app.routers.store.redemptions import REDEMPTIONS, StoreNo
from app.routers.uploaded import answered, as_refused, why
from app.schemas.uploaded import BadItem
from app.schemas.uploads import UploadIn, UploadItem, UploadOut, UploadResult
from app.shared.limits import UPLOAD

router = api_router()

DISPUTED = Words(
    "另一终端已先核销此券；两次扫码均已保留，由工会裁定。",
    "Another till was first; both scans are kept, and the union decides.",
)


@router.post(REDEMPTIONS + "/batch", summary="补传离线核销", tags=["redemptions"])
@tills_only(verb="breakfast.voucher.redeem", limit=UPLOAD)
async def upload_redemptions(
    body: UploadIn,
    request: Request,
    till: TillCaller,
    actor: Acting,
    rooms: R,
    store_no: StoreNo = None,
) -> UploadOut:
    """Send what was scanned offline, up to 500 at a time; repeat it as often as you like.

    Each item is answered on its own: `accepted`, `repeated` (known from before),
    `disputed` (another till was first; the union decides) or `refused` with its code.
    """
    language = negotiate(request.headers.get("accept-language"))
    outcomes = await upload.upload(
        rooms.counter,
        rooms.scanner,
        rooms.clock,
        till=till,
        actor=actor,
        sent_at=body.sent_at,
        scans=body.scans,
        store_no=body.store_no or store_no,
    )

    def judged(item: UploadItem, outcome: Outcome) -> UploadResult:
        detail = why(outcome, Disputed, DISPUTED, language)
        return UploadResult.of(item.redemption_no, outcome, detail)

    def unreadable(place: int, item: BadItem) -> UploadResult:
        refused = as_refused(place, item, language)
        return UploadResult(redemption_no=item.number, redemption=None, first=None, **refused)

    return UploadOut(results=answered(body.items, outcomes, judged=judged, unreadable=unreadable))
