"""What a till does about its own client: a new secret without a gap."""

from fastapi import Response

from app.routers.acting import Acting
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.rooms import R
from app.schemas.identity import RolledSecretOut
from app.shared.identity.device_secrets import roll_secret

router = api_router()


@router.post("/v1/store/devices/me/secret", status_code=201, summary="换发终端密钥")
@tills_only(verb="device.roll_secret")
async def roll_client_secret(
    till: TillCaller, actor: Acting, response: Response, rooms: R
) -> RolledSecretOut:
    """A new secret for this client, shown once. Keep it, then fetch a token with it: from that
    token on it is the current one, and the secret before works for one more hour, so that other
    machines of the same system can follow. If the answer was lost, ask again: the pending secret
    is replaced, and the current one works on meanwhile."""
    rolled = await roll_secret(rooms.sessions, till=till, actor=actor)
    response.headers["Cache-Control"] = "no-store"
    return RolledSecretOut.model_validate(rolled)
