"""`python3 .ci/image`: builds the image from the Dockerfile, looks into it, and starts it.

No engine needs to run and no image registry to be reachable: the base image is made here
from Debian's packages, and Podman builds and runs in namespaces of its own. All of it lives
in memory (about a gigabyte) and in one process tree, so nothing is left afterwards; after a
`kill -9` of this process an empty folder and empty control groups.
Exit 0: it holds; 1: it does not; 2: this machine lacks something (said in one line).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).with_name("inside.py")
PREFIX = "five-gift-packs-image-"
LIMIT_S = 350
NEEDED = ("git", "mmdebstrap", "podman", "runc", "setpriv", "unshare")
SANDBOX = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# The first process of a namespace inherits its orphans, and somebody must bury them.
FIRST = ("sh", "-c", '"$@"; exit $?', "sh")
CGROUPS = Path("/sys/fs/cgroup")
# Where Podman and runc write, whatever they are told: covered, and left as they were.
COVERED = (Path("/var/lib/containers"), Path("/run/runc"))


def main() -> int:
    lacking = what_is_lacking()
    if lacking:
        say(f"The image cannot be checked here: {lacking}.")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # The environment of ./run: the servers that the image is tried against come with it.
    subprocess.run([ROOT / "run", "--help"], stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    made = [path for path in COVERED if not path.exists()]
    try:
        return check(folder)
    finally:
        clear_up(folder, made)


def what_is_lacking() -> str:
    """The first thing that this machine lacks, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it takes root on Linux"
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found (on Debian: apt install {' '.join(missing)})"
    tried = subprocess.run([*SANDBOX, "--net", "true"], capture_output=True, check=False)  # noqa: S603
    return "" if tried.returncode == 0 else "root may not make namespaces here (a container?)"


def check(folder: Path) -> int:
    for path in COVERED:
        path.mkdir(parents=True, exist_ok=True)
    inside = [sys.executable, INSIDE, folder, *COVERED]
    # Killed here, or with this process: then everything in the namespace is killed as well.
    command = ["setpriv", "--pdeathsig", "KILL", *SANDBOX, *FIRST, *map(str, inside)]
    try:
        return subprocess.run(command, timeout=LIMIT_S, check=False).returncode  # noqa: S603
    except subprocess.TimeoutExpired:
        say(f"FAULT: not done within {LIMIT_S} s")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def clear_up(folder: Path, made: list[Path]) -> None:
    """Remove what was made: all of it folders, which were empty or only covered."""
    # Who was just killed may still hold on to his control group for an instant.
    for _ in range(50):
        groups = control_groups(folder.name)
        if not groups:
            break
        for path in groups:
            with suppress(OSError):
                path.rmdir()
        time.sleep(0.1)
    for path in [folder, *made]:
        with suppress(OSError):
            path.rmdir()


def control_groups(name: str) -> list[Path]:
    """The containers' groups below that name, inner ones first; of version 2 and 1."""
    tops = [*CGROUPS.glob(name), *CGROUPS.glob(f"*/{name}")]
    within = [path for top in tops for path in top.rglob("*") if path.is_dir()]
    return sorted([*tops, *within], reverse=True)


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
