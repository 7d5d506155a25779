"""Where breakfast is to be had."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import District
from app.packs.breakfast.nearby import Place, nearby_stores
from app.platform.errors import CursorInvalid, FieldError, InputInvalid, NotFound, Words
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.numerals import INTEGER, NUMBER
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.nearby import NearbyStoreList, NearbyStoreOut

router = api_router()

Latitude = Annotated[
    float | None,
    Query(ge=-90, le=90, allow_inf_nan=False, description="纬度 · degrees north"),
    NUMBER,
]
Longitude = Annotated[
    float | None,
    Query(ge=-180, le=180, allow_inf_nan=False, description="经度 · degrees east"),
    NUMBER,
]
Radius = Annotated[
    int | None, Query(ge=1, le=200_000, description="半径（米） · metres around the place"), INTEGER
]


@router.get("/v1/breakfast/stores", summary="附近可用门店")
@members_only(refuses=(CursorInvalid, InputInvalid, NotFound))
async def list_nearby_stores(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    lat: Latitude = None,
    lng: Longitude = None,
    radius_m: Radius = None,
    district: Annotated[District | None, Query(description="行政区 · a district")] = None,
    batch_id: Annotated[
        UUID | None, Query(description="只看可用此批券的门店 · where this batch is redeemed")
    ] = None,
) -> NearbyStoreList:
    """Partner stores, nearest first if you say where you are, else by number."""
    now = rooms.clock.now()
    found = await nearby_stores(
        rooms.sessions,
        now=now,
        page=page,
        place=_place(lat, lng, radius_m),
        radius_m=radius_m,
        district=district,
        batch_id=batch_id,
    )
    link_next(request, response, found)
    shown = found.map(NearbyStoreOut.of)
    return NearbyStoreList(items=shown.items, next_cursor=shown.next_cursor, server_time=now)


def _place(lat: float | None, lng: float | None, radius_m: int | None) -> Place | None:
    if lat is not None and lng is not None:
        return Place(lat, lng)
    if lat is None and lng is None and radius_m is None:
        return None
    missing = [name for name, value in (("lat", lat), ("lng", lng)) if value is None]
    raise InputInvalid(errors=tuple(_together(name) for name in missing))


def _together(name: str) -> FieldError:
    return FieldError(
        f"/query/{name}",
        Words("lat 与 lng 须同时给出", "lat and lng are given together"),
        "missing",
    )
