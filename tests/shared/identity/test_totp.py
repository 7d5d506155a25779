"""Six digits from a secret and the time, against the vectors of their RFCs."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from app.shared.identity import totp

# RFC 4226 appendix D and RFC 6238 appendix B share this secret.
SECRET = b"12345678901234567890"
HOTP = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]
# Time and eight digits, of which an authenticator shows the last six.
TOTP = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
AT = 1_234_567_890
NOW = AT // 30


@pytest.mark.parametrize(("count", "digits"), list(enumerate(HOTP)))
def test_the_vectors_of_rfc_4226(count: int, digits: str) -> None:
    assert totp.code_of(SECRET, count) == digits


@pytest.mark.parametrize(("at", "digits"), TOTP)
def test_the_vectors_of_rfc_6238(at: int, digits: str) -> None:
    assert totp.matching_step(SECRET, digits[-6:], at) == at // 30


@pytest.mark.parametrize(("drift", "fits"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_a_clock_may_be_one_step_away_and_no_more(drift: int, fits: int) -> None:
    step = NOW + drift
    found = totp.matching_step(SECRET, totp.code_of(SECRET, step), AT)
    assert found == (step if fits else None)


@pytest.mark.parametrize("code", ["", "00592", "0059244", "abcdef", "８９００５９", "005925"])
def test_what_is_not_the_code_fits_no_step(code: str) -> None:
    assert totp.matching_step(SECRET, code, AT) is None


def test_blanks_are_as_the_app_shows_them() -> None:
    assert totp.matching_step(SECRET, " 005 924 ", AT) == NOW


def test_the_first_half_minute_of_1970_has_no_step_before_it() -> None:
    assert totp.matching_step(SECRET, HOTP[0], 0) == 0


def test_a_secret_is_read_as_it_was_written() -> None:
    assert totp.secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.read_secret(totp.secret_text(SECRET)) == SECRET


def test_the_address_names_issuer_account_and_secret() -> None:
    address = urlsplit(totp.otpauth_uri(SECRET, "林 主任:1&secret=x"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/五大礼包:林 主任:1&secret=x"
    assert parse_qs(address.query) == {
        "secret": [totp.secret_text(SECRET)],
        "issuer": ["五大礼包"],
    }
