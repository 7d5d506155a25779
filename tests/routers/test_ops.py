"""`ops/`: the dashboard and the alert rules speak of what the service really tells.

There is no PromQL parser here, so an expression is read as far as names, labels, brackets and
values go: whatever is no function and no word of the language is a metric, and must be told.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from fastapi import Request
from prometheus_client.parser import text_string_to_metric_families

from app.main import app as unstarted
from app.platform.errors import QuotaExceeded, TemporarilyUnavailable
from app.routers.flows import FLOWS
from app.routers.guarded_route import LOOKS
from app.routers.observe import outcome, trace_of
from app.routers.problems import problem_response
from app.shared.limits import AT_ONCE
from app.shared.stock.jobs import inspect
from tests.factories import Factory, auth
from tests.house.source import ROOT
from tests.routers.test_documents import guarded_routes
from tests.tills import Counter

pytestmark = pytest.mark.anyio

OPS = ROOT / "ops"
RULES = yaml.safe_load((OPS / "alerts.yml").read_text())
PROMTOOL, HAPROXY = shutil.which("promtool"), shutil.which("haproxy")
DASHBOARDS = [json.loads(path.read_text()) for path in sorted((OPS / "grafana").glob("*.json"))]
# Prometheus's own, and those of the exporter beside PostgreSQL (docs/operations.md).
TOLD_BY_OTHERS = {"up": {"job"}, "node_filesystem_avail_bytes": {"mountpoint"}}
# Prometheus adds them to everything that it scrapes.
ADDED = {"job", "instance"}
WORDS = {
    *("sum", "min", "max", "avg", "count", "topk", "rate", "increase", "histogram_quantile"),
    "vector",
    *("by", "without", "and", "or", "unless", "on", "ignoring"),
}
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"\b([a-zA-Z_][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?(?:\[\d+[smhd]\])?")
MATCHER = re.compile(r"\s*([a-z_]+)\s*(=~|!~|!=|=)\s*(STRING\d+)\s*")
GROUPING = re.compile(r"\b(?:by|without)\s*\(([a-z_, ]*)\)")
NUMBER = re.compile(r"\b\d+(?:\.\d+)?(?:e\d+)?\b")
Told = dict[str, set[str]]


def rules() -> Iterator[dict[str, Any]]:
    for group in RULES["groups"]:
        yield from group["rules"]


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for dashboard in DASHBOARDS:
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield target["expr"]


class Read:
    """What an expression names. Raises `ValueError` where it cannot be one."""

    def __init__(self, expression: str) -> None:
        strings = STRING.findall(expression)
        marks = iter(f"STRING{place}" for place in range(len(strings)))
        bare = STRING.sub(lambda _: next(marks), expression)
        for opening, closing in ("()", "{}", "[]"):
            if bare.count(opening) != bare.count(closing):
                raise ValueError(f"brackets: {expression}")
        self.grouped = {
            label.strip() for names in GROUPING.findall(bare) for label in names.split(",")
        }
        self.metrics: Told = {}
        self.values: dict[tuple[str, str], set[str]] = {}
        for name, braces in SELECTOR.findall(NUMBER.sub("", GROUPING.sub(" ", bare))):
            if name in WORDS or re.fullmatch(r"STRING\d*|e\d+|[smhd]", name):
                continue
            self.metrics.setdefault(name, set())
            for matcher in filter(str.strip, braces.split(",")):
                found = MATCHER.fullmatch(matcher)
                if found is None:
                    raise ValueError(f"{matcher} is no matcher: {expression}")
                label, sign, place = found.groups()
                value = strings[int(place.removeprefix("STRING"))][1:-1]
                self.metrics[name].add(label)
                if sign in {"=", "!="} and "$" not in value:
                    self.values.setdefault((name, label), set()).add(value)
        if not self.metrics:
            raise ValueError(f"it names nothing: {expression}")


@pytest.fixture
async def told(client: httpx.AsyncClient, make: Factory) -> tuple[Told, dict[str, Any]]:
    """What /metrics tells when there is something of everything: names with their labels, and
    the values of labels."""
    rooms = make.rooms
    batch, member = await make.batch(), await make.member()
    headers = auth(make.token(member), "k1")
    claimed = await client.post(f"/v1/breakfast/batches/{batch.id}/claims", headers=headers)
    assert claimed.status_code == 201
    async with rooms.sessions.begin() as session:
        await inspect(session, {}, holdings=rooms.holdings)
    answer = await client.get("/metrics")
    names: Told = {}
    values: dict[str, Any] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
            for label, value in sample.labels.items():
                values.setdefault(f"{sample.name}.{label}", {})[value] = sample.value
    return names, values


async def test_what_panels_and_rules_name_is_told(told: tuple[Told, dict[str, Any]]) -> None:
    recorded: Told = {rule["record"]: set() for rule in rules() if "record" in rule}
    names, values = told
    known = names | recorded | TOLD_BY_OTHERS
    found = [Read(each) for each in expressions()]
    assert len(found) > 50
    for each in found:
        assert set(each.metrics) <= set(known), set(each.metrics) - set(known)
        for name, labels in each.metrics.items():
            assert labels <= known[name] | ADDED, (name, labels)
        of_any = set().union(*(known[name] for name in each.metrics)) | ADDED
        assert each.grouped <= of_any, each.grouped - of_any
        for (name, label), wanted in each.values.items():
            # Statuses and codes come with answers; flows, fates and routes are there before.
            if label in {"flow", "fate", "of"}:
                assert wanted <= set(values[f"{name}.{label}"]), (name, label, wanted)
    # Whoever builds a rule on a bucket must name one that there is.
    buckets = values["http_request_duration_seconds_bucket.le"]
    assert {"1.0"} <= set(buckets)


async def test_a_flow_counts_who_asked_who_was_granted_and_who_was_refused_by_which_code(
    client: httpx.AsyncClient, make: Factory
) -> None:
    def count(text: str, labels: str) -> float:
        line = re.search(rf"^flow_answers_total{{{re.escape(labels)}}} (.*)$", text, re.MULTILINE)
        return float(line[1]) if line else 0.0

    granted = 'code="",flow="breakfast.claim",outcome="granted"'
    refused = 'code="limit_reached",flow="breakfast.claim",outcome="refused"'
    nothing = 'code="not_found",flow="wishes.claim",outcome="refused"'
    again = 'code="",flow="wishes.post",outcome="repeated"'
    before = (await client.get("/metrics")).text
    batch = await make.batch(per_person_per_day=1)
    token = make.token(await make.member())
    path = f"/v1/breakfast/batches/{batch.id}/claims"
    for key in ("k1", "k2", "k3"):
        await client.post(path, headers=auth(token, key))
    await client.post(f"/v1/wishes/{batch.id}/claims", headers=auth(token, "k4"))
    after = (await client.get("/metrics")).text
    grown = [count(after, each) - count(before, each) for each in (granted, refused, nothing)]
    assert grown == [1, 2, 1]
    assert count(after, again) == count(before, again)
    assert 'stock_pool_left{kind="breakfast",' in after
    assert "stock_flush_presses_count" in after


async def test_the_over_issue_alarm_goes_off_when_a_unit_has_no_row(
    client: httpx.AsyncClient, make: Factory
) -> None:
    async def unequal() -> str:
        async with make.rooms.sessions.begin() as session:
            await inspect(session, {}, holdings=make.rooms.holdings)
        [line] = re.findall(r"^stock_pools_unequal .*$", (await client.get("/metrics")).text, re.M)
        return str(line)

    await Counter(make).voucher()
    assert await unequal() == "stock_pools_unequal 0.0"
    async with make.rooms.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql("DELETE FROM breakfast_voucher")
    assert await unequal() == "stock_pools_unequal 1.0"


async def test_without_books_the_metrics_say_so_and_go_on(
    client: httpx.AsyncClient, make: Factory
) -> None:
    async with make.rooms.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE job RENAME TO job_away")
    try:
        answer = await client.get("/metrics")
    finally:
        async with make.rooms.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE job_away RENAME TO job")
    assert answer.status_code == 200
    assert "books_up 0.0" in answer.text
    assert "turnstile_up 1.0" in answer.text
    assert "jobs_waiting" not in answer.text
    assert "http_requests_total{" in answer.text


@pytest.mark.parametrize(
    ("status", "code", "is_repeat", "became"),
    [
        (201, "", False, "granted"),
        (201, "", True, "repeated"),
        (409, "sold_out", False, "refused"),
        (499, "", False, "left"),
        (503, "temporarily_unavailable", False, "failed"),
        (503, "read_only", False, "refused"),
    ],
)
def test_what_became_of_a_request_is_one_of_five(
    status: int, code: str, is_repeat: bool, became: str
) -> None:
    assert outcome(status, code, is_repeat=is_repeat) == became


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", {"trace_id": TRACE}),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", {}),
        (f"00-{TRACE}-{'0' * 16}-01", {}),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", {}),
        ('"quoted"\n', {}),
    ],
)
def test_a_line_of_the_log_names_the_callers_trace_if_it_is_one(
    sent: str, shown: dict[str, str]
) -> None:
    assert trace_of({"headers": [(b"traceparent", sent.encode())]}) == shown


def test_an_expression_that_names_what_is_not_there_is_noticed() -> None:
    assert Read('sum by (flow) (rate(a_total{x=~"y|(z", k="v"}[5m])) / b > 2e9').metrics == {
        "a_total": {"x", "k"},
        "b": set(),
    }
    for wrong in ("sum(rate(a_total[5m])", "a{b}", "1 + 2"):
        with pytest.raises(ValueError, match=r"brackets|matcher|nothing"):
            Read(wrong)


def test_every_alert_says_how_grave_it_is_and_leads_to_what_to_do() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len({rule["alert"] for rule in alerts}) == len(alerts)
    for rule in alerts:
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        assert re.search(r"[一-鿿].* · ", rule["annotations"]["summary"]), rule["alert"]
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert file == "docs/operations.md"
        assert anchor in anchors, anchor


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool here (Debian: apt install prometheus)")
def test_what_the_rules_say_is_what_prometheus_makes_of_them() -> None:
    """Of two sums one may have no series yet; then a rule is to say what the other says."""
    told = subprocess.run(
        [str(PROMTOOL), "test", "rules", "alerts_test.yml"],
        cwd=ROOT / "ops",
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_panel_has_a_title_in_both_languages() -> None:
    for dashboard in DASHBOARDS:
        for panel in dashboard["panels"]:
            assert re.search(r"[一-鿿].* · ", panel["title"]), panel["title"]


def test_everything_that_members_tills_and_the_provider_change_is_a_flow() -> None:
    found = {
        f"{method} {route.path}": route.access.audience == "staff"
        for route in guarded_routes(unstarted)
        for method in route.methods - LOOKS
    }
    assert set(FLOWS) <= set(found)
    assert {name for name, is_staff in found.items() if not is_staff} <= set(FLOWS)
    assert len(set(FLOWS.values())) == len(FLOWS)


REFUSED_BY_PROXY = re.compile(
    r"http-request return status (\d+) content-type (\S+) hdr Content-Language (\S+) "
    r"hdr Vary (\S+) hdr Retry-After \S+ hdr X-Request-ID \S+ lf-string '(.*)' if .*"
)


def test_the_proxy_says_what_the_service_would_say() -> None:
    """Word for word, so that no app has to know who refused it."""
    said = REFUSED_BY_PROXY.findall((OPS / "haproxy.cfg").read_text())
    assert len(said) == 4
    refusals = (TemporarilyUnavailable(), QuotaExceeded(policy=AT_ONCE.name))
    expected = []
    for refusal in refusals:
        for language in (b"en", b"zh"):
            scope = {
                "type": "http",
                "headers": [(b"accept-language", language)],
                "request_id": "%[unique-id]",
            }
            own = problem_response(Request(scope), refusal)
            told = (own.headers["content-type"], own.headers["content-language"])
            words = bytes(own.body).decode()
            expected.append((str(own.status_code), *told, own.headers["vary"], words))
    assert said == expected


@pytest.mark.skipif(HAPROXY is None, reason="there is no haproxy here")
def test_the_proxys_configuration_is_one() -> None:
    assert HAPROXY
    where = {"LISTEN": "127.0.0.1:1", "SERVICE": "127.0.0.1:2"}
    checked = subprocess.run(
        [HAPROXY, "-c", "-f", str(OPS / "haproxy.cfg")],
        env=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
