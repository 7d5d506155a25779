"""Partner stores for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import District, Role, StoreState
from app.platform.errors import AlreadyExists, CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut, Reason
from app.schemas.seed_ids import FIRST_STORE_ID, FIRST_STORE_NO
from app.schemas.stores import StoreIn, StoreNo, StoreOut
from app.shared.idempotency import Once
from app.shared.identity import stores
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.stores import StoreFacts

router = api_router()

STORES = "/v1/admin/stores"
READERS = (Role.STORE_MANAGER, Role.CAMPAIGN_MANAGER, Role.FINANCE)
StoreId = Annotated[UUID, Path(examples=[str(FIRST_STORE_ID)])]


@router.get(STORES, summary="门店")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid,))
async def list_stores(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    store_no: Annotated[StoreNo | None, Query(examples=[FIRST_STORE_NO])] = None,
    district: District | None = None,
    state: StoreState | None = None,
) -> PageOut[StoreOut]:
    """Stores by number, suspended ones too."""
    found = await stores.list_stores(
        rooms.sessions,
        page=page,
        districts=staff.districts,
        store_no=store_no,
        district=district,
        state=state,
    )
    link_next(request, response, found)
    shown = found.map(StoreOut.of)
    return PageOut[StoreOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(STORES, status_code=201, summary="新建门店")
@staff_only(
    Role.STORE_MANAGER,
    verb="store.create",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(AlreadyExists,),
)
async def create_store(
    body: StoreIn, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StoreOut:
    """One store; a merchant of unknown name is created with it."""
    opens, closes = body.minutes()
    store = await stores.create_store(
        rooms.sessions,
        rooms.clock,
        once.answering(201, _render),
        actor=actor,
        **body.model_dump(exclude={"opens", "closes"}),
        opens=opens,
        closes=closes,
        districts=staff.districts,
    )
    return StoreOut.of(store)


@router.get(STORES + "/{store_id}", summary="一家门店")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT)
async def get_store(store_id: StoreId, staff: StaffCaller, rooms: R) -> StoreOut:
    """One store with its hours and its state."""
    return StoreOut.of(
        await stores.find_store(rooms.sessions, store_id=store_id, districts=staff.districts)
    )


@router.post(STORES + "/{store_id}/suspend", summary="暂停门店")
@staff_only(
    Role.STORE_MANAGER,
    verb="store.suspend",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def suspend_store(
    store_id: StoreId, body: Reason, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StoreOut:
    """It redeems nothing until it is restored; what it redeemed stands."""
    return await _move(rooms, once, staff, actor, store_id, "suspend", body.reason)


@router.post(STORES + "/{store_id}/restore", summary="恢复门店")
@staff_only(
    Role.STORE_MANAGER,
    verb="store.restore",
    reach=Reach.DISTRICT,
    key=OPTIONAL,
    refuses=(StateConflict,),
)
async def restore_store(
    store_id: StoreId, body: Reason, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StoreOut:
    """A suspended store redeems again."""
    return await _move(rooms, once, staff, actor, store_id, "restore", body.reason)


def _render(store: StoreFacts) -> str:
    return StoreOut.of(store).model_dump_json()


async def _move(
    rooms: Rooms,
    once: Once,
    staff: StaffMember,
    actor: Actor,
    store_id: UUID,
    act: str,
    reason: str,
) -> StoreOut:
    store = await stores.move_store(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _render),
        actor=actor,
        store_id=store_id,
        act=act,
        reason=reason,
        districts=staff.districts,
    )
    return StoreOut.of(store)
