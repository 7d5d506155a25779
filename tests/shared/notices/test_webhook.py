"""The webhook against a real server: signed as the standard says, and never led inside."""

import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.models.states import NoticeChannel, NoticeOutcome
from app.platform.errors import Words
from app.platform.jobs import JobFailed
from app.shared.notices import Content, Message, webhook_carrier
from app.shared.notices.addresses import is_allowed
from app.shared.notices.signature import parse_secrets, sign
from app.shared.notices.webhook_carrier import open_client
from tests.shared.notices.office import webhook
from tests.shared.notices.receiver import SECRET, Receiver, is_signed, receiving

pytestmark = pytest.mark.anyio

JOB = UUID(int=7)
OTHER_SECRET = "whsec_" + b64encode(b"the-secret-that-is-coming-next..").decode()
NAME = "platform.example"
MESSAGE = Message(
    notice_id=UUID(int=1),
    channel=NoticeChannel.PUSH,
    kind="test.calm",
    member_no="M00000001",
    content=Content(Words("题", "Title"), Words("文", "Text")),
    created_at=datetime(2023, 1, 5, tzinfo=UTC),
    not_after=None,
)

# The vector of the standard's own reference libraries.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID, VECTOR_AT, VECTOR_BODY = (
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
)
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client() as client:
        yield client


