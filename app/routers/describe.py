"""What a route's declaration says in the OpenAPI document."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.models.states import Role
from app.platform.errors import Refusal
from app.routers.reach import Reach
from app.schemas.base import Problem

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "member": [{"member": []}],
    "store": [{"store": []}, {"token": []}],
    "staff": [{"staff": []}, {"token": []}],
    "public": [],
}

SECURITY_SCHEMES: dict[str, Any] = {
    "member": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "会员 App 的令牌。本机：`./run token member M00000001`<br>"
            "The members' app's token. On this machine: `./run token member M00000001`"
        ),
    },
    "store": {
        "type": "oauth2",
        "description": "门店终端的客户端凭证 · a till's client credentials",
        "flows": {"clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": {}}},
    },
    "staff": {
        "type": "oauth2",
        "description": (
            "工作人员的账号和密码；已启用两步验证的，六位验证码填入 client_secret"
            "<br>A member of staff's name and password; with a second factor, "
            "its six digits go into client_secret"
        ),
        "flows": {"password": {"tokenUrl": "/v1/oauth/token", "scopes": {}}},
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "或粘贴一个现成的令牌 · or paste a token that you have. 本机 · on this machine: "
            "`./run token store QD0001`, `./run token staff administrator`"
        ),
    },
}

_FACT = re.compile(r"\{\w+\}")

_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 257},
    "example": '"2f9c1b6e-6d3a-4a1e-9b55-0d6f6f1f7a10"',
    "description": (
        "同一操作重试时使用同一个键 · one key per act, the same when it is repeated "
        "(a quoted string, or a bare UUID)"
    ),
}


def describe(
    audience: str,
    roles: Iterable[Role],
    *,
    reach: Reach | None,
    key: bool | None,
    refusals: Iterable[type[Refusal]],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The route's options with security, roles, reach, key and every refusal added.

    `key`: required, optional, or None for no key.
    """
    extra = dict(options.get("openapi_extra") or {})
    extra["security"] = SECURITY[audience]
    if roles := sorted(roles):
        extra["x-roles"] = [str(role) for role in roles]
    if reach is not None:
        extra["x-reach"] = str(reach)
    if key is not None:
        others = [p for p in extra.get("parameters", []) if p["name"] != _KEY_PARAMETER["name"]]
        extra["parameters"] = [*others, {**_KEY_PARAMETER, "required": key}]
    responses = {**(options.get("responses") or {}), **_refusal_responses(refusals)}
    return {**options, "openapi_extra": extra, "responses": responses}


def _refusal_responses(refusals: Iterable[type[Refusal]]) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int | str, list[type[Refusal]]] = {}
    for refusal in dict.fromkeys(refusals):
        by_status.setdefault(refusal.status, []).append(refusal)
    return {
        status: {**problem_description(kinds), "model": Problem}
        for status, kinds in sorted(by_status.items(), key=lambda pair: int(pair[0]))
    }


def problem_description(kinds: Iterable[type[Refusal]]) -> dict[str, Any]:
    """One status's answer: each refusal in both languages, its example by reference."""
    kinds = list(kinds)
    return {
        "description": "\n".join(
            f"- `{kind.code}` {kind.title.zh} · {kind.title.en}" for kind in kinds
        ),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds
                },
            }
        },
    }


def example(refusal: type[Refusal]) -> dict[str, Any]:
    """The problem document of a refusal, its facts left open."""
    return {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title.zh,
        "status": refusal.status,
        "detail": _FACT.sub("…", refusal.detail.zh),
        "code": refusal.code,
        "request_id": "01987b6c-0000-7000-8000-000000000000",
    }
