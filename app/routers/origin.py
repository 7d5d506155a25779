"""Where a request comes from, as somebody reads it in a list of sign-ins."""

from fastapi import Request

from app.shared.identity.agents import describe_agent
from app.shared.identity.staff_guesses import Origin


def origin_of(request: Request) -> Origin:
    """The connection's own address: whoever sends a header may write what he likes into it."""
    address = request.client.host if request.client else ""
    return Origin(address, describe_agent(request.headers.get("user-agent", "")))
