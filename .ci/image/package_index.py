"""How pip reaches its index from this machine: lent to the build, and not to the image."""

import configparser
import re
import shutil
import sys
from pathlib import Path

from engine import run

# What of pip's settings means the same within the build.
TAKEN = ("index-url", "extra-index-url", "trusted-host", "proxy")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def lend_settings(folder: Path) -> list[str]:
    """Options for `podman build`."""
    found = pip_settings()
    taken = {name: found[name] for name in TAKEN if name in found}
    options = [f"--volume={folder / 'pip.conf'}:/etc/pip.conf:ro"]
    if "cert" in found:
        shutil.copyfile(found["cert"], folder / "certificates")
        options.append(f"--volume={folder / 'certificates'}:{CERTIFICATES}:ro")
        taken["cert"] = CERTIFICATES
    settings = configparser.RawConfigParser()
    settings["global"] = taken
    with (folder / "pip.conf").open("w") as file:
        settings.write(file)
    return options


def pip_settings() -> dict[str, str]:
    """Those of `pip config list`; the environment's win."""
    listed = run(sys.executable, "-m", "pip", "config", "list").stdout
    lines = re.findall(r"^(global|install|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE)
    # Folders of this machine's are not there in the build.
    usable = [line for line in lines if "file:" not in line[2]]
    return {name: value for _, name, value in sorted(usable, key=lambda line: line[0] == ":env:")}
