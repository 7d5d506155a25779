"""`./run token store|staff` and `./run staff`, as typed beside a running deployment."""

import argparse
from pathlib import Path

import anyio.to_thread
import httpx
import pytest
from sqlalchemy.engine import URL

from app.cli import Command
from app.commands import staff, token
from app.embedded.errors import DeploymentError
from app.models.states import Role
from tests.factories import Factory, auth
from tests.shared.identity.office import Office

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


@pytest.fixture
def office(make: Factory) -> Office:
    return Office(make)


@pytest.fixture(autouse=True)
async def beside_the_service(
    database: URL, make: Factory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The commands work on this test's own database, which is not new."""
    monkeypatch.setenv("DATABASE_URL", database.render_as_string(hide_password=False))
    monkeypatch.chdir(tmp_path)
    await make.campaign()


async def typed(command: Command, *arguments: str) -> int:
    """What `app.cli` does with a command's arguments, away from the event loop."""
    parser = argparse.ArgumentParser()
    parser.set_defaults(data=Path(".data"))
    command.add_arguments(parser)
    return await anyio.to_thread.run_sync(command.run, parser.parse_args(arguments))


async def test_a_stores_token_is_alone_on_stdout_and_opens_the_stores_door(
    client: httpx.AsyncClient, make: Factory, capsys: pytest.CaptureFixture[str]
) -> None:
    await make.store(store_no="QD0001")
    assert await typed(token, "store", "QD0001") == 0
    (line,) = capsys.readouterr().out.splitlines()
    me = await client.get("/v1/store/me", headers=auth(line))
    assert me.json()["store"]["store_no"] == "QD0001"


async def test_an_account_made_by_command_signs_in_and_gets_a_token_by_command(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await typed(staff, "create", "林主任", "--role", "administrator", "--role", "desk") == 0
    (password,) = capsys.readouterr().out.splitlines()
    signed_in = await client.post(
        "/v1/oauth/token",
        data={"grant_type": "password", "username": "林主任", "password": password},
    )
    assert signed_in.json()["scope"] == "administrator desk"
    assert await typed(token, "staff", "林主任") == 0
    (line,) = capsys.readouterr().out.splitlines()
    listed = await client.get("/v1/admin/staff", headers=auth(line))
    assert [each["roles"] for each in listed.json()["items"]] == [["administrator", "desk"]]
    with pytest.raises(DeploymentError, match="already"):
        await typed(staff, "create", "林主任", "--role", "desk")


async def test_an_account_made_by_command_may_be_limited_to_districts(
    client: httpx.AsyncClient, make: Factory, capsys: pytest.CaptureFixture[str]
) -> None:
    role = ("--role", "store_manager")
    await typed(staff, "create", "两区", *role, "--district", "jimo", "--district", "laixi")
    await typed(staff, "create", "全市", *role)
    capsys.readouterr()
    listed = await client.get("/v1/admin/staff", headers=auth(await make.staff()))
    found = {each["name"]: each["districts"] for each in listed.json()["items"]}
    assert (found["两区"], found["全市"]) == (["jimo", "laixi"], None)


async def test_an_account_is_made_in_a_role_or_not_at_all() -> None:
    with pytest.raises(DeploymentError, match="--role"):
        await typed(staff, "create", "林主任")


async def test_the_last_administrators_lost_second_factor_is_reset_by_command(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    account = await office.account()
    await office.enrolled(await office.sign_in())
    assert await office.refusal() == "mfa_required"
    assert await typed(staff, "reset-factor", "林主任") == 0
    assert capsys.readouterr().out == ""
    assert await office.sign_in()
    assert (await office.factor(account)).removed_by == "run staff reset-factor"
    with pytest.raises(DeploymentError, match="no second factor"):
        await typed(staff, "reset-factor", "林主任")
    with pytest.raises(DeploymentError, match="there is no account nobody"):
        await typed(staff, "reset-factor", "nobody")


async def test_a_token_by_command_asks_for_no_code_and_is_a_sign_in_that_can_be_ended(
    client: httpx.AsyncClient, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.account()
    await office.enrolled(await office.sign_in())
    assert await typed(token, "staff", "林主任") == 0
    (line,) = capsys.readouterr().out.splitlines()
    listed = await client.get("/v1/admin/me/sessions", headers=auth(line))
    assert [each["agent"] for each in listed.json()["items"]] == ["run token", "Chrome, Windows"]


@pytest.mark.parametrize("kind", ["store", "staff"])
async def test_nobody_of_that_name_is_one_line(kind: str) -> None:
    with pytest.raises(DeploymentError, match=f"there is no {kind} nobody"):
        await typed(token, kind, "nobody")


@pytest.mark.parametrize("kind", ["member", "store", "staff"])
async def test_production_hands_out_no_tokens(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(DeploymentError, match="production"):
        await typed(token, kind, "anybody")


async def test_a_typed_password_is_asked_for_twice_and_not_shown(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([PASSWORD, PASSWORD])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(staff, "getpass", lambda _: next(answers))
    assert await typed(staff, "create", "林主任", "--role", Role.FINANCE) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert PASSWORD not in shown.err
    signed_in = await client.post(
        "/v1/oauth/token",
        data={"grant_type": "password", "username": "林主任", "password": PASSWORD},
    )
    assert signed_in.status_code == 200


@pytest.mark.parametrize("answers", [("short",), (PASSWORD, "correct horse batterie")])
async def test_a_password_that_will_not_do_makes_no_account(
    client: httpx.AsyncClient,
    make: Factory,
    monkeypatch: pytest.MonkeyPatch,
    answers: tuple[str, ...],
) -> None:
    given = iter(answers)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(staff, "getpass", lambda _: next(given))
    with pytest.raises(DeploymentError):
        await typed(staff, "create", "林主任", "--role", "desk")
    listed = await client.get("/v1/admin/staff", headers=auth(await make.staff()))
    assert "林主任" not in listed.text
