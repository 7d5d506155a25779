"""The web workers: what a caller and an operator notice of starts, stops and deaths."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.embedded.conftest import Launch, Launcher

PATIENCE_S = 15


def serve(launch: Launch, *, workers: int = 1, port: int = 0) -> tuple[Launcher, int]:
    launcher = launch("tests.embedded.server", str(workers), str(port))
    return launcher, int(launcher.line())


def ask(port: int, path: str = "/") -> str:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S).text


def ask_again(port: int) -> str:
    """Ask until a connection is not cut."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask(port)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            ask(port)
        except httpx.TransportError:
            return
    pytest.fail("somebody still answers")


def test_sigterm_finishes_what_is_in_flight_and_exits_cleanly(launch: Launch) -> None:
    launcher, port = serve(launch, workers=2)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(ask, port, "/slow")
        time.sleep(0.3)
        assert launcher.terminate() == 0
        assert slow.result().isdigit()
    wait_until_refused(port)


def test_an_answer_that_goes_on_learns_that_the_server_is_to_stop_and_ends(
    launch: Launch,
) -> None:
    launcher, port = serve(launch)
    url = f"http://127.0.0.1:{port}/stream"
    with httpx.stream("GET", url, timeout=PATIENCE_S) as answer:
        parts = answer.iter_text()
        assert next(parts) == "begun "
        launcher.process.send_signal(signal.SIGTERM)
        assert "".join(parts) == "ended"
    assert launcher.end() == 0


@pytest.mark.parametrize(("believed", "caller"), [("", "127.0.0.1"), ("127.0.0.1", "192.0.2.7")])
def test_a_header_that_names_another_address_is_believed_of_named_proxies_alone(
    launch: Launch, believed: str, caller: str
) -> None:
    launcher = launch("tests.embedded.server", "1", "0", FORWARDED_ALLOW_IPS=believed)
    url, header = f"http://127.0.0.1:{launcher.line()}/caller", {"X-Forwarded-For": "192.0.2.7"}
    assert httpx.get(url, headers=header, timeout=PATIENCE_S).text == caller
    assert launcher.terminate() == 0


def test_more_signals_while_it_stops_change_nothing(launch: Launch) -> None:
    launcher, port = serve(launch)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(ask, port, "/slow")
        time.sleep(0.3)
        for _ in range(3):
            launcher.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        assert slow.result().isdigit()
    assert launcher.complaint() == ""
    assert launcher.process.returncode == 0


def test_workers_of_a_killed_launcher_give_the_port_back(launch: Launch) -> None:
    killed, port = serve(launch, workers=2)
    killed.kill()
    wait_until_refused(port)
    _, again = serve(launch, port=port)
    assert ask(again).isdigit()


def test_a_worker_that_dies_is_replaced(launch: Launch) -> None:
    _, port = serve(launch)
    dead = ask(port)
    os.kill(int(dead), signal.SIGKILL)
    # The launcher holds the socket, so a caller waits for the next worker.
    assert ask_again(port) != dead


def test_connections_that_stay_open_are_spread_over_the_workers(launch: Launch) -> None:
    _, port = serve(launch, workers=2)
    clients = [httpx.Client() for _ in range(64)]
    answers = Counter(client.get(f"http://127.0.0.1:{port}/").text for client in clients)
    for client in clients:
        client.close()
    # By the kernel's hash of the address; fewer than 8 of 64 is one case in a thousand million.
    assert len(answers) == 2
    assert min(answers.values()) >= 8


def test_a_taken_port_is_one_line_even_from_a_deployment_that_spreads(launch: Launch) -> None:
    _, port = serve(launch, workers=2)
    second = launch("tests.embedded.server", "2", str(port))
    assert second.complaint().startswith(f"port {port} is taken")
    assert second.process.returncode == 1
