"""A deployment that can be worked with: servers, tables, and something in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.deployment import PRODUCTION, Deployment
from app.embedded.first_start import seed_if_new
from app.embedded.schema import migrate


@contextmanager
def ready_deployment(data_dir: Path, *, empty: bool = False) -> Iterator[dict[str, str]]:
    """The settings of a `Deployment` whose database is migrated and, if it was new, seeded.

    A production database is never seeded. `empty` as in `seed_if_new`. Raises `DeploymentError`.
    """
    with Deployment(data_dir) as settings:
        migrate(settings)
        if settings["ENVIRONMENT"] != PRODUCTION:
            seed_if_new(settings, empty=empty)
        yield settings
