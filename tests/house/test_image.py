"""The Dockerfile says again what the code says already; here the two are held together.

`python3 .ci/image` builds the image and starts it.
"""

import json
import re

from app import serving
from tests.house.source import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
LAST_STAGE = DOCKERFILE.rsplit("\nFROM ", 1)[1]


def instruction(name: str) -> str:
    """What the last stage's only such instruction says."""
    (found,) = re.findall(rf"^{name} (.*)$", LAST_STAGE, re.MULTILINE)
    return str(found)


def test_the_image_serves_as_the_local_workers_do() -> None:
    *program, host, port = json.loads(instruction("CMD"))
    assert (program, host) == (["python", "-m", serving.__name__], "0.0.0.0")
    assert port == instruction("EXPOSE")
    assert f":{port}/healthz" in instruction("HEALTHCHECK")


def test_an_orchestrator_can_see_that_the_user_is_not_root() -> None:
    user, _, group = instruction("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_what_is_copied_is_let_through_to_the_build() -> None:
    ignored, *let_through = (ROOT / ".dockerignore").read_text().split()
    assert ignored == "*"
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    assert {f"!{name}" for name in copied} == {line for line in let_through if line[0] == "!"}
    assert all((ROOT / name).exists() for name in copied)
