"""What each operation of staff does, in Chinese, for the pages on which they work.

The words stand in `pages/staff_zh.txt`, one line an operation; the English is the docstring.
"""

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "pages" / "staff_zh.txt"


@cache
def told_in_chinese() -> dict[str, str]:
    """`GET /v1/admin/…` → what it does."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" | ") for line in lines if not line.startswith("#")]
    return {operation: words for operation, _, words in pairs if operation}


def in_both(operation: str, english: str) -> str:
    """An operation's description, Chinese first where there is any."""
    chinese = told_in_chinese().get(operation)
    return f"{chinese}\n\n{english}" if chinese else english
