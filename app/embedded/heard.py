"""What processes say on standard output, kept in a file, and shown as well where that is wanted."""

import os
import threading
from pathlib import Path
from typing import Self

CHUNK = 64 * 1024


class Heard:
    """While the block runs, whoever has `output` as standard output is heard."""

    def __init__(self, path: Path, *, is_shown: bool) -> None:
        self.path = path
        self._is_shown = is_shown
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._kept = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.output = self._kept
        if self._is_shown:
            source, self.output = os.pipe()
            self._reader = threading.Thread(target=self._pass_on, args=(source,), daemon=True)
            self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        """After the processes have ended; the file goes with what it was about."""
        if self._reader is not None:
            os.close(self.output)
            self._reader.join()
        os.close(self._kept)
        self.path.unlink(missing_ok=True)

    def _pass_on(self, source: int) -> None:
        while data := os.read(source, CHUNK):
            os.write(self._kept, data)
            os.write(1, data)
        os.close(source)
