"""A command that uses a deployment: prints its settings, then stays until its input ends."""

import json
import sys
from pathlib import Path

from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.interrupts import listen
from app.embedded.progress import answer, say

SHOWN = ("DATABASE_URL", "REDIS_URL", "SEAL_KEYS", "MEMBER_JWKS_URL")


def main() -> int:
    listen()
    try:
        with Deployment(Path(sys.argv[1])) as settings:
            answer(json.dumps({name: settings[name] for name in SHOWN}))
            sys.stdin.read()
    except DeploymentError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
