"""Every kind of store, empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.platform.settings import Settings
from app.shared.files import Store, open_store
from tests.shared.files.buckets import ACCESS_KEY, SECRET_KEY, serving

S3_SETTINGS = {"files_s3_access_key": ACCESS_KEY, "files_s3_secret_key": SECRET_KEY}


def settings_of_bucket(settings: Settings, address: str) -> Settings:
    given = settings.model_dump() | S3_SETTINGS
    given |= {"files_url": "s3://gifts/winter", "files_s3_endpoint": address}
    return Settings.model_validate(given)


@pytest.fixture(params=["folder", "bucket"])
async def store(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> AsyncIterator[Store]:
    if request.param == "folder":
        yield open_store(settings.model_copy(update={"files_url": tmp_path.as_uri()}))
        return
    with serving(tmp_path) as address:
        yield open_store(settings_of_bucket(settings, address))
