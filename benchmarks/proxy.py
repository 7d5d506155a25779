"""HAProxy before the service, with the configuration that a deployment is given (`ops/`)."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measured import NotAFigure
from benchmarks.site import Site

# The whole crowd may come at once.
BACKLOG = 4_096


@contextmanager
def behind(configuration: Path | None, site: Site) -> Iterator[Site]:
    """The site by way of HAProxy, which counts as one of its processes; itself without one."""
    if configuration is None:
        yield site
        return
    program = shutil.which("haproxy")
    if program is None:
        raise NotAFigure("there is no haproxy here (Debian: apt-get install haproxy)")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # Before it is started: whoever comes meanwhile waits and is not turned away.
        listener.listen(BACKLOG)
        where = {"LISTEN": f"fd@{listener.fileno()}", "SERVICE": urlsplit(site.url).netloc}
        proxy = subprocess.Popen(
            [program, "-db", "-f", str(configuration)],
            env=os.environ | where,
            pass_fds=[listener.fileno()],
        )
        try:
            port = listener.getsockname()[1]
            yield replace(site, url=f"http://127.0.0.1:{port}", pids=(*site.pids, proxy.pid))
        finally:
            proxy.terminate()
            proxy.wait()
