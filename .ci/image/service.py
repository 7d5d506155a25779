"""The image started on real servers, as in production, within a network of its own.

Started by `inside.py`. What is asked of it: without its keys it does not start; it migrates
and makes the first account; it is healthy, ready, answers (`answers.py`, `callers.py`), and
SIGTERM ends it with exit code 0 when it has finished what is in flight.
"""

import base64
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answers import check_answers
from callers import check_callers
from contents import USER, expect, tell
from engine import IMAGE, PROCESSES, ROOT, Engine, Fault, open_files
from last_request import LastRequest

HERE = Path(__file__).parent
NAME, WORKER = "service", "worker"
KEYS = ("SEAL_KEYS", "DIGEST_KEYS", "TOKEN_KEYS", "PASS_KEYS")
# The strictest that an operator may set: whatever it needed more than this would show.
CONFINED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges")
# The soft limit of many an orchestrator; a rush has more callers.
FEW_FILES = 1_024
HEALTHY_WITHIN_S = 30
# What engines grant before they kill; orchestrators grant more.
GRACE_S = 10
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

Settings = dict[str, str]


def main() -> None:
    engine = Engine(Path(sys.argv[1]))
    bring_loopback_up()
    try:
        with surroundings(engine.folder / "data") as (settings, member_token):
            check_service(engine, settings, member_token)
    except Fault as fault:
        sys.exit(f"FAULT: {fault}")


def check_service(engine: Engine, outside: Settings, member_token: str) -> None:
    settings = {**outside, **{name: new_key() for name in KEYS}}
    check_refusal(engine, settings)
    options = [*CONFINED, env_file(engine, settings)]
    for _ in range(2):
        engine.run("--rm", *options, command="alembic upgrade head")
    tell("alembic upgrade head, and again")
    engine.run("--rm", *options, command="python -m app.embedded.seed --empty")
    create = "python -m app.cli staff create operator --role administrator"
    password = engine.run("--rm", *options, command=create).strip()
    tell("the edition and the first account are made")
    engine.run("--detach", f"--name={NAME}", *few_files(), *options)
    check_health(engine)
    check_process(engine)
    check_answers()
    check_callers(password, member_token)
    check_end(engine, password)
    check_worker(engine, options)
    check_log(engine, settings)
    found = engine.run("--rm", *options, command="python -m app.cli verify")
    expect("the conservation checks", found.split()[-1], "clean")


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


@contextmanager
def surroundings(folder: Path) -> Iterator[tuple[Settings, str]]:
    """PostgreSQL, Valkey and an identity provider; their settings, and a member's token."""
    venv = Path(os.environ.get("UNIONAPP_VENV") or ROOT / ".venv")
    process = subprocess.Popen(  # noqa: S603 - a program of ours
        [venv / "bin" / "python", HERE / "servers.py", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        assert process.stdin
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise Fault("the servers do not start (see above)")
        told = json.loads(line)
        try:
            yield told["settings"], told["member_token"]
        finally:
            process.stdin.close()


def new_key() -> str:
    """As docs/operations.md makes them."""
    return f"1:{base64.b64encode(os.urandom(32)).decode()}"


def env_file(engine: Engine, settings: Settings) -> str:
    """Not as arguments: those can be read by everybody on the machine."""
    path = engine.folder / "service.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return f"--env-file={path}"


def few_files() -> list[str]:
    """A low soft limit. Limits given here replace all those of engine.py."""
    limits = {"nofile": f"{FEW_FILES}:{open_files()}", "nproc": f"{PROCESSES}:{PROCESSES}"}
    return [f"--ulimit={name}={limit}" for name, limit in limits.items()]


def secrets_in(settings: Settings, text: str) -> list[str]:
    """The names of the settings of whose secret part the text shows an end."""
    parts = {name: settings[name].split(":", 1)[1] for name in KEYS} | {
        name: settings[name].split("@")[0].rsplit(":", 1)[1]
        for name in ("DATABASE_URL", "REDIS_URL")
    }
    return [name for name, part in parts.items() if part[:8] in text or part[-8:] in text]


def check_refusal(engine: Engine, settings: Settings) -> None:
    broken = {**settings, "DATABASE_URL": settings["DATABASE_URL"].replace("postgresql", "mysql")}
    del broken["DIGEST_KEYS"]
    refused = engine.try_to("run", "--rm", *engine.own, *CONFINED, env_file(engine, broken), IMAGE)
    said = refused.stdout + refused.stderr
    expect("without a key it does not start", refused.returncode != 0, True)
    named = [name for name in ("database_url", "digest_keys") if f"{name}\n" in said]
    expect("and says which settings are wrong", named, ["database_url", "digest_keys"])
    expect("and shows nothing of any", secrets_in(settings, said), [])


def check_health(engine: Engine) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while engine.try_to("healthcheck", "run", NAME).returncode:
        if time.monotonic() > deadline:
            log = engine.try_to("logs", "--tail=20", NAME)
            raise Fault(f"not healthy within {HEALTHY_WITHIN_S} s:\n{log.stdout}{log.stderr}")
        time.sleep(0.2)
    tell("its own health check finds it healthy")
    test = engine.config(IMAGE)["Healthcheck"]["Test"][1:]
    engine.do("exec", "--env=http_proxy=http://127.0.0.1:9", NAME, *test)
    tell("also where the environment names a proxy")
    engine.do("kill", "--signal=STOP", NAME)
    stopped = engine.try_to("healthcheck", "run", NAME).returncode
    engine.do("kill", "--signal=CONT", NAME)
    expect("and notices when it hangs", stopped, 1)


def check_process(engine: Engine) -> None:
    """As the kernel sees it, not as it was asked for."""
    process = engine.do("inspect", "--format={{.State.Pid}}", NAME).strip()
    status = dict(line.split(":", 1) for line in lines_of(f"/proc/{process}/status"))
    user, group = USER.split(":")
    expect("it runs as user", status["Uid"].split(), [user] * 4)
    expect("it runs as group", status["Gid"].split(), [group] * 4)
    (files,) = (line for line in lines_of(f"/proc/{process}/limits") if "open files" in line)
    expect("it may open as many files as there are", int(files.split()[3]), open_files())


def lines_of(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def check_end(engine: Engine, password: str) -> None:
    with LastRequest(password) as request:
        told = time.monotonic()
        engine.do("kill", "--signal=TERM", NAME)
        request.wait_until_nobody_else_gets_in()
        is_answered = "mfa_required" in request.finish()
        expect("SIGTERM: what was in flight is still answered", is_answered, True)
    expect("and then it ends with", engine.do("wait", NAME).strip(), "0")
    if time.monotonic() - told > GRACE_S:
        raise Fault(f"but not within {GRACE_S} s")


def check_worker(engine: Engine, options: list[str]) -> None:
    """The same image, beside the web."""
    named = ["--detach", "--no-healthcheck", f"--name={WORKER}", *options]
    engine.run(*named, command="python -m app.worker")
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while "worker_started" not in engine.do("logs", WORKER):
        if time.monotonic() > deadline:
            raise Fault(f"the worker has not started within {HEALTHY_WITHIN_S} s")
        time.sleep(0.2)
    tell("the same image is a worker")
    engine.do("kill", "--signal=TERM", WORKER)
    expect("and ends with", engine.do("wait", WORKER).strip(), "0")


def check_log(engine: Engine, settings: Settings) -> None:
    logs = [engine.try_to("logs", name) for name in (NAME, WORKER)]
    said = "".join(log.stdout + log.stderr for log in logs)
    expect("their logs show no secret", secrets_in(settings, said), [])


if __name__ == "__main__":
    main()
