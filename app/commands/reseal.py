"""`./run reseal`: bring sealed columns under the keys that write now, while everybody works.

Ctrl-C ends it after the batch in hand; the same command goes on. Exit 1 when a value does
not open, or others held a row all the time. Which key is exchanged how: docs/sealed-fields.md.
"""

import argparse
import asyncio

from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.interrupts import is_interrupted, shielded
from app.embedded.progress import Bar, answer, say
from app.embedded.schema import migrate
from app.platform.crypto import digester_of, sealer_of
from app.platform.db import Sessions, create_engine, create_sessions, is_passing
from app.platform.settings import Settings
from app.registrations import all_sealed
from app.shared.sealed import Passed, count_rows, reseal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but the data folder: which keys there are stands in the environment."""


def run(arguments: argparse.Namespace) -> int:
    with Deployment(arguments.data) as environ:
        migrate(environ)
        # A signal counts after the batch in hand, and after what is said of it.
        with shielded():
            passed = asyncio.run(_run(Settings.of(environ)))
            _tell(passed)
    return 1 if passed.unreadable or passed.busy else 0


def _tell(passed: Passed) -> None:
    answer(
        f"{passed.rows} rows looked at: {passed.resealed} values sealed anew, "
        f"{passed.redigested} lookups digested anew"
    )
    for line in passed.shown:
        say(f"does not open: {line}")
    if passed.busy:
        say(f"{passed.busy} rows were held by others all the time; run it again.")
    if passed.place is not None:
        say("Stopped. The same command goes on; what is done is passed over.")


async def _run(settings: Settings) -> Passed:
    engine = create_engine(settings, command_timeout_s=None)
    try:
        return await _reseal(settings, create_sessions(engine))
    except Exception as error:
        if not is_passing(error):
            raise
        raise DeploymentError("the database was lost; what is done stays, run it again") from error
    finally:
        await engine.dispose()


async def _reseal(settings: Settings, sessions: Sessions) -> Passed:
    fields = all_sealed()
    async with sessions() as session:
        bar = Bar(await count_rows(session, fields), "rows")
    try:
        return await reseal(
            sessions,
            sealer_of(settings),
            digester_of(settings),
            fields,
            on_batch=lambda passed: bar.advance(passed.rows),
            stop=is_interrupted,
        )
    finally:
        bar.end()
