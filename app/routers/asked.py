"""202: nothing has happened yet, somebody else decides, or a number that is to come.

A route whose act may need a second person has `responses=ASKED` and its answer's shape as
`response_model`, lists `ApprovalPending` among its refusals, and answers `asked_answer` where its
service hands it an `Asked`.
"""

import json
from typing import Any

from fastapi import Response

from app.schemas.approvals import AskedOut
from app.shared.approvals import Asked

APPROVALS = "/v1/admin/approvals"

ASKED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": AskedOut,
        "description": (
            "须由另一人审批，尚未执行 · a second person has to approve it; nothing has happened yet"
        ),
        "headers": {
            "Location": {
                "description": "审批申请的地址 · where the approval is",
                "schema": {"type": "string"},
            }
        },
    }
}


def asked_answer(asked: Asked) -> Response:
    """The answer to whoever asked, and where to see what becomes of it."""
    body = asked.as_json().encode()
    return Response(body, 202, {"Location": location_of(body, "")}, "application/json")


def location_of(body: bytes, path: str) -> str:
    """Where to see what becomes of a 202, from its body, which is all that is kept for a repeat:
    the `location` that it names, the approval, or else the thing itself under the `path` that
    was called."""
    answered = json.loads(body)
    if "location" in answered:
        return str(answered["location"])
    approval_id = answered.get("approval_id")
    return f"{APPROVALS}/{approval_id}" if approval_id else f"{path}/{answered['id']}"
