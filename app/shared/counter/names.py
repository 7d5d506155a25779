"""Names that are spoken at a counter. Pure."""

import unicodedata


def plain_name(name: str) -> str:
    """Width, case and blanks make no other name."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
