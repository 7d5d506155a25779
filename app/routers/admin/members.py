"""Members for staff: found, masked, and their categories. Every look is logged."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import Role
from app.platform.errors import CursorInvalid, FieldError, InputInvalid, VersionStale, Words
from app.routers.acting import Acting
from app.routers.guard import Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import PageOut
from app.schemas.members import CategoriesIn, MemberNo, PhoneLast4, StaffMemberOut
from app.schemas.seed_ids import FIRST_MEMBER_ID, FIRST_MEMBER_NO
from app.shared.identity import members

router = api_router()

MEMBERS = "/v1/admin/members"
MemberId = Annotated[UUID, Path(examples=[str(FIRST_MEMBER_ID)])]
NOTHING_ASKED = Words(
    "请填写 member_no 或 phone_last4",
    "give member_no or phone_last4; there is no list of everybody",
)


@router.get(MEMBERS, summary="查找会员")
@staff_only(
    Role.CAMPAIGN_MANAGER,
    Role.PRIVACY_OFFICER,
    Role.WISH_REVIEWER,
    verb="member.find",
    reads=True,
    reach=Reach.DISTRICT,
    refuses=(CursorInvalid, InputInvalid),
)
async def find_members(
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
    member_no: Annotated[MemberNo | None, Query(examples=[FIRST_MEMBER_NO])] = None,
    phone_last4: Annotated[PhoneLast4 | None, Query()] = None,
) -> PageOut[StaffMemberOut]:
    """By number or by the phone's last four digits, masked. The members can see that you looked."""
    if member_no is None and phone_last4 is None:
        raise InputInvalid(errors=(FieldError("/query/member_no", NOTHING_ASKED, "missing"),))
    found = await members.find_members(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        rooms.digester,
        staff=staff,
        actor=actor,
        page=page,
        member_no=member_no,
        phone_last4=phone_last4,
    )
    link_next(request, response, found)
    shown = found.map(StaffMemberOut.of)
    return PageOut[StaffMemberOut](items=shown.items, next_cursor=shown.next_cursor)


@router.put(MEMBERS + "/{member_id}/categories", summary="设置会员类别")
@staff_only(
    Role.CAMPAIGN_MANAGER,
    verb="member.set_categories",
    reach=Reach.DISTRICT,
    refuses=(VersionStale,),
)
async def set_categories(
    member_id: MemberId, body: CategoriesIn, staff: StaffCaller, actor: Acting, rooms: R
) -> StaffMemberOut:
    """Exactly these categories, from the member's next press on. Logged."""
    member = await members.set_categories(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        staff=staff,
        actor=actor,
        member_id=member_id,
        categories=body.held(),
        version=body.version,
    )
    rooms.directory.forget_all()
    return StaffMemberOut.of(member)
