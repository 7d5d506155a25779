"""The comparison of refusals heard with refusals documented can fail, and says why.

Little suites in a folder of their own, run by pytest with the project's plugin. They hear what
they ask for of one operation, in whose document two refusals are listed.
"""

import ast
import json
from collections.abc import Callable

import pytest

from tests.house.source import ROOT
from tests.refusals import documented
from tests.refusals_plugin import NARROWING

Suite = dict[str, str]
Run = Callable[..., pytest.RunResult]

CLAIMS = "/v1/breakfast/batches/{batch_id}/claims"
CONFTEST = """
import asyncio
import httpx
import pytest
from tests.refusals import NOTING

pytest_plugins = ["tests.refusals_plugin"]

@pytest.fixture
def hear():
    async def ask(status, code):
        def answer(request):
            headers = {"Content-Type": "application/problem+json"}
            return httpx.Response(status, json={"code": code}, headers=headers)
        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=transport, event_hooks=NOTING) as client:
            await client.post("http://test/v1/breakfast/batches/1/claims")
    return lambda status, code: asyncio.run(ask(status, code))
"""
SOLD_OUT = "def test_sold_out(hear):\n    hear(409, 'sold_out')\n"
NOT_OPEN = "def test_not_open(hear):\n    hear(409, 'not_open')\n"
UNNAMED = "def test_a_409(hear):\n    hear(409, 'not_' + 'open')\n"
STATUS = "def test_another_status(hear):\n    hear(403, 'not_open')\n"
FAILING = "def test_that_fails():\n    assert not 'a figure'\n"
COMPLETE = {"checks/test_one.py": SOLD_OUT, "checks/test_other.py": NOT_OPEN}
HALF = {"checks/test_one.py": SOLD_OUT}
LEFT_OUT = f"documented, and given to no test on purpose: POST {CLAIMS}: 409 not_open"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Lay a suite out and run it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    codes = {"sold_out": {}, "not_open": {}}
    response = {"content": {"application/problem+json": {"examples": codes}}}
    document = {"paths": {CLAIMS: {"post": {"responses": {"409": response}}}}}
    (pytester.path / "openapi.json").write_text(json.dumps(document))
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\ntestpaths = checks tests")

    def run(suite: Suite, *arguments: str) -> pytest.RunResult:
        for name, content in suite.items():
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return pytester.runpytest_subprocess("-p", "xdist", *arguments)

    return run


def lines(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "documented, and given" in line]


def test_a_suite_that_is_given_all_that_is_documented_passes(run: Run) -> None:
    result = run(COMPLETE)
    assert (result.ret, lines(result)) == (pytest.ExitCode.OK, [])


def test_what_two_workers_heard_is_put_together(run: Run) -> None:
    result = run(COMPLETE, "-n", "2", "--dist", "loadfile")
    assert (result.ret, lines(result)) == (pytest.ExitCode.OK, [])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_refusal_that_no_test_was_given_fails_the_run_and_is_named(
    run: Run, workers: tuple[str, ...]
) -> None:
    result = run(HALF, *workers)
    assert (result.ret, lines(result)) == (pytest.ExitCode.TESTS_FAILED, [LEFT_OUT])


@pytest.mark.parametrize(
    "chance",
    [{"checks/test_other.py": UNNAMED}, {"tests/contract/test_all.py": NOT_OPEN}],
    ids=["a file that does not name it", "a test that sends whatever comes up"],
)
def test_what_was_come_upon_by_chance_does_not_count(run: Run, chance: Suite) -> None:
    result = run(HALF | chance)
    assert (result.ret, lines(result)) == (pytest.ExitCode.TESTS_FAILED, [LEFT_OUT])


def test_an_answer_that_is_not_documented_fails_the_run_and_is_named(run: Run) -> None:
    result = run(COMPLETE | {"checks/test_more.py": STATUS})
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert lines(result) == [
        f"not documented, and given in checks/test_more.py: POST {CLAIMS}: 403 not_open"
    ]


@pytest.mark.parametrize("some", [("checks/test_one.py",), ("-k", "sold"), ("--co",)])
def test_some_tests_alone_are_compared_only_when_asked_for(run: Run, some: tuple[str, ...]) -> None:
    assert run(HALF, *some).ret == pytest.ExitCode.OK
    asked = run(HALF, *some, "--refusals")
    assert asked.ret == pytest.ExitCode.TESTS_FAILED
    assert LEFT_OUT in lines(asked)


def test_where_tests_fail_they_are_compared_only_when_asked_for(run: Run) -> None:
    broken = HALF | {"checks/test_broken.py": FAILING}
    assert lines(run(broken)) == []
    assert lines(run(broken, "--refusals")) == [LEFT_OUT]


def test_options_that_leave_tests_out_are_known_to_pytest(pytestconfig: pytest.Config) -> None:
    unknown = object()
    assert not [name for name in NARROWING if pytestconfig.getoption(name, unknown) is unknown]


def test_the_document_lists_refusals_to_compare_with() -> None:
    listed = documented(json.loads((ROOT / "openapi.json").read_text()))
    assert ("POST", CLAIMS, 409, "sold_out") in listed


# Who speaks to somebody else, or only waits.
SPEAKS_TO_OTHERS = {"tests/shared/identity/test_member_tokens.py": "the identity provider"}


def test_every_client_of_a_test_notes_what_it_is_refused() -> None:
    """`tests/contract` speaks over a client of its own and checks each answer itself."""
    silent = {
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "httpx.AsyncClient"
        if "event_hooks=NOTING" not in map(ast.unparse, node.keywords)
    }
    assert silent == set(SPEAKS_TO_OTHERS)
