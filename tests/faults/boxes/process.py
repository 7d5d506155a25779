"""One process of the service by the boxes' own door, which a test kills by the dozen.

`python -m tests.faults.boxes.process [PORT]`: with a port it serves there as the web does, without
one it is a worker.
"""

import sys

import uvicorn

from app import worker
from app.serving import SERVED
from tests.faults.boxes import door


def main() -> None:
    door.install()
    if sys.argv[1:]:
        uvicorn.run(door.app, host="127.0.0.1", port=int(sys.argv[1]), **SERVED)
    else:
        worker.main()


if __name__ == "__main__":
    main()
