"""A disk of the servers' own that a test can fill without writing a byte: a tmpfs.

Its size is set to what is in it, so the next block is refused (ENOSPC). Mounting takes root.
"""

import os
import subprocess
from pathlib import Path

SIZE = "1g"


class Disk:
    """Mounted on the folder; `missing` says why not, and then nothing can be filled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing = "only root can mount a disk that a test may fill"
        if os.geteuid() == 0:
            self.missing = self._mount("-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs")

    def fill(self) -> None:
        """Until `free`, no file can grow."""
        assert not self.missing
        complaint = "not yet"
        while complaint:  # Somebody has written since we looked.
            found = os.statvfs(self._folder)
            taken = (found.f_blocks - found.f_bfree) * found.f_frsize
            complaint = self._mount("-o", f"remount,size={taken}")

    def free(self) -> None:
        assert not self._mount("-o", f"remount,size={SIZE}")

    def close(self) -> None:
        if not self.missing:
            subprocess.run(["umount", "--lazy", self._folder], check=True)

    def _mount(self, *options: str) -> str:
        ran = subprocess.run(
            ["mount", *options, self._folder], capture_output=True, text=True, check=False
        )
        return ran.stderr.strip() or ("mount failed" if ran.returncode else "")