class Resolver:
    """A server of names in the hands of a stranger: each question has its answer in turn."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


def named(receiver: Receiver, name: str = NAME) -> str:
    return receiver.url.replace("127.0.0.1", name)


async def failure(carrier: Any) -> tuple[str, bool]:
    with pytest.raises(JobFailed) as failed:
        await carrier.deliver(JOB, MESSAGE)
    return failed.value.code, failed.value.for_good


def test_the_published_vector_is_signed_as_published() -> None:
    secrets = parse_secrets(VECTOR_SECRET)
    assert sign(secrets, VECTOR_ID, VECTOR_AT, VECTOR_BODY) == VECTOR_SIGNATURE


def test_while_a_secret_is_exchanged_both_sign() -> None:
    signatures = sign(
        parse_secrets(f"{OTHER_SECRET}, {VECTOR_SECRET}"), VECTOR_ID, VECTOR_AT, VECTOR_BODY
    ).split(" ")
    assert len(signatures) == 2
    assert signatures[1] == VECTOR_SIGNATURE


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "whsec_c2hvcnQ=", "c" * 40, "whsec_!!", f"{SECRET},", "Whsec_" + "A" * 32],
)
def test_a_secret_of_another_form_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^webhook secrets are `whsec_` and base64"):
        parse_secrets(text)


async def test_a_receiver_that_knows_one_of_the_secrets_believes_it(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    carrier = webhook(client, receiver.url, secrets=f"{OTHER_SECRET},{SECRET}")
    assert await carrier.deliver(JOB, MESSAGE) is NoticeOutcome.SENT
    [received] = receiver.arrived
    assert is_signed(received, SECRET)
    assert is_signed(received, OTHER_SECRET)
    assert not is_signed(received, VECTOR_SECRET)
    assert received.target == "/hooks/notices?from=union"
    assert received.headers["content-type"] == "application/json"
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 300


async def test_what_is_repeated_has_the_same_id_and_body(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    carrier = webhook(client, receiver.url)
    for _ in range(2):
        await carrier.deliver(JOB, MESSAGE)
    first, second = receiver.arrived
    assert first.id == second.id == str(JOB)
    assert first.body == second.body


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_sent(receiver: Receiver, client: httpx.AsyncClient, status: int) -> None:
    receiver.says(status)
    assert await webhook(client, receiver.url).deliver(JOB, MESSAGE) is NoticeOutcome.SENT


@pytest.mark.parametrize(
    ("status", "for_good"),
    [
        (301, True),
        (307, True),
        (400, True),
        (401, True),
        (404, True),
        (410, True),
        (422, True),
        (408, False),
        (425, False),
        (429, False),
        (500, False),
        (502, False),
        (503, False),
    ],
)
async def test_what_another_time_may_cure_is_tried_again_and_the_rest_is_not(
    receiver: Receiver, client: httpx.AsyncClient, status: int, for_good: bool
) -> None:
    receiver.says(status)
    assert await failure(webhook(client, receiver.url)) == (f"http_{status}", for_good)


async def test_a_redirect_is_not_followed(client: httpx.AsyncClient, receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        receiver.answers = [f"HTTP/1.1 307 There\r\nLocation: {elsewhere.url}\r\n".encode()]
        assert await failure(webhook(client, receiver.url)) == ("http_307", True)
        assert not elsewhere.arrived


async def test_a_platform_that_says_nothing_is_given_up(
    receiver: Receiver, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_carrier, "LIMIT_S", 0.3)
    receiver.gate.clear()
    assert await failure(webhook(client, receiver.url)) == ("timeout", False)


async def test_a_platform_that_hangs_up_is_asked_again(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    receiver.answers = [b"nonsense\r\n"]
    assert await failure(webhook(client, receiver.url)) == ("connection_failed", False)


async def test_a_platform_that_is_not_there_is_asked_again(client: httpx.AsyncClient) -> None:
    async with receiving() as gone:
        url = gone.url
    assert await failure(webhook(client, url)) == ("connection_failed", False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_this_machine_is_refused_unless_a_setting_allows_it(
    receiver: Receiver, client: httpx.AsyncClient, host: str
) -> None:
    carrier = webhook(client, named(receiver, host), loopback=False)
    assert await failure(carrier) == ("address_refused", True)
    assert not receiver.arrived


async def test_the_setting_allows_this_machine_and_no_neighbour(
    client: httpx.AsyncClient,
) -> None:
    carrier = webhook(client, "http://10.0.0.1/hooks")
    assert await failure(carrier) == ("address_refused", True)


async def test_a_name_is_resolved_once_and_that_address_is_connected_to(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    """A second answer, which would lead elsewhere, is never asked for."""
    stranger = Resolver(["127.0.0.1"], ["10.0.0.1"])
    carrier = webhook(client, named(receiver), ask=stranger)
    assert await carrier.deliver(JOB, MESSAGE) is NoticeOutcome.SENT
    port = httpx.URL(receiver.url).port
    assert stranger.asked == [(NAME, port)]
    assert receiver.arrived[0].headers["host"] == f"{NAME}:{port}"


async def test_a_name_that_turns_inside_after_it_was_good_is_refused_then(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    stranger = Resolver(["127.0.0.1"], ["192.168.0.1"], ["127.0.0.1", "169.254.169.254"])
    carrier = webhook(client, named(receiver), ask=stranger)
    await carrier.deliver(JOB, MESSAGE)
    assert await failure(carrier) == ("address_refused", True)
    assert await failure(carrier) == ("address_refused", True)
    assert len(receiver.arrived) == 1


async def test_an_address_that_does_not_answer_leaves_the_next_one(
    receiver: Receiver, client: httpx.AsyncClient
) -> None:
    stranger = Resolver(["::1", "127.0.0.1"])
    carrier = webhook(client, named(receiver), ask=stranger)
    assert await carrier.deliver(JOB, MESSAGE) is NoticeOutcome.SENT
    assert len(receiver.arrived) == 1


async def test_a_name_that_nobody_knows_is_asked_for_again(client: httpx.AsyncClient) -> None:
    async def lost(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    carrier = webhook(client, "http://nowhere.invalid/hooks", ask=lost)
    assert await failure(carrier) == ("name_unresolved", False)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.2",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:0a00:0001::1",
        "2002:7f00:0001::",
    ],
)
def test_no_address_leads_inside(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "64:ff9b::8.8.8.8"]
)
def test_addresses_of_the_internet_are_good(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_what_the_setting_says(address: str) -> None:
    assert is_allowed(address, loopback=True)


async def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name once more, for itself."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_client() as client:
        carrier = webhook(client, named(receiver), ask=Resolver(["127.0.0.1"]))
        assert await carrier.deliver(JOB, MESSAGE) is NoticeOutcome.SENT


@pytest.mark.parametrize(("name", "is_believed"), [(NAME, True), ("other.example", False)])
async def test_the_certificate_must_be_the_names_though_the_address_is_connected_to(
    tmp_path: Path, name: str, is_believed: bool
) -> None:
    certificate = _certificate(tmp_path, NAME)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    theirs = ssl.create_default_context(cafile=str(certificate))
    async with receiving(ours) as receiver, open_client(verify=theirs) as client:
        carrier = webhook(client, named(receiver, name), ask=Resolver(["127.0.0.1"]))
        if is_believed:
            assert await carrier.deliver(JOB, MESSAGE) is NoticeOutcome.SENT
        else:
            assert await failure(carrier) == ("connection_failed", False)
        assert len(receiver.arrived) == is_believed


def test_what_is_printed_of_a_message_tells_nobodys_business() -> None:
    assert "M00000001" not in repr(MESSAGE)
    assert "Title" not in repr(MESSAGE)


def _certificate(folder: Path, name: str) -> Path:
    """A self-signed one with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path
