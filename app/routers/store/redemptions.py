"""The till: look up, redeem under the store's own number, ask, list, undo."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.packs.breakfast import redeem, reverse
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    AlreadyReversed,
    OutsideHours,
    RedemptionNoReused,
    RedemptionUnknown,
    ReversalWindowOver,
    StoreNotInBatch,
    StoreSuspended,
    TooManyReversals,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherVoid,
)
from app.platform.errors import CursorInvalid
from app.routers.acting import Acting, actor_of
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import Day, PageOut
from app.schemas.redemptions import (
    REDEMPTION_NO_PATTERN,
    STORE_NO_PATTERN,
    HandoutOut,
    LookUpIn,
    RedeemIn,
    RedemptionOut,
    ReversalIn,
)
from app.shared.counter.refusals import CodeMalformed, CodeUnknown, PassExpired

router = api_router()

REDEMPTIONS = "/v1/store/redemptions"
RedemptionNo = Annotated[
    str,
    Path(
        pattern=REDEMPTION_NO_PATTERN,
        examples=["T1-20230105-0001"],
        description="门店自编单号，本店内唯一 · the store's own number, unique in the store",
    ),
]
StoreNo = Annotated[
    str | None,
    Query(
        pattern=STORE_NO_PATTERN,
        description="商户系统必填：为哪家门店调用 · merchants' systems: for which store",
    ),
]
VOUCHER_REFUSALS = (
    CodeMalformed,
    CodeUnknown,
    PassExpired,
    VoucherVoid,
    AlreadyRedeemed,
    VoucherExpired,
    VoucherNotYetValid,
    StoreNotInBatch,
    OutsideHours,
)


@router.get(REDEMPTIONS, summary="本店核销记录", tags=["redemptions"])
@tills_only(refuses=(CursorInvalid,))
async def list_redemptions(
    request: Request,
    response: Response,
    till: TillCaller,
    rooms: R,
    page: Paging,
    date: Annotated[
        Day | None, Query(description="上海日期，默认今天 · Shanghai day, today by default")
    ] = None,
    store_no: StoreNo = None,
) -> PageOut[RedemptionOut]:
    """What this store redeemed on a day, newest first, reversed ones too."""
    found = await redeem.list_redemptions(
        rooms.sessions, rooms.clock, till=till, page=page, day=date, store_no=store_no
    )
    link_next(request, response, found)
    shown = found.map(RedemptionOut.model_validate)
    return PageOut[RedemptionOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(REDEMPTIONS + "/lookup", summary="查验（不核销）", tags=["redemptions"])
@tills_only(verb="breakfast.voucher.look_up", refuses=(StoreSuspended, *VOUCHER_REFUSALS))
async def look_up_voucher(
    body: LookUpIn, till: TillCaller, actor: Acting, rooms: R, store_no: StoreNo = None
) -> HandoutOut:
    """What redeeming this would hand out, or why it would be refused. Changes nothing."""
    found = await redeem.look_up(
        rooms.counter,
        rooms.scanner,
        rooms.sealer,
        now=rooms.clock.now(),
        till=till,
        actor=actor,
        text=body.code,
        store_no=body.store_no or store_no,
    )
    return HandoutOut.of(found)


@router.put(
    REDEMPTIONS + "/{redemption_no}",
    status_code=201,
    summary="核销",
    tags=["redemptions"],
    responses={200: {"model": RedemptionOut, "description": "此前已核销 · redeemed before"}},
)
@tills_only(
    verb="breakfast.voucher.redeem",
    refuses=(StoreSuspended, RedemptionNoReused, *VOUCHER_REFUSALS),
    front=True,
)
async def redeem_voucher(
    redemption_no: RedemptionNo,
    body: RedeemIn,
    request: Request,
    response: Response,
    till: TillCaller,
    rooms: R,
    store_no: StoreNo = None,
) -> RedemptionOut:
    """Redeem a voucher by its code or pass. Repeat it with the same number as you like."""
    redeemed = await redeem.redeem(
        rooms.counter,
        rooms.scanner,
        rooms.clock,
        till=till,
        actor=actor_of(request),
        redemption_no=redemption_no,
        text=body.code,
        device_time=body.redeemed_at,
        store_no=body.store_no or store_no,
    )
    if redeemed.repeated:
        response.status_code = 200
    return RedemptionOut.model_validate(redeemed.redemption)


@router.get(REDEMPTIONS + "/{redemption_no}", summary="查询一笔核销", tags=["redemptions"])
@tills_only(refuses=(RedemptionUnknown,))
async def get_redemption(
    redemption_no: RedemptionNo, till: TillCaller, rooms: R, store_no: StoreNo = None
) -> RedemptionOut:
    """What became of a number whose answer was lost. Unknown: it is safe to send again."""
    found = await redeem.find_redemption(
        rooms.sessions, till=till, redemption_no=redemption_no, store_no=store_no
    )
    return RedemptionOut.model_validate(found)


@router.post(
    REDEMPTIONS + "/{redemption_no}/reversal", summary="冲正一笔核销", tags=["redemptions"]
)
@tills_only(
    verb="breakfast.voucher.reverse",
    refuses=(RedemptionUnknown, AlreadyReversed, ReversalWindowOver, TooManyReversals),
)
async def reverse_redemption(
    redemption_no: RedemptionNo,
    body: ReversalIn,
    till: TillCaller,
    actor: Acting,
    rooms: R,
    store_no: StoreNo = None,
) -> RedemptionOut:
    """Undo a redemption of this store within 24 hours; the voucher may be used again."""
    reversed_ = await reverse.reverse(
        rooms.sessions,
        rooms.clock,
        till=till,
        actor=actor,
        redemption_no=redemption_no,
        reason=body.reason,
        store_no=body.store_no or store_no,
    )
    return RedemptionOut.model_validate(reversed_)
