"""The smallest worker: says which process it is, and stays until it is told to stop.

With `DIES` it does not stay.
"""

import os
import signal
import sys

from app.embedded.launched import follow_the_launcher


def main() -> None:
    follow_the_launcher(int(sys.argv[1]))
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    if "DIES" in os.environ:
        sys.exit(3)
    signal.pause()


if __name__ == "__main__":
    main()
