"""`docs/limits.md` prints the table that the service keeps to."""

from app.shared.limits import GUESSES, RATES
from tests.house.source import ROOT


def row(name: str, number: int, window_s: int, *pairs: tuple[str, str]) -> str:
    words = (f"{zh} · {en}" for zh, en in pairs)
    return f"| {' | '.join([f'`{name}`', str(number), str(window_s), *words])} |"


def test_the_page_prints_the_table() -> None:
    page = (ROOT / "docs" / "limits.md").read_text().splitlines()
    printed = [line for line in page if line.startswith("| `")]
    assert printed == [
        *(row(p.name, p.quota, p.window_s, p.counted_by, p.about) for p in RATES),
        *(row(p.name, p.most, p.window_s, p.counted_by, p.about) for p in GUESSES),
    ]
