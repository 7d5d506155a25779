"""The base image that the Dockerfile names, made here of Debian's packages.

It stands for Docker's official `python:3.11-slim`, which has the same shape: a minimal Debian
with a `python` and a `pip`. What is judged is what the Dockerfile makes of it; the base is
Debian's, with Debian's Python of the same minor version.
"""

import os
import re
import subprocess
from pathlib import Path

from engine import ROOT, Engine, Fault, run, successful

# Debian's releases by the Python that they have.
RELEASES = {"3.11": "bookworm"}
PACKAGES = "ca-certificates,netbase,python-is-python3,python3,python3-pip,python3-venv,tzdata"
NOT_IN_SLIM = ("/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/man/*")


def make_base(engine: Engine) -> None:
    """The base, under the name that the Dockerfile knows it by. Raises `Fault`."""
    tag = base_tag()
    version = tag.removeprefix("python:").removesuffix("-slim")
    release = RELEASES.get(version)
    if release is None:
        raise Fault(f"no Debian is known here that could stand for {tag}")
    archive = engine.folder / "base.tar"
    bootstrap(release, archive)
    engine.do("import", archive, f"docker.io/library/{tag}")
    archive.unlink()


def base_tag() -> str:
    """The one image that all of the Dockerfile's stages begin with."""
    tags = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    if len(tags) != 1:
        raise Fault(f"the Dockerfile begins with several images: {sorted(tags)}")
    return str(tags.pop())


def bootstrap(release: str, archive: Path) -> None:
    command = [
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        f"--include={PACKAGES}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in NOT_IN_SLIM),
        # A place for this machine's settings (package_index.py); in the image it stays empty.
        '--customize-hook=touch "$1/etc/pip.conf"',
        release,
        str(archive),
    ]
    sources = debian_sources(release)
    done = subprocess.run(  # noqa: S603 - a program of the machine's
        [*command, "-"] if sources else command,
        input=sources or None,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(archive.parent)},
    )
    successful(done)


def debian_sources(release: str) -> str:
    """Where this machine itself gets that release; empty where it is another system."""
    listed = run(
        *("apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(COMPONENT)"),
        "Created-By: Packages",
    )
    found = {tuple(line.split("|")[1:]) for line in listed.stdout.splitlines() if "Debian|" in line}
    return "".join(
        f"deb {address} {name} {component}\n"
        for address, name, component in sorted(found)
        if name.startswith(release) and component == "main"
    )
