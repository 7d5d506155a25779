"""What a play at random stands on: a service of its own, how long it lasts, what it must hear."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine

from app.embedded.identity_provider import IdentityProvider
from app.main import app as unstarted
from app.main import create_app
from app.platform.settings import Settings
from tests.conftest import empty
from tests.factories import Factory
from tests.refusals import NOTING

M = TypeVar("M", bound=RuleBasedStateMachine)
BY_SEED_ALONE = "by-seed-alone"
# Where a step would mostly be a refusal, it mostly goes where it would not be.
FITTING = st.sampled_from([True, True, True, False])


class BySeedAlone(HypothesisProvider):
    """Hypothesis' own also draws constants that it finds in whatever modules are loaded, so that
    a play would be another one beside other tests than by itself."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS[BY_SEED_ALONE] = f"{__name__}.{BySeedAlone.__name__}"


@dataclass(frozen=True)
class Ground:
    """A service on empty books that all examples of a play share, and the loop that it runs on."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    make: Factory


@contextlib.contextmanager
def ground(config: Settings, provider: IdentityProvider) -> Iterator[Ground]:
    """Spoken to over HTTP, without a network."""
    with asyncio.Runner() as runner:
        runner.run(empty(config))
        app = create_app(config)
        app.state.documents = unstarted.state.documents
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://test", event_hooks=NOTING)
        try:
            yield Ground(runner, client, Factory(app.state.rooms, provider))
        finally:
            runner.run(client.aclose())
            runner.run(lifespan.__aexit__(None, None, None))


def bound(machine: type[M], where: Ground, seed: int, /, **more: Any) -> type[M]:
    """The machine on this ground. The seed is written down because hypothesis would otherwise
    take one from the machine's source text, and another play would follow from moving a line."""
    attributes = {"runner": where.runner, "heard": Counter(), **more}
    return hypothesis.seed(seed)(type(machine.__name__, (machine,), attributes))


def profile(examples: int, steps: int, *phases: Phase) -> settings:
    """All phases unless some are named."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        backend=BY_SEED_ALONE,
        phases=phases or tuple(Phase),
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def assert_heard(heard: Mapping[str, int], expected: str) -> None:
    """So that a play cannot become hollow: each of these, parted by commas, was heard."""
    missing = {each.strip() for each in expected.split(",")} - set(heard)
    assert not missing, heard
