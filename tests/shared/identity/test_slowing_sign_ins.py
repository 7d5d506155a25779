"""Guessing passwords of staff is slowed down, and does not keep the owner out."""

import asyncio
from collections import Counter as Tally

import pytest

from app.platform.errors import QuotaExceeded
from app.shared.identity.refusals import OAuthRefused
from app.shared.identity.staff_guesses import Origin
from app.shared.limits import PASSWORDS, PASSWORDS_ELSEWHERE
from tests.shared.identity.office import ELSEWHERE, HERE, NAME, PASSWORD, Office

pytestmark = pytest.mark.anyio


async def guess(office: Office, times: int, *, name: str = NAME, origin: Origin) -> Tally[str]:
    """What a stranger hears who tries so many passwords at once."""
    heard = await asyncio.gather(
        *(office.sign_in(name, f"guess number {each}", origin=origin) for each in range(times)),
        return_exceptions=True,
    )
    assert {type(each) for each in heard} <= {OAuthRefused, QuotaExceeded}
    return Tally("looked at" if isinstance(each, OAuthRefused) else "slowed down" for each in heard)


async def test_ten_passwords_are_looked_at_and_then_one_has_to_wait(office: Office) -> None:
    await office.account()
    assert await guess(office, 25, origin=ELSEWHERE) == {"looked at": 10, "slowed down": 15}
    with pytest.raises(QuotaExceeded) as slowed:
        await office.sign_in(origin=ELSEWHERE)
    assert 0 < int(slowed.value.headers["Retry-After"]) <= PASSWORDS.first_wait_s


async def test_right_ones_cost_nothing(office: Office) -> None:
    await office.account()
    for _ in range(PASSWORDS.most + 2):
        await office.sign_in(origin=ELSEWHERE)
    assert await guess(office, PASSWORDS.most, origin=ELSEWHERE) == {"looked at": PASSWORDS.most}


async def test_a_stranger_slows_down_himself_and_not_the_account(office: Office) -> None:
    await office.account()
    await guess(office, 25, origin=ELSEWHERE)
    assert await office.sign_in(origin=HERE), "from where it never signed in before"


async def test_a_forgotten_script_does_not_keep_out_the_browser_at_the_same_address(
    office: Office,
) -> None:
    await office.account()
    script = Origin(HERE.address, "python-requests/2.32")
    await guess(office, 25, origin=script)
    assert await office.sign_in(origin=HERE)


async def test_a_guesser_with_many_addresses_is_slowed_down_as_one(office: Office) -> None:
    await office.account()
    await office.sign_in(origin=HERE)
    heard: Tally[str] = Tally()
    for place in range(PASSWORDS_ELSEWHERE.most // PASSWORDS.most + 2):
        heard += await guess(office, PASSWORDS.most, origin=Origin(f"198.51.100.{place}", ""))
    assert heard["looked at"] == PASSWORDS_ELSEWHERE.most
    with pytest.raises(QuotaExceeded):
        await office.sign_in(origin=ELSEWHERE)
    assert await office.sign_in(origin=HERE), "its owner signed in from here before"


async def test_another_name_is_not_slowed_down(office: Office) -> None:
    await office.account()
    await office.account(name="另一位")
    await guess(office, 25, origin=ELSEWHERE)
    assert await office.sign_in("另一位", origin=ELSEWHERE)


async def test_names_that_nobody_has_are_slowed_down_alike(office: Office) -> None:
    heard = await guess(office, 25, name="没有这个人", origin=ELSEWHERE)
    assert heard == {"looked at": 10, "slowed down": 15}


@pytest.mark.parametrize("blanks", [" ", "  "])
async def test_a_name_with_blanks_around_is_the_same_name(office: Office, blanks: str) -> None:
    await office.account()
    await guess(office, PASSWORDS.most, origin=ELSEWHERE)
    with pytest.raises(QuotaExceeded):
        await office.sign_in(blanks + NAME, PASSWORD, origin=ELSEWHERE)
