"""What is in the image, read from its files."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from base import base_tag
from engine import IMAGE, ROOT, Engine, Fault, run, successful

SERVICE = "srv/five-gift-packs"
PACKAGES = "opt/packages"
USER = "10001:10001"
SETTINGS = {
    "ENVIRONMENT",
    "FORWARDED_ALLOW_IPS",
    "GIT_COMMIT",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
}
# What `groupadd` and `useradd` write.
ACCOUNTS = re.compile(r"etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|etc/\.pwd\.lock")
SERVERS = re.compile(r"postgres|postmaster|initdb|pg_ctl|redis-server|valkey-server")
# A marker may keep a package away from this platform.
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)( *;)?", re.MULTILINE)

Files = dict[str, os.stat_result]


def check_contents(engine: Engine) -> None:
    """Raises `Fault` for what does not belong there, or is missing."""
    check_config(engine.config(IMAGE))
    with mounted(engine, base_tag()) as below, mounted(engine, IMAGE) as image:
        base, files = files_of(below), files_of(image)
        check_places({path for path, found in files.items() if differs(base.get(path), found)})
        check_owners(files)
        check_servers(files)
        check_source(image)
        check_packages(image)
    sizes = [engine.config(name)["Size"] / 1e6 for name in (IMAGE, base_tag())]
    tell(f"size: {sizes[0]:.0f} MB, of which {sizes[1]:.0f} MB are the base")


def check_config(config: dict[str, Any]) -> None:
    env = dict(line.split("=", 1) for line in config["Env"])
    expect("the user is a number, and not root's", config["User"], USER)
    expect("no setting has a value but these", set(env), SETTINGS)
    expect("it is for production", env["ENVIRONMENT"], "production")
    expect("it listens on one port", list(config["ExposedPorts"]), ["8000/tcp"])
    expect("it is stopped by", config["StopSignal"], "SIGTERM")
    expect("it has a health check", config["Healthcheck"] is not None, True)


@contextmanager
def mounted(engine: Engine, image: str) -> Iterator[Path]:
    place = engine.do("image", "mount", image).strip()
    try:
        yield Path(place)
    finally:
        engine.do("image", "unmount", image)


def files_of(root: Path) -> Files:
    """Everything below, by its path from there."""
    return {str(path.relative_to(root)): path.lstat() for path in root.rglob("*")}


def differs(before: os.stat_result | None, now: os.stat_result) -> bool:
    if before is None:
        return True
    if stat.S_ISDIR(now.st_mode):
        return False
    return any(
        getattr(before, name) != getattr(now, name)
        for name in ("st_mode", "st_size", "st_mtime_ns", "st_uid", "st_gid")
    )


def check_places(added: set[str]) -> None:
    """So there is no .git, no .venv, no secret, no list of packages, no trace of the build."""
    ours = tuple(f"{place}/" for place in (SERVICE, PACKAGES))
    strange = {
        path for path in added if not f"{path}/".startswith(ours) and not ACCOUNTS.fullmatch(path)
    }
    expect("nothing is added but the service, its packages and its account", strange, set())


def check_owners(files: Files) -> None:
    writable = {
        path
        for path, found in files.items()
        if path.startswith((SERVICE, PACKAGES))
        and not stat.S_ISLNK(found.st_mode)
        and (found.st_uid != 0 or found.st_mode & 0o022)
    }
    expect("the service can change nothing of itself", writable, set())


def check_servers(files: Files) -> None:
    servers = {path for path in files if SERVERS.fullmatch(Path(path).name)}
    expect("there is no server in it", servers, set())


def check_source(image: Path) -> None:
    """The files of the checkout that git knows, byte by byte."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", last_stage(), re.MULTILINE)
    names = [name for sources in copied for name in sources.split()]
    listed = successful(run("git", "-C", ROOT, "ls-files", "-z", *names)).split("\0")
    wanted = {path: (ROOT / path).read_bytes() for path in listed if path}
    place = image / SERVICE
    found = {
        str(path.relative_to(place)): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file()
    }
    wrong = {path for path in wanted.keys() | found if wanted.get(path) != found.get(path)}
    expect(f"it has the {len(wanted)} files of the checkout, and no others", wrong, set())


def last_stage() -> str:
    return (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]


def check_packages(image: Path) -> None:
    lock = (ROOT / "requirements-image.lock").read_text()
    pins = {plain(name): (version, bool(marker)) for name, version, marker in PIN.findall(lock)}
    infos = (image / PACKAGES).glob("lib/python*/site-packages/*.dist-info")
    found = {plain(name): version for name, version in (i.stem.split("-", 1) for i in infos)}
    wanted = {
        name: version for name, (version, may_lack) in pins.items() if name in found or not may_lack
    }
    expect(f"it has the {len(wanted)} packages of requirements-image.lock", found, wanted)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Fault(f"{what}: {shown(found)}, expected {shown(wanted)}")
    tell(f"{what}: {shown(found)}" if isinstance(found, str) else what)


def shown(value: object) -> str:
    return str(sorted(value)[:10]) if isinstance(value, set) else str(value)


def tell(line: str) -> None:
    print(f"  ok  {line}", flush=True)  # noqa: T201
