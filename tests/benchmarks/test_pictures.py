"""The pictures of what was played: each line once, in its own picture, and no network needed."""

import json
import re

from benchmarks.pictures import page
from benchmarks.scenarios.scenario import Axes, Line, Point

CARRIED = Axes("Carried </script>", "processes", "a second")
WAITED = Axes("Waited", "share", "milliseconds", is_log=True)
PLAYED = {
    "curves": [
        Line("1", "", points=(Point(CARRIED, "claim", 1, 100.04), Point(CARRIED, "no-op", 1, 300))),
        Line("2", "", points=(Point(CARRIED, "claim", 2, 200), Point(CARRIED, "no-op", 2, 600))),
        Line("half", "", points=(Point(WAITED, "p50", 0.5, 7),)),
        Line("conservation", "equal"),
    ]
}


def test_each_line_stands_in_its_picture() -> None:
    text = page(PLAYED)
    found = re.search(r"for \(const option of (.*)\) \{", text)
    assert found is not None
    carried, waited = json.loads(found[1])
    assert carried["title"]["text"] == "Carried </script>"
    assert [(line["name"], line["data"]) for line in carried["series"]] == [
        ("claim", [[1, 100.0], [2, 200]]),
        ("no-op", [[1, 300], [2, 600]]),
    ]
    assert (carried["yAxis"]["type"], waited["yAxis"]["type"]) == ("value", "log")


def test_nothing_ends_the_script_before_its_end_and_nothing_is_fetched() -> None:
    text = page(PLAYED)
    assert text.count("</script>") == 2
    assert "Carried <" not in text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_where_nothing_was_drawn_the_page_is_empty() -> None:
    assert "for (const option of [])" in page({"drop": [Line("issued", "20,000")]})
