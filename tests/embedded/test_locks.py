"""The image's packages are the tested ones, without what only one's own machine needs."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """Each package with its version and hashes."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())
    return {block.split("==")[0]: block for block in blocks}


def test_the_image_is_built_from_the_versions_that_are_tested() -> None:
    image, tested = pins("requirements-image.lock"), pins("requirements.lock")
    # Markers may differ, versions and hashes may not.
    assert {name: re.findall(r"==[^ ;]+|sha256:\w+", pin) for name, pin in image.items()} == {
        name: re.findall(r"==[^ ;]+|sha256:\w+", pin)
        for name, pin in tested.items()
        if name in image
    }


def test_the_image_has_neither_embedded_servers_nor_development_tools() -> None:
    image = pins("requirements-image.lock")
    assert "fastapi" in image
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = project["project"]["optional-dependencies"]["embedded"]
    listed += project["dependency-groups"]["dev"]
    names = {re.split(r"[=\[;]", line)[0].strip() for line in listed}
    # Starlette itself stands on it.
    assert image.keys() & names == {"anyio"}
