"""`./run serve`, from the first start to the last, with the service itself."""

from pathlib import Path

import httpx

from app.embedded.service_file import served_url
from tests.embedded.conftest import Launch, Launcher, servers_run


def serve(launch: Launch, data_dir: Path, *arguments: str) -> Launcher:
    return launch("app.cli", "serve", "--data", str(data_dir), "--empty", *arguments)


def address(launcher: Launcher) -> str:
    """What it prints first on standard output, after an empty line."""
    launcher.line()
    return next(word for word in launcher.line().split() if word.startswith("http"))


def test_a_start_a_second_one_a_kill_and_an_orderly_end(launch: Launch, data_dir: Path) -> None:
    first = serve(launch, data_dir, "--port", "0", "--workers", "2")
    url = address(first)
    assert httpx.get(f"{url}/readyz").status_code == 200
    assert served_url(data_dir) == url

    second = serve(launch, data_dir, "--port", "0")
    assert f"is served already, at {url}" in second.complaint()
    assert second.process.returncode == 1

    first.kill()
    assert served_url(data_dir) is None
    again = serve(launch, data_dir, "--port", str(httpx.URL(url).port))
    assert address(again) == url
    assert httpx.get(f"{url}/readyz").status_code == 200

    assert again.terminate() == 0
    assert served_url(data_dir) is None
    assert not servers_run(data_dir)


def test_a_taken_port_is_told_in_one_line_before_anything_starts(
    launch: Launch, data_dir: Path
) -> None:
    address_in_use = launch("tests.embedded.server", "1", "0")
    port = address_in_use.line()
    refused = serve(launch, data_dir, "--port", port)
    assert refused.complaint() == (
        f"./run serve: port {port} is taken: name another with --port, or --port 0 for a free one"
    )
    assert not (data_dir / "postgres").exists()
