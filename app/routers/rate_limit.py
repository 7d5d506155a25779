"""Counting a request at the edge: by whom, and what the answer says of it.

The two headers are those of the IETF draft "RateLimit header fields for HTTP" (httpapi working
group, version 11). A refused caller reads the same number of seconds in `t` and `Retry-After`.
"""

from collections.abc import Hashable
from functools import cache

from fastapi import Request
from starlette.types import Scope

from app.platform.errors import QuotaExceeded
from app.routers.headers import headers_of
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.limits import MERCHANT_SYSTEM, RATES, TILL, RatePolicy, Rates

# Where the outermost layer looks for headers that every answer of this request carries.
LIMIT_HEADERS = "limit_headers"

_RATES = {policy.name: policy for policy in RATES}


def count_request(
    policy: RatePolicy, request: Request, caller: Member | Till | StaffMember | None
) -> None:
    """Count it against its caller's quota, once. Raises `QuotaExceeded`."""
    if LIMIT_HEADERS in request.scope:
        return
    counted, whom = _counted(policy, request, caller)
    rates: Rates = request.scope["app"].state["rates"]
    standing = rates.take(counted, whom)
    request.scope[LIMIT_HEADERS] = _headers(counted, standing.left, standing.for_s)
    if not standing.is_allowed:
        # By address are counted those whose token is nobody's, or everybody's.
        if caller is not None:
            token, asked = token_in(request.scope), asked_in(request.scope)
            rates.waits.note(token, asked, policy=counted.name, for_ns=standing.for_ns)
        raise QuotaExceeded(retry_after_s=standing.for_s, policy=counted.name)


def token_in(scope: Scope) -> bytes:
    """Unverified: one caller's requests carry one. Empty where there is none."""
    return headers_of(scope).get(b"authorization", b"")


def asked_in(scope: Scope) -> bytes:
    """Method and path, as they came."""
    return b"%b %b" % (scope["method"].encode(), scope["raw_path"])


def refused_headers(policy: str, for_s: int) -> list[tuple[bytes, bytes]]:
    """What its refusals say of that policy; nothing of one that is not a rate."""
    found = _RATES.get(policy)
    return [] if found is None else _headers(found, 0, for_s)


def _counted(
    policy: RatePolicy, request: Request, caller: Member | Till | StaffMember | None
) -> tuple[RatePolicy, Hashable]:
    if caller is None:
        # The connection's own address: whoever sends a header may write what he likes into it.
        return policy, request.client.host if request.client else ""
    if isinstance(caller, Till):
        is_system = policy is TILL and caller.merchant_id is not None
        return MERCHANT_SYSTEM if is_system else policy, caller.device_id
    return policy, caller.id


def _headers(policy: RatePolicy, left: int, for_s: int) -> list[tuple[bytes, bytes]]:
    name, fixed = _policy_header(policy)
    return [fixed, (b"ratelimit", b"%b;r=%d;t=%d" % (name, left, for_s))]


@cache
def _policy_header(policy: RatePolicy) -> tuple[bytes, tuple[bytes, bytes]]:
    name = f'"{policy.name}"'.encode()
    return name, (b"ratelimit-policy", b"%b;q=%d;w=%d" % (name, policy.quota, policy.window_s))
