"""Within the namespaces: build, look, start. Started by `__main__.py` alone."""

import subprocess
import sys
import time
from pathlib import Path

from base import make_base
from contents import check_contents
from engine import Engine, Fault
from package_index import lend_settings

HERE = Path(__file__).parent
STARTED = time.monotonic()


def main() -> None:
    folder, *covered = map(Path, sys.argv[1:])
    for path in (folder, *covered):
        # As root the servers run as another user, who must be able to pass through.
        command = ["mount", "-t", "tmpfs", "-o", "mode=0711", "tmpfs", str(path)]
        subprocess.run(command, check=True)  # noqa: S603
    try:
        check(Engine.in_folder(folder))
    except Fault as fault:
        sys.exit(f"FAULT: {fault}")


def check(engine: Engine) -> None:
    step("the base image")
    make_base(engine)
    step("the image, from the Dockerfile")
    engine.build(*lend_settings(engine.folder))
    step("what is in it")
    check_contents(engine)
    step("started, as in production")
    # With a network of its own that has nothing but loopback: all ports are free, and
    # whatever the service wanted from elsewhere it would not get.
    command = ["unshare", "--net", sys.executable, str(HERE / "service.py"), str(engine.folder)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        sys.exit(1)
    step("it holds")


def step(title: str) -> None:
    print(f"\n== {title} (after {time.monotonic() - STARTED:.0f} s)", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
