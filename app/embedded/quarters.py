"""As whom, and where, the servers run.

PostgreSQL refuses to run as root. So root's servers run as `nobody`; where only root may
pass (a clone in root's home, say), as root's own files seen from a user namespace in which
root is `nobody`; and where the kernel forbids that too, from a folder of the system's state
directory. Every other user's servers run as that user, in the data folder.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.embedded.binaries import Binaries
from app.embedded.errors import DeploymentError
from app.embedded.progress import say

STATE_FOLDER = Path("/var/lib/five-gift-packs")
_NOBODY = "nobody"
_NAMESPACE = ("--user", "--map-user=65534", "--map-group=65534", "--")

# Run as the other user: can it come to the folder, and do the programs run for it?
_TRIAL = 'cd -- "$0" && "$1" --version && "$2" --version'


@dataclass(frozen=True)
class Quarters:
    """`folder` holds the servers' data; `account` and `prefix` say as whom to start them."""

    folder: Path
    binaries: Binaries
    account: pwd.struct_passwd | None = None
    prefix: tuple[str, ...] = ()

    def start(
        self, command: Sequence[str | Path], *, log: int, stdin: int, keep: tuple[int, ...] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start a program as the servers' user, out of reach of this terminal's Ctrl-C."""
        return subprocess.Popen(  # noqa: S603 - programs of ours, arguments of ours
            [*self.prefix, *command],
            stdin=stdin,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            pass_fds=keep,
            user=self.account.pw_uid if self.account else None,
            group=self.account.pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
        )

    def hand_over(self, path: Path) -> None:
        """Make a file, or a folder with all in it, the servers' user's."""
        uid, gid = os.geteuid(), os.getegid()
        if self.account:
            uid, gid = self.account.pw_uid, self.account.pw_gid
        if path.stat().st_uid == uid:
            return
        for inner in path.rglob("*"):
            os.chown(inner, uid, gid, follow_symlinks=False)
        os.chown(path, uid, gid)

    def suits(self) -> bool:
        """Whether the programs run there and then."""
        programs = (self.binaries.postgres / "postgres", self.binaries.valkey)
        trial: list[str | Path] = ["/bin/sh", "-c", _TRIAL, self.folder, *programs]
        try:
            process = self.start(trial, log=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        except OSError:
            return False
        return process.wait() == 0


def choose_quarters(data_dir: Path, deployment_id: str, binaries: Binaries) -> Quarters:
    """The first of the three ways that works here. Raises `DeploymentError` when none does."""
    if os.geteuid() != 0:
        return Quarters(data_dir, binaries)
    nobody = _account_of_nobody()
    elsewhere = _state_folder(data_dir, deployment_id)
    if not elsewhere.exists():
        for quarters in _ways_in(data_dir, binaries, nobody):
            if quarters.suits():
                return quarters
    if nobody is not None:
        return _in_state_folder(elsewhere, binaries, nobody)
    raise DeploymentError(
        "PostgreSQL does not run as root, and this system has neither a user `nobody` nor "
        "user namespaces: run this as another user"
    )


def _ways_in(
    data_dir: Path, binaries: Binaries, nobody: pwd.struct_passwd | None
) -> list[Quarters]:
    ways = [Quarters(data_dir, binaries, account=nobody)] if nobody else []
    unshare = shutil.which("unshare")
    if unshare:
        ways.append(Quarters(data_dir, binaries, prefix=(unshare, *_NAMESPACE)))
    return ways


def _account_of_nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_NOBODY)
    except KeyError:
        return None


def _state_folder(data_dir: Path, deployment_id: str) -> Path:
    # With the deployment's id: a data folder that was removed and made again is another one.
    name = sha256(f"{data_dir}\n{deployment_id}".encode()).hexdigest()[:16]
    return STATE_FOLDER / name


def _in_state_folder(folder: Path, binaries: Binaries, nobody: pwd.struct_passwd) -> Quarters:
    for made in (STATE_FOLDER, folder):
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(0o711)
    copied = binaries.copied_below(STATE_FOLDER)
    quarters = Quarters(folder, copied, account=nobody)
    if not quarters.suits():
        raise DeploymentError(f"the servers cannot be run as `{_NOBODY}` from {folder}")
    say(f"Only root can reach the data folder, so the servers' data is in {folder}")
    return quarters
