"""Who may import whom. Most of it stands in `pyproject.toml` ([tool.importlinter])."""

import re
import subprocess
import sys

from app.packs import KINDS
from tests.house.source import APP, ROOT, below, modules

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
# Where names become modules: elsewhere an import is a line that the linter can read.
FINDS_BY_NAME = {
    # All tables are one schema: whoever imports one module of them knows them all.
    "app.models",
    "app.main",
    "app.worker",
    "app.cli",
    "app.registrations",
    "app.verification",
    "app.commands.replay",
}
REPLAY_MAY = ("app.replay", "app.schemas", "app.platform", "app.version")


def test_every_import_goes_downwards() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "0 broken" in ran.stdout


def test_modules_are_found_by_name_at_the_doors_only() -> None:
    finders = {
        module.name
        for module in modules()
        for called, _ in module.calls()
        if called in {"importlib.import_module", "import_module", "__import__"}
    }
    assert finders <= FINDS_BY_NAME


def test_a_pack_reads_no_other_packs_tables() -> None:
    for kind in KINDS:
        others = {f"app.models.{other}" for other in KINDS if other != kind}
        for module in below(f"app.packs.{kind}"):
            assert not others & set(module.imports()), module.place


def test_shared_rooms_read_no_packs_tables() -> None:
    tables = {f"app.models.{kind}" for kind in KINDS}
    for module in below("app.shared"):
        assert not tables & set(module.imports()), module.place


def test_the_replay_speaks_to_the_service_as_strangers_do() -> None:
    for module in below("app.replay"):
        ours = {name for name in module.imports() if name.split(".")[0] == "app"}
        strange = {name for name in ours if not name.startswith(REPLAY_MAY)}
        assert not strange, module.place


def test_every_rules_module_is_under_the_rule_of_purity() -> None:
    lines = (ROOT / "pyproject.toml").read_text()
    for path in APP.glob("packs/*/*rules.py"):
        assert f'"app.packs.*.{path.stem}"' in lines, f"name {path.stem} in rules-are-pure"


def test_rules_wait_for_nothing_and_ask_no_clock() -> None:
    for module in modules():
        if not re.search(r"\.packs\.\w+\.\w*rules$", module.name):
            continue
        assert "async def" not in module.text, module.place
        assert not re.search(r"\b(Clock|now)\(", module.text), module.place
