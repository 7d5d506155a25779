"""A clone comes up with `./run serve --port 0`, is ready, and ends in good order."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

START_S = 180
ANSWER_S = 60


def main() -> None:
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(START_S)
    clone = Path(sys.argv[1])
    command = [clone / "run", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:  # noqa: S603
        try:
            url = address(service)
            with urllib.request.urlopen(f"{url}/readyz", timeout=ANSWER_S) as answer:  # noqa: S310
                state = json.load(answer)
        finally:
            service.terminate()
        code = service.wait(ANSWER_S)
    if state["status"] != "ready" or code != 0:
        sys.exit(f"/readyz said {state}; after SIGTERM the exit code was {code}")
    sys.stdout.write(f"{url} was ready, and ended with exit code 0.\n")


def give_up(*_: object) -> None:
    raise TimeoutError(f"not ready within {START_S} s")


def address(service: "subprocess.Popen[str]") -> str:
    assert service.stdout is not None
    for line in service.stdout:
        if line.startswith("Serving at "):
            return line.split()[2]
    sys.exit("./run serve ended before it served")


if __name__ == "__main__":
    main()
