"""What people do with the started service: from the first sign-in to a voucher."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from answers import ask
from contents import expect
from engine import Fault

SIGN_IN = "/v1/oauth/token"
FORM = "application/x-www-form-urlencoded"
FACTOR = "/v1/admin/me/second-factor"
BATCHES = "/v1/admin/breakfast/batches"
# By contract a second; a busy machine may need longer.
FELT_WITHIN_S = 5
# The number is the standard's own example (GB 11643).
MEMBERS = """\
member_no,name,id_number,phone,district,categories
M00000001,张三,11010519491231002X,13800000000,shinan,outdoor
"""


def check_callers(password: str, member_token: str) -> None:
    """Passwords, keys, the provider, seals, the books and the turnstile, by one road."""
    status, answer = ask(SIGN_IN, credentials(password), FORM)
    expect("the first account signs in", status, 200)
    staff = str(answer["access_token"])
    status, problem = ask("/v1/admin/staff", token=staff)
    barred = (403, "second_factor_required")
    expect("and in production is held to a second factor", (status, problem["code"]), barred)
    enrol(staff, password)
    status, report = ask("/v1/admin/members/import", *members_file(), token=staff)
    expect("a member is imported", (status, report.get("added")), (200, 1))
    status, batch = act(BATCHES, staff, new_batch())
    expect("a batch is created", status, 201)
    status, _ = act(f"{BATCHES}/{batch['id']}/start", staff, {"reason": "check"})
    expect("and started", status, 200)
    status, voucher = act(f"/v1/breakfast/batches/{batch['id']}/claims", member_token)
    expect("the member claims a voucher of it", (status, voucher.get("state")), (201, "issued"))


def credentials(password: str) -> bytes:
    fields = {"grant_type": "password", "username": "operator", "password": password}
    return urlencode(fields).encode()


def enrol(token: str, password: str) -> None:
    status, enrolment = act(FACTOR, token)
    expect("it is shown a secret", status, 201)
    proof = {"password": password, "totp": digits(base64.b32decode(enrolment["secret"]))}
    status, _ = act(f"{FACTOR}/confirmation", token, proof)
    expect("and confirms it", status, 200)
    deadline = time.monotonic() + FELT_WITHIN_S
    while ask("/v1/admin/staff", token=token)[0] != 200:
        if time.monotonic() > deadline:
            raise Fault("a confirmed second factor lets nobody in")
        time.sleep(0.1)


def digits(secret: bytes) -> str:
    """What an authenticator shows just now (RFC 6238)."""
    digest = hmac.digest(secret, int(time.time() // 30).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def members_file() -> tuple[bytes, str]:
    mark = uuid4().hex
    part = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="members.csv"\r\n\r\n'
    )
    return f"{part}{MEMBERS}\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def new_batch() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "name": "check",
        "total": 1,
        "opens_at": now.isoformat(),
        "closes_at": (now + timedelta(hours=1)).isoformat(),
        "valid_days": 7,
        "face_value_fen": 500,
        "eligible_categories": ["outdoor"],
    }


def act(path: str, token: str, content: dict[str, Any] | None = None) -> tuple[int, Any]:
    """POST, once."""
    body = b"" if content is None else json.dumps(content).encode()
    return ask(path, body, "application/json", token=token, key=str(uuid4()))
