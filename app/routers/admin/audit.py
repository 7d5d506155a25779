"""The ledger for auditors: who did what, and the head of the chain that proves it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid, NotFound
from app.routers.guard import api_router, staff_only
from app.routers.numerals import INTEGER
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.audit import AuditEntryOut, AuditHeadOut
from app.schemas.base import Instant, PageOut
from app.shared.ledger import Wanted, find_head, list_entries

router = api_router()

AUDIT = "/v1/admin/audit"
READERS = (Role.PRIVACY_OFFICER,)
Word = Annotated[str | None, Query(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=80)]


@router.get(AUDIT, summary="审计日志")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_audit_entries(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    actor: Annotated[
        UUID | None,
        Query(description="账号、会员、门店或商户 · account, member, store or merchant"),
    ] = None,
    verb: Annotated[Word, Query(examples=["breakfast.batch.start"])] = None,
    refused: Annotated[
        bool | None, Query(description="只看被拒绝的或已执行的 · refused only, or done only")
    ] = None,
    object_kind: Annotated[Word, Query(examples=["batch"])] = None,
    object_id: UUID | None = None,
    since: Annotated[
        Instant | None, Query(alias="from", description="起（含） · from, inclusive")
    ] = None,
    until: Annotated[
        Instant | None, Query(alias="to", description="止（不含） · to, exclusive")
    ] = None,
    request_id: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.:-]{8,64}$")] = None,
) -> PageOut[AuditEntryOut]:
    """Every change, every refusal that matters, every look at personal data, newest first.

    Fields are named, values are not shown: only keyed digests before and after.
    """
    wanted = Wanted(
        actor_id=actor,
        verb=verb,
        refused=refused,
        object_kind=object_kind,
        object_id=object_id,
        since=since,
        until=until,
        request_id=request_id,
    )
    found = await list_entries(rooms.sessions, wanted=wanted, page=page)
    link_next(request, response, found)
    shown = found.map(AuditEntryOut.of)
    return PageOut[AuditEntryOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(AUDIT + "/head", summary="审计日志链首")
@staff_only(*READERS, reads=True, refuses=(NotFound,))
async def get_audit_head(
    rooms: R,
    number: Annotated[
        int | None,
        Query(ge=1, le=2**53, description="某次封存，默认最新 · one seal, the newest by default"),
        INTEGER,
    ] = None,
) -> AuditHeadOut:
    """The newest seal's head, for publishing; or an earlier one's, to compare with what was
    written down. Whoever has changed a row since, and every seal after it, cannot have changed
    the copy elsewhere."""
    return AuditHeadOut.of(await find_head(rooms.sessions, number=number))
