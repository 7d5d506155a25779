"""What a sign-in's program is called in the list."""

import pytest

from app.shared.identity.agents import LONGEST, describe_agent

MOZILLA = "Mozilla/5.0 "
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (
            MOZILLA + "(Windows NT 10.0; Win64; x64) " + WEBKIT + "Chrome/131.0.0.0 Safari/537.36",
            "Chrome, Windows",
        ),
        (
            MOZILLA
            + "(Windows NT 10.0; Win64; x64) "
            + WEBKIT
            + "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Edge, Windows",
        ),
        (
            MOZILLA
            + "(Linux; Android 14; V2304A) "
            + WEBKIT
            + "Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.50",
            "WeChat, Android",
        ),
        (
            MOZILLA
            + "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            + "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            MOZILLA + "(Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox, macOS",
        ),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 500, "x" * LONGEST),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_program_is_told_by_its_header(header: str, told: str) -> None:
    assert describe_agent(header) == told
