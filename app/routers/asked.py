"""202: nothing has happened yet, somebody else decides.

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
    return asked_response(asked.as_json().encode())


def asked_response(body: bytes, **headers: str) -> Response:
    """The same from its body, which is all that is kept for a repeat."""
    location = f"{APPROVALS}/{json.loads(body)['approval_id']}"
    return Response(body, 202, {"Location": location, **headers}, "application/json")
