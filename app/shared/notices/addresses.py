"""Where a webhook may lead: to the public internet, whatever its name's owner says.

A name is resolved once, every address that it has is judged, and the connection goes to one of
those that were judged. So no answer of the name's server, now or a moment later, leads inside.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from app.platform.jobs import JobFailed

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]

# RFC 6052: an IPv4 address behind a translator, in the last four bytes.
_TRANSLATED = IPv6Network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, in the order in which the system would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def judged_addresses(
    host: str, port: int, *, loopback: bool, ask: Resolve = resolve
) -> list[str]:
    """The addresses to connect to. `loopback` admits this machine as well, for tests.

    Raises `JobFailed`: `name_unresolved`, or for good `address_refused` if one of them leads
    inside, because then somebody has made a mistake or means harm.
    """
    try:
        addresses = await ask(host, port)
    except (OSError, UnicodeError) as error:
        raise JobFailed("name_unresolved") from error
    if not addresses or not all(is_allowed(each, loopback=loopback) for each in addresses):
        raise JobFailed("address_refused", for_good=True)
    return addresses


def is_allowed(address: str, *, loopback: bool = False) -> bool:
    """Whether it is an address of the public internet, also through what it embeds."""
    found = ip_address(address.partition("%")[0])
    meant = _embedded(found) or found
    if meant.is_loopback:
        return loopback
    return meant.is_global and not (meant.is_multicast or meant.is_reserved)


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this IPv6 address ends at."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
