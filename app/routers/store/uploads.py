"""What a till scanned without a network: sent in one go, each scan answered alone."""

from fastapi import Request

from app.packs.breakfast import upload
from app.packs.breakfast.counter import Disputed, Outcome
from app.platform.errors import InputInvalid, Refusal, Words
from app.routers.acting import Acting
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.language import Language, negotiate, say
from app.routers.rooms import R
from app.routers.store.redemptions import REDEMPTIONS, StoreNo
from app.routers.uploaded import item_problems
from app.schemas.uploaded import BadItem, UploadOutcome
from app.schemas.uploads import UploadIn, UploadOut, UploadResult
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
    outcomes = iter(
        await upload.upload(
            rooms.counter,
            rooms.scanner,
            rooms.clock,
            till=till,
            actor=actor,
            sent_at=body.sent_at,
            scans=body.scans,
            store_no=body.store_no or store_no,
        )
    )
    return UploadOut(
        results=[
            _unreadable(place, item, language)
            if isinstance(item, BadItem)
            else _judged(item.redemption_no, next(outcomes), language)
            for place, item in enumerate(body.items)
        ]
    )


def _judged(redemption_no: str, outcome: Outcome, language: Language) -> UploadResult:
    detail: str | None = None
    if isinstance(outcome, Disputed):
        detail = say(DISPUTED, language)
    elif isinstance(outcome, Refusal):
        detail = say(outcome.detail, language, outcome.facts)
    return UploadResult.of(redemption_no, outcome, detail)


def _unreadable(place: int, item: BadItem, language: Language) -> UploadResult:
    return UploadResult(
        redemption_no=item.number,
        outcome=UploadOutcome.REFUSED,
        code=InputInvalid.code,
        detail=say(InputInvalid.detail, language),
        redemption=None,
        first=None,
        errors=item_problems(place, item, language),
    )
