"""`./run serve`: the main job. Starts what is missing, migrates, seeds, serves, stops it again."""

import argparse
import shlex
from pathlib import Path

from app.embedded.data_folder import DEFAULT, open_data_folder
from app.embedded.jobs import JobWorker
from app.embedded.progress import answer, say
from app.embedded.ready import ready_deployment
from app.embedded.service_file import ServiceFile
from app.embedded.web import Port, Web
from app.embedded.wechat_pay.beside import provider_beside


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="8000; 0 picks a free one")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    parser.add_argument(
        "--empty",
        action="store_true",
        help="seed no people, stores or goods: a campaign and the account administrator",
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        _serve(arguments)
    except KeyboardInterrupt:
        say("Stopped.")
    return 0


def _serve(arguments: argparse.Namespace) -> None:
    with ServiceFile(open_data_folder(arguments.data)) as service:
        port = Port(arguments.host, arguments.port)
        with (
            ready_deployment(arguments.data, empty=arguments.empty) as ready,
            provider_beside(arguments.data, ready, port.url) as settings,
        ):
            say("Starting the application ...")
            with (
                Web(settings, port, count=arguments.workers) as web,
                JobWorker(settings) as worker,
            ):
                service.announce(port.url)
                answer(_welcome(port.url, arguments.data))
                try:
                    web.watch(worker.look)
                except KeyboardInterrupt:
                    say("Finishing what is in flight ...")
                    raise


def _welcome(url: str, data: Path) -> str:
    token = "./run token"
    if data != DEFAULT:
        token += f" --data {shlex.quote(str(data))}"
    return f"""
Serving at {url} (Ctrl-C stops it)

  Docs     {url}/docs        everything
           {url}/docs/app    /docs/store   /docs/admin
  Tokens   {token} member M00000001
           {token} store QD0001
           {token} staff administrator
  Try      curl -H "Authorization: Bearer $({token} member M00000001)" \\
             {url}/v1/breakfast/batches
"""
