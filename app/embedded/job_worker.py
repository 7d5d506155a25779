"""The worker of a deployment: `python -m app.embedded.job_worker LAUNCHER_PID`.

Started by `app.embedded.jobs` alone: `python -m app.worker` that ends with its launcher.
"""

import sys

from app import worker
from app.embedded.launched import follow_the_launcher


def main() -> None:
    follow_the_launcher(int(sys.argv[1]))
    worker.main()


if __name__ == "__main__":
    main()
