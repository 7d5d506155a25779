"""Serves the tiny application: `python -m tests.embedded.server WORKERS PORT`."""

import os
import sys

from app.embedded.errors import DeploymentError
from app.embedded.interrupts import listen
from app.embedded.progress import answer, say
from app.embedded.web import Port, Web

APPLICATION = "tests.embedded.tiny_application:app"


def main() -> int:
    listen()
    workers, number = map(int, sys.argv[1:])
    try:
        port = Port("127.0.0.1", number)
        with Web(os.environ, port, count=workers, application=APPLICATION) as web:
            answer(str(port.number))
            web.watch()
    except DeploymentError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
