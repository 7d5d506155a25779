"""`docs/limits.md` prints the table that the service keeps to."""

from app.shared.limits import AT_ONCE, GUESSES, RATES, GuessPolicy
from tests.house.source import ROOT


def row(name: str, *numbers: object, words: list[tuple[str, str]]) -> str:
    both = (f"{zh} · {en}" for zh, en in words)
    return f"| {' | '.join([f'`{name}`', *map(str, numbers), *both])} |"


def waits(policy: GuessPolicy) -> str:
    return f"{policy.first_wait_s}–{policy.longest_wait_s}" if policy.first_wait_s else "—"


def test_the_page_prints_the_table() -> None:
    page = (ROOT / "docs" / "limits.md").read_text().splitlines()
    printed = [line for line in page if line.startswith("| `")]
    assert printed == [
        *(row(p.name, p.quota, p.window_s, words=[p.counted_by, p.about]) for p in RATES),
        row(
            AT_ONCE.name,
            AT_ONCE.most,
            AT_ONCE.in_all,
            words=[AT_ONCE.counted_by, AT_ONCE.about],
        ),
        *(
            row(p.name, p.most, p.window_s, waits(p), words=[p.counted_by, p.about])
            for p in GUESSES
        ),
    ]
