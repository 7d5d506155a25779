"""A process that was started by the launcher, and does not outlive it."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_ORPHAN_POLL_S = 0.5


def follow_the_launcher(launcher: int) -> None:
    """Be told to stop (SIGTERM) when the launcher ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(launcher,), daemon=True).start()
    if os.getppid() != launcher:
        sys.exit(0)


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(_ORPHAN_POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
