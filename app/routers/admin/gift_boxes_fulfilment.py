"""Orders of gift boxes on their way: packed, sent, and a supplier's money; for staff and suppliers.

Stands before `orders.py`, by its name: a path of one word there would be taken for an order's id.
"""

from typing import Annotated
from uuid import UUID

from fastapi import File, Path, Query, Request, Response, UploadFile

from app.models.states import Role
from app.models.states_gift_boxes import DeliveryMode, OrderState
from app.packs.gift_boxes import packing
from app.packs.gift_boxes.packing import PackingFilters
from app.packs.gift_boxes.packing_file import packing_file
from app.packs.gift_boxes.shipments import import_shipments
from app.packs.gift_boxes.supplier_sheet import supplier_sheet
from app.platform.errors import CursorInvalid, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.language import negotiate
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.routers.sent_files import TABLE_RESPONSES, FileFormat, table_answer
from app.schemas.base import Day, PageOut, Reason
from app.schemas.gift_boxes_fulfilment import PackedList, PackedOut, PackIn, PackingLineOut
from app.schemas.imports import ImportOut
from app.shared.exports.refusals import TooManyRows
from app.shared.imports.refusals import (
    EncodingUnknown,
    FileEmpty,
    FileUnreadable,
    HeaderWrong,
    WorkbookTooLarge,
)

router = api_router()

ORDERS = "/v1/admin/orders"
PACKERS = (Role.SHOP_MANAGER, Role.SUPPLIER)
OrderId = Annotated[UUID, Path(description="见打包单 · as listed")]
InState = Annotated[
    OrderState,
    Query(description="`paid` 待打包，`packed` 已打包 · to be packed, or packed"),
]
ByMode = Annotated[DeliveryMode | None, Query(description="自提或配送 · how it is had")]
OfBox = Annotated[UUID | None, Query(description="此礼盒 · of this box")]
AtSite = Annotated[UUID | None, Query(description="自提点 · picked up there")]
# Some ten thousand orders; each is a move of its own, with its history.
MOST_BYTES, DEADLINE_S = 8 * 1024 * 1024, 15 * 60
SHEET_DEADLINE_S = 60


@router.get(ORDERS + "/packing", summary="待打包清单")
@staff_only(*PACKERS, reads=True, refuses=(CursorInvalid,))
async def list_orders_to_pack(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    state: InState = OrderState.PAID,
    mode: ByMode = None,
    box_id: OfBox = None,
    site_id: AtSite = None,
) -> PageOut[PackingLineOut]:
    """What is to be packed, whoever ordered first, first. Suppliers see their own boxes."""
    filters = PackingFilters(state, mode, box_id, site_id)
    found = await packing.list_packing(rooms.sessions, staff=staff, filters=filters, page=page)
    link_next(request, response, found)
    shown = found.map(PackingLineOut.of)
    return PageOut[PackingLineOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    ORDERS + "/packing.{format}",
    summary="打包单文件",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(*PACKERS, verb="gift_boxes.order.show_address", reads=True, refuses=(TooManyRows,))
async def download_packing_list(
    form: FileFormat,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    state: InState = OrderState.PAID,
    mode: ByMode = None,
    box_id: OfBox = None,
    site_id: AtSite = None,
) -> Response:
    """The list with the addresses of what is sent; members can see that theirs was handed on. Up
    to 5,000 lines: narrow it by box or site."""
    content = await packing_file(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        staff=staff,
        actor=actor,
        filters=PackingFilters(state, mode, box_id, site_id),
        form=form,
    )
    return table_answer(content, form, "packing")


@router.post(ORDERS + "/packed", summary="标记已打包")
@staff_only(*PACKERS, verb="gift_boxes.order.pack", key=OPTIONAL)
async def pack_orders(
    body: PackIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> PackedList:
    """One or many are packed; each is answered for itself, and what is packed already stays so."""
    results = await packing.pack_orders(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: PackedList.of(each).model_dump_json()),
        staff=staff,
        actor=actor,
        order_ids=body.order_ids,
    )
    return PackedList.of(results)


@router.post(ORDERS + "/{order_id}/unpacking", summary="撤销打包")
@staff_only(*PACKERS, verb="gift_boxes.order.unpack", key=OPTIONAL, refuses=(StateConflict,))
async def unpack_order(
    order_id: OrderId, body: Reason, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> PackedOut:
    """It was not packed after all: it waits to be packed."""
    result = await packing.unpack_order(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: PackedOut.of(each).model_dump_json()),
        staff=staff,
        actor=actor,
        order_id=order_id,
        reason=body.reason,
    )
    return PackedOut.of(result)


@router.post(ORDERS + "/shipments/import", summary="导入运单")
@staff_only(
    *PACKERS,
    verb="gift_boxes.order.import_shipments",
    refuses=(FileEmpty, FileUnreadable, EncodingUnknown, HeaderWrong, WorkbookTooLarge),
    deadline_s=DEADLINE_S,
    body_limit_bytes=MOST_BYTES,
)
async def import_shipments_file(
    file: Annotated[
        UploadFile,
        File(description="CSV（UTF-8 或 GB18030）或 XLSX · CSV (UTF-8 or GB18030) or XLSX"),
    ],
    request: Request,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
) -> ImportOut:
    """Packed orders are on their way. A bad row stops nothing; the same file again changes
    nothing; another number corrects what is on its way.

    Columns: `order_no, carrier, number`; `order_no` is the order's id.
    """
    report = await import_shipments(
        rooms.sessions, rooms.clock, staff=staff, actor=actor, file=file.file
    )
    return ImportOut.of(report, negotiate(request.headers.get("accept-language")))


@router.get(
    ORDERS + "/supplier-sheet.{format}",
    summary="供应商对账单",
    response_class=Response,
    responses=TABLE_RESPONSES,
)
@staff_only(
    Role.SHOP_MANAGER,
    Role.FINANCE,
    Role.SUPPLIER,
    reads=True,
    refuses=(NotFound, TooManyRows),
    deadline_s=SHEET_DEADLINE_S,
)
async def download_supplier_sheet(
    form: FileFormat,
    staff: StaffCaller,
    rooms: R,
    since: Annotated[Day, Query(description="起始日（含） · first day", examples=["2023-01-01"])],
    until: Annotated[Day, Query(description="截止日（含） · last day", examples=["2023-01-31"])],
    merchant_id: Annotated[
        UUID | None, Query(description="供应商，不填为全部 · whose; all within reach if not given")
    ] = None,
) -> Response:
    """Payments less refunds of a supplier's boxes, line by line, to the fen; the last line is the
    sum. Suppliers have their own."""
    content = await supplier_sheet(
        rooms.sessions,
        staff=staff,
        merchant_id=merchant_id,
        since=since,
        until=until,
        form=form,
    )
    return table_answer(content, form, f"supplier-sheet-{since:%Y%m%d}-{until:%Y%m%d}")
