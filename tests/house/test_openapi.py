"""`openapi.json` in the top folder is the service's own document."""

from app.main import create_app
from app.routers.openapi import Documents
from tests.house.source import ROOT


def test_the_committed_document_is_current() -> None:
    built = Documents(create_app()).written()
    assert (ROOT / "openapi.json").read_bytes() == built, "write it with ./run openapi"


def test_the_document_comes_out_the_same_every_time() -> None:
    assert Documents(create_app()).written() == Documents(create_app()).written()
