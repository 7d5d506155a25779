"""Keeps the tiny worker going, as `./run serve` keeps the real one."""

import os
import sys
import time

from app.embedded.interrupts import listen
from app.embedded.jobs import JobWorker


def main() -> int:
    listen()
    try:
        with JobWorker(os.environ, module="tests.embedded.tiny_worker") as worker:
            while True:
                worker.look()
                time.sleep(0.02)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
