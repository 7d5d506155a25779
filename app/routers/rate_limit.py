"""Counting a request at the edge: by whom, and what the answer says of it.

The two headers are those of the IETF draft "RateLimit header fields for HTTP" (httpapi working
group, version 11). A refused caller reads the same number of seconds in `t` and `Retry-After`.
"""

from collections.abc import Hashable
from functools import cache

from fastapi import Request

from app.platform.errors import QuotaExceeded
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.limits import MERCHANT_SYSTEM, TILL, RatePolicy, Rates, Standing

# Where the outermost layer looks for headers that every answer of this request carries.
LIMIT_HEADERS = "limit_headers"


def count_request(
    policy: RatePolicy, request: Request, caller: Member | Till | StaffMember | None
) -> None:
    """Count it against its caller's quota, once. Raises `QuotaExceeded`."""
    if LIMIT_HEADERS in request.scope:
        return
    counted, whom = _counted(policy, request, caller)
    rates: Rates = request.scope["app"].state["rates"]
    standing = rates.take(counted, whom)
    request.scope[LIMIT_HEADERS] = _headers(counted, standing)
    if not standing.is_allowed:
        raise QuotaExceeded(retry_after_s=standing.for_s, policy=counted.name)


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


def _headers(policy: RatePolicy, standing: Standing) -> list[tuple[bytes, bytes]]:
    name, fixed = _policy_header(policy)
    return [fixed, (b"ratelimit", b"%b;r=%d;t=%d" % (name, standing.left, standing.for_s))]


@cache
def _policy_header(policy: RatePolicy) -> tuple[bytes, tuple[bytes, bytes]]:
    name = f'"{policy.name}"'.encode()
    return name, (b"ratelimit-policy", b"%b;q=%d;w=%d" % (name, policy.quota, policy.window_s))
