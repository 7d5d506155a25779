"""The engine: what it says when a statement fails."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.platform.db import create_engine
from app.platform.settings import Settings

pytestmark = pytest.mark.anyio

PHONE = "19900001234"


async def test_an_error_of_the_database_names_no_value(settings: Settings) -> None:
    engine = create_engine(settings)
    try:
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError) as failed:
                await connection.execute(
                    text("SELECT 1 / length(:phone) * 0 / 0"), {"phone": PHONE}
                )
    finally:
        await engine.dispose()
    assert "division by zero" in str(failed.value)
    assert PHONE not in str(failed.value)
