"""How tills and staff get their tokens (OAuth 2), and how a till comes in.

The token endpoint speaks RFC 6749: a form in, its own error shape out.
"""

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Form, Request, Response
from fastapi.responses import JSONResponse

from app.platform.errors import Words
from app.routers.acting import Acting
from app.routers.guard import anyone, api_router
from app.routers.language import negotiate, say
from app.routers.origin import origin_of
from app.routers.rooms import R, Rooms
from app.schemas.identity import DeviceCredentials, OAuthProblem, OnboardingIn, TokenOut
from app.shared.identity.callers import Actor
from app.shared.identity.onboarding import onboard
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.refusals import (
    OAuthRefused,
    OnboardingCodeExpired,
    OnboardingCodeUnknown,
    OnboardingCodeUsed,
    invalid_client,
)
from app.shared.identity.sign_in import IssuedToken, till_token
from app.shared.identity.staff_sign_in import staff_token

router = api_router()

NO_STORE = {"Cache-Control": "no-store"}
PASSWORD, CLIENT_CREDENTIALS = "password", "client_credentials"
GRANT_UNKNOWN = Words(
    "grant_type 应为 password（工作人员）或 client_credentials（门店终端）。",
    "grant_type is password (staff) or client_credentials (tills).",
)
FIELDS_MISSING = Words(
    "password 方式需要 username 和 password。", "The password grant needs username and password."
)

GrantType = Annotated[
    str | None, Form(description="password / client_credentials", examples=[PASSWORD])
]
Field = Annotated[str | None, Form(max_length=256)]


@router.post(
    "/v1/oauth/token",
    summary="获取令牌",
    response_model=TokenOut,
    responses={
        400: {
            "model": OAuthProblem,
            "description": "`invalid_grant`, `mfa_required`, `invalid_request` …",
        },
        401: {"model": OAuthProblem, "description": "`invalid_client`"},
    },
)
@anyone(while_read_only=True)
async def issue_token(
    request: Request,
    actor: Acting,
    rooms: R,
    grant_type: GrantType = None,
    username: Field = None,
    password: Field = None,
    client_id: Field = None,
    client_secret: Field = None,
    scope: Annotated[str | None, Form(max_length=1000)] = None,
) -> JSONResponse:
    """Staff: `password` with name and password, one shift (8 h); an account with a second factor
    sends its six digits as `client_secret` (`mfa_required`: they were missing). Tills:
    `client_credentials`, 30 minutes. The client's two fields come by Basic header or in the form.
    `scope` is answered, not asked for."""
    try:
        if grant_type == PASSWORD:
            code = _client(request, client_id, client_secret)[1]
            issued = await _staff(request, rooms, actor, username, password, code)
        elif grant_type == CLIENT_CREDENTIALS:
            issued = await _till(rooms, actor, *_client(request, client_id, client_secret))
        elif grant_type:
            raise OAuthRefused("unsupported_grant_type", GRANT_UNKNOWN)
        else:
            raise OAuthRefused("invalid_request", GRANT_UNKNOWN)
    except OAuthRefused as refused:
        return _refuse(request, refused)
    return JSONResponse(TokenOut.model_validate(issued).model_dump(), headers=NO_STORE)


@router.post("/v1/store/devices", status_code=201, summary="用开通码接入终端")
@anyone(refuses=(OnboardingCodeUnknown, OnboardingCodeUsed, OnboardingCodeExpired))
async def connect_device(
    body: OnboardingIn, response: Response, actor: Acting, rooms: R
) -> DeviceCredentials:
    """Turn a one-use onboarding code into a client id and a secret, which are shown once.

    A merchant's code makes a client for the merchant's own system: `store` is then null.
    If the answer was lost, send the same code again within ten minutes and before the
    first token: the secret is then a fresh one, and the earlier one stops.
    """
    onboarded = await onboard(
        rooms.sessions,
        rooms.clock,
        CodeTexts(rooms.sealer, rooms.digester),
        actor=actor,
        code=body.onboarding_code,
        name=body.name or "",
    )
    response.headers.update(NO_STORE)
    return DeviceCredentials.model_validate(onboarded)


async def _staff(
    request: Request,
    rooms: Rooms,
    actor: Actor,
    name: str | None,
    password: str | None,
    code: str,
) -> IssuedToken:
    if not name or not password:
        raise OAuthRefused("invalid_request", FIELDS_MISSING)
    return await staff_token(
        rooms.sessions,
        rooms.clock,
        rooms.staff_door,
        rooms.refusals,
        actor=actor,
        name=name,
        password=password,
        code=code,
        origin=origin_of(request),
    )


async def _till(rooms: Rooms, actor: Actor, client_id: str, secret: str) -> IssuedToken:
    return await till_token(
        rooms.sessions,
        rooms.clock,
        rooms.own_tokens,
        rooms.refusals,
        actor=actor,
        client_id=client_id,
        secret=secret,
    )


def _client(request: Request, client_id: str | None, secret: str | None) -> tuple[str, str]:
    """Client id and secret, from the header if there is one: Swagger UI's dialog sends one."""
    basic = _basic(request.headers.get("authorization", ""))
    return basic or (client_id or "", secret or "")


def _basic(header: str) -> tuple[str, str] | None:
    """Client id and secret of a Basic header (form-encoded first, RFC 6749 section 2.3.1)."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid_client() from error
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _refuse(request: Request, refused: OAuthRefused) -> JSONResponse:
    language = negotiate(request.headers.get("accept-language"))
    request.scope["refusal_code"] = refused.error
    headers = {"Vary": "Accept-Language", **NO_STORE}
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="stores"'
    problem = OAuthProblem(
        error=refused.error, error_description=say(refused.description, language)
    )
    return JSONResponse(problem.model_dump(), refused.status, headers)
