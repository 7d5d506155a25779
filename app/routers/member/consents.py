"""What I consent to: look, give, withdraw."""

from app.models.states import Purpose
from app.platform.errors import VersionStale
from app.routers.acting import Acting
from app.routers.guard import MemberCaller, api_router, members_only
from app.routers.language import Language, Spoken, say
from app.routers.rooms import R
from app.schemas.consents import ConsentIn, ConsentList, ConsentOut
from app.shared import consents
from app.shared.consents.purposes import current_text

router = api_router()

CONSENT = "/v1/me/consents/{purpose}"


@router.get("/v1/me/consents", summary="我的同意事项")
@members_only()
async def list_consents(member: MemberCaller, rooms: R, language: Spoken) -> ConsentList:
    """Every purpose with its text, in the language asked for, and how I stand to it."""
    standings = await consents.read_consents(rooms.sessions, member_id=member.id)
    return ConsentList(items=[_out(standing, language) for standing in standings])


@router.get(CONSENT, summary="某一用途的同意")
@members_only()
async def get_consent(
    purpose: Purpose, member: MemberCaller, rooms: R, language: Spoken
) -> ConsentOut:
    """One purpose with its text, and whether I consent."""
    standing = await consents.read_consent(rooms.sessions, member_id=member.id, purpose=purpose)
    return _out(standing, language)


@router.put(CONSENT, summary="同意或撤回同意")
@members_only(refuses=(VersionStale,))
async def set_consent(
    purpose: Purpose,
    body: ConsentIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    language: Spoken,
) -> ConsentOut:
    """Consent to the text of that version, or withdraw (`given: false`), one as easily as the
    other. 412 when the text has changed since: read it again."""
    standing = await consents.set_consent(
        rooms.sessions,
        rooms.clock,
        actor=actor,
        member_id=member.id,
        purpose=purpose,
        given=body.given,
        version=body.version,
        withdrawals=rooms.withdrawals,
    )
    return _out(standing, language)


def _out(standing: consents.Standing, language: Language) -> ConsentOut:
    shown = current_text(standing.purpose)
    return ConsentOut(
        purpose=standing.purpose,
        title=say(shown.title, language),
        text=say(shown.text, language),
        version=standing.version,
        given=standing.given,
        changed_version=standing.changed_version,
        changed_at=standing.changed_at,
        channel=standing.channel,
    )
