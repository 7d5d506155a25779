"""What a `User-Agent` header tells a person: which program, on which system. Pure.

Enough to know one's own sign-ins again; nothing is decided by it.
"""

import re

LONGEST = 60
# The first that fits names it: every browser also claims to be those further down.
_PROGRAMS = (
    ("Edge", re.compile(r"\bEdgA?/")),
    ("WeChat", re.compile(r"\bMicroMessenger/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Chrome|CriOS)/")),
    ("Safari", re.compile(r"\bSafari/")),
)
_SYSTEMS = (
    ("iOS", re.compile(r"\b(iPhone|iPad)\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("HarmonyOS", re.compile(r"\b(OpenHarmony|HarmonyOS)\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
_PRODUCT = re.compile(r"[\w.+-]+(/[\w.+-]+)?", re.ASCII)


def describe_agent(header: str) -> str:
    """`Chrome, Windows`; of a program that is no browser its own name, `curl/8.5.0`; else ``."""
    known = [_first(table, header) for table in (_PROGRAMS, _SYSTEMS)]
    if any(known):
        return ", ".join(filter(None, known))
    product = _PRODUCT.match(header)
    return product[0][:LONGEST] if product else ""


def _first(table: tuple[tuple[str, re.Pattern[str]], ...], header: str) -> str | None:
    return next((name for name, pattern in table if pattern.search(header)), None)
