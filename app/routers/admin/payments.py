"""Money, for staff: payments and what was said of them, refunds, bills compared, differences."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import Role
from app.models.states_of_payments import DifferenceState, PaymentState
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import Day, PageOut
from app.schemas.payments import (
    DifferenceOut,
    PaymentOut,
    ReconciliationIn,
    ReconciliationOut,
    RefundIn,
    RefundOut,
    ResolutionIn,
    WholePaymentOut,
)
from app.shared import payments
from app.shared.approvals import ApprovalPending, Asked
from app.shared.idempotency import Once
from app.shared.payments import BillNotReady, RefundTooLarge

router = api_router()

PAYMENTS = "/v1/admin/payments"
RECONCILIATIONS = "/v1/admin/payment-reconciliations"
DIFFERENCES = "/v1/admin/payment-differences"
READERS = (Role.FINANCE, Role.SHOP_MANAGER)
PaymentId = Annotated[UUID, Path(description="见支付列表 · as listed")]
ReconciliationId = Annotated[UUID, Path(description="见对账列表 · as listed")]
DifferenceId = Annotated[UUID, Path(description="见差异列表 · as listed")]


@router.get(PAYMENTS, summary="支付单")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_payments(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[PaymentState | None, Query(description="不填为全部 · all if absent")] = None,
    payable_id: Annotated[UUID | None, Query(description="如订单号 · an order's id, say")] = None,
    number: Annotated[
        str | None,
        Query(pattern=r"^[0-9A-Za-z_|*-]{1,64}$", description="商户或平台订单号 · ours or theirs"),
    ] = None,
) -> PageOut[PaymentOut]:
    """Attempts to pay, the last begun first."""
    found = await payments.list_payments(
        rooms.sessions, page=page, state=state, payable_id=payable_id, number=number
    )
    link_next(request, response, found)
    shown = found.map(PaymentOut.model_validate)
    return PageOut[PaymentOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(PAYMENTS + "/{payment_id}", summary="一笔支付单")
@staff_only(*READERS, reads=True)
async def get_payment(payment_id: PaymentId, rooms: R) -> WholePaymentOut:
    """With its refunds, and all that the provider said of it, in the order of hearing."""
    return WholePaymentOut.of(await payments.find_payment(rooms.sessions, payment_id=payment_id))


@router.post(
    PAYMENTS + "/{payment_id}/refunds",
    status_code=201,
    summary="退款",
    response_model=RefundOut,
    responses=ASKED,
)
@staff_only(
    Role.FINANCE,
    verb="refund.ask",
    key=OPTIONAL,
    refuses=(StateConflict, RefundTooLarge, ApprovalPending),
)
async def refund_payment(
    payment_id: PaymentId, body: RefundIn, actor: Acting, rooms: R, once: OnceKey
) -> RefundOut | Response:
    """Give so much of it back, the whole or a part. Conflict: no money came. 202: it is more than
    one may alone, counted over 24 hours."""
    refund = await payments.refund_by_staff(
        rooms.sessions,
        rooms.payments,
        once.answering(201, lambda made: RefundOut.model_validate(made).model_dump_json()),
        actor=actor,
        payment_id=payment_id,
        amount_fen=body.amount_fen,
        reason=body.reason,
    )
    return asked_answer(refund) if isinstance(refund, Asked) else RefundOut.model_validate(refund)


@router.get(RECONCILIATIONS, summary="对账记录")
@staff_only(Role.FINANCE, reads=True, refuses=(CursorInvalid,))
async def list_reconciliations(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    day: Annotated[Day | None, Query(description="不填为全部 · all if absent")] = None,
) -> PageOut[ReconciliationOut]:
    """Days whose bill was compared, the last begun first."""
    found = await payments.list_reconciliations(rooms.sessions, page=page, day=day)
    link_next(request, response, found)
    shown = found.map(ReconciliationOut.model_validate)
    return PageOut[ReconciliationOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(RECONCILIATIONS, status_code=201, summary="对账")
@staff_only(
    Role.FINANCE,
    verb="reconciliation.run",
    key=OPTIONAL,
    refuses=(BillNotReady, StateConflict),
)
async def start_reconciliation(
    body: ReconciliationIn, actor: Acting, rooms: R, once: OnceKey
) -> ReconciliationOut:
    """Have a day's bill fetched and compared; look at it again to see how far it is. Conflict: it
    is under way, or the day has not begun. Yesterday's is compared by itself."""
    started = await payments.start_reconciliation(
        rooms.sessions,
        rooms.payments,
        once.answering(201, lambda run: ReconciliationOut.model_validate(run).model_dump_json()),
        actor=actor,
        day=body.day,
    )
    return ReconciliationOut.model_validate(started)


@router.get(RECONCILIATIONS + "/{reconciliation_id}", summary="对账进度")
@staff_only(Role.FINANCE, reads=True)
async def get_reconciliation(reconciliation_id: ReconciliationId, rooms: R) -> ReconciliationOut:
    """How many lines of how many, and both sides' sums once it is done."""
    found = await payments.find_reconciliation(rooms.sessions, reconciliation_id=reconciliation_id)
    return ReconciliationOut.model_validate(found)


@router.get(DIFFERENCES, summary="对账差异")
@staff_only(Role.FINANCE, reads=True, refuses=(CursorInvalid,))
async def list_differences(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[
        DifferenceState | None, Query(description="不填为全部 · all if absent")
    ] = None,
) -> PageOut[DifferenceOut]:
    """Where the provider and we do not say the same, the last found first."""
    found = await payments.list_differences(rooms.sessions, page=page, state=state)
    link_next(request, response, found)
    shown = found.map(DifferenceOut.model_validate)
    return PageOut[DifferenceOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(DIFFERENCES + "/{difference_id}/take", summary="认领差异")
@staff_only(Role.FINANCE, verb="payment_difference.take", key=OPTIONAL, refuses=(StateConflict,))
async def take_difference(
    difference_id: DifferenceId, actor: Acting, rooms: R, once: OnceKey
) -> DifferenceOut:
    """See to it; it is yours from now on."""
    taken = await payments.take_difference(
        rooms.sessions, rooms.clock, _answering(once), actor=actor, difference_id=difference_id
    )
    return DifferenceOut.model_validate(taken)


@router.post(DIFFERENCES + "/{difference_id}/resolution", summary="处理差异")
@staff_only(Role.FINANCE, verb="payment_difference.resolve", key=OPTIONAL, refuses=(StateConflict,))
async def resolve_difference(
    difference_id: DifferenceId, body: ResolutionIn, actor: Acting, rooms: R, once: OnceKey
) -> DifferenceOut:
    """Say how it was settled. Conflict: somebody else sees to it, or it is settled."""
    resolved = await payments.resolve_difference(
        rooms.sessions,
        rooms.clock,
        _answering(once),
        actor=actor,
        difference_id=difference_id,
        resolution=body.resolution,
    )
    return DifferenceOut.model_validate(resolved)


def _answering(once: Once) -> Once:
    return once.answering(200, lambda each: DifferenceOut.model_validate(each).model_dump_json())
