"""The data folder (`--data`): one deployment on one machine lives in it."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from app.embedded.errors import DeploymentError

DEFAULT = Path(__file__).resolve().parents[2] / ".data"


def open_data_folder(path: Path) -> Path:
    """The folder, made if missing. Raises `DeploymentError` when it cannot be ours."""
    path = path.resolve()
    try:
        if not path.is_dir():
            path.mkdir(parents=True)
            # As root the servers run as another user, who must be able to pass through.
            path.chmod(0o711)
    except OSError as error:
        raise DeploymentError(f"cannot make the data folder {path}: {error.strerror}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise DeploymentError(f"the data folder {path} is not writable for this user")
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise DeploymentError(
            f"the data folder {path} belongs to user {owner}: run this as that user, "
            "or name another folder with --data"
        )
    return path


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in the file, or None when there is none or it is unreadable."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(path: Path, content: dict[str, Any], *, replace: bool = True) -> None:
    """Write the whole file at once, readable by its owner alone.

    Without `replace` an existing file is kept as it is: whoever was first has said it.
    """
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(fd, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(fd)
        if replace:
            temporary.replace(path)
        elif not path.exists():
            path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)
