"""Wishes in two figures, for anybody."""

from typing import Annotated

from fastapi import Query

from app.packs.wishes.figures import public_figures
from app.platform.errors import InputInvalid, NotFound
from app.routers.guard import anyone, api_router
from app.routers.rooms import R
from app.schemas.base import Instant
from app.schemas.wishes import PublicFiguresOut

router = api_router()


@router.get("/v1/public/wishes/figures", summary="心愿数字")
@anyone(refuses=(NotFound, InputInvalid))
async def get_wish_figures(
    rooms: R,
    as_of: Annotated[
        Instant | None,
        Query(description="截至何时，默认现在 · as of when; what is younger is not asked for yet"),
    ] = None,
) -> PublicFiguresOut:
    """How many wishes were received and fulfilled, as of now or of any past time. `as_of` in
    the answer says of when it is: the last five seconds are not counted yet."""
    found = await public_figures(rooms.sessions, rooms.clock, as_of=as_of)
    return PublicFiguresOut.of(found)
