"""What is shown of a value that may not be shown. Pure; the one place where it is decided."""

STARS_AFTER_NAME = 2
PHONE_HEAD, PHONE_TAIL = 3, 4
ACCOUNT_TAIL = 4
STAR = "*"


def mask_name(name: str) -> str:
    """`张三丰` → `张**`: the first character, and at most two stars for the rest.

    A name of one character shows nothing.
    """
    if len(name) < 2:
        return STAR * len(name)
    return name[0] + STAR * min(len(name) - 1, STARS_AFTER_NAME)


def mask_phone(phone: str) -> str:
    """`13812341234` → `138****1234`; a number too short for that keeps its last two digits."""
    hidden = len(phone) - PHONE_HEAD - PHONE_TAIL
    if hidden < PHONE_TAIL:
        return STAR * max(len(phone) - 2, 0) + phone[-2:]
    return phone[:PHONE_HEAD] + STAR * hidden + phone[-PHONE_TAIL:]


def mask_account(number: str) -> str:
    """`6222020200112345678` → `***************5678`; a short one shows nothing."""
    if len(number) <= 2 * ACCOUNT_TAIL:
        return STAR * len(number)
    return STAR * (len(number) - ACCOUNT_TAIL) + number[-ACCOUNT_TAIL:]


def hide(text: str) -> str:
    """Nothing, not even the length."""
    return STAR * 4 if text else ""
