"""The pictures of what was played, as one page that needs no network.

Drawn by the chart library that the report's page carries (docs/adr/0039-the-report.md).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.scenarios.scenario import Axes, Line, Point

LIBRARY = Path(__file__).parents[1] / "app/routers/pages/echarts/echarts.common.min.js"
COLOURS = ["#a3161b", "#2b4c7e", "#c8963e", "#2f7d6b"]
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>./run bench</title>
<style>body{margin:0;font-family:sans-serif}div{width:760px;height:420px;margin:16px}</style>
<body><script>%(library)s</script>
<script>
for (const option of %(options)s) {
  const place = document.body.appendChild(document.createElement("div"));
  echarts.init(place, null, { renderer: "svg" }).setOption(option);
}
</script></body></html>
"""


def page(played: Mapping[str, Sequence[Line]]) -> str:
    """All pictures of all scenarios; where none has any, an empty page."""
    points = [point for lines in played.values() for line in lines for point in line.points]
    options = [
        _option(axes, list(each)) for axes, each in groupby(points, lambda point: point.axes)
    ]
    # What stands in a script must not end it.
    written = json.dumps(options).replace("<", "\\u003c")
    return _PAGE % {"library": LIBRARY.read_text(), "options": written}


def _option(axes: Axes, points: Sequence[Point]) -> dict[str, Any]:
    return {
        "animation": False,
        "color": COLOURS,
        "title": {"text": axes.title, "left": "center", "textStyle": {"fontSize": 15}},
        "legend": {"bottom": 0},
        "grid": {"left": 70, "right": 30, "top": 50, "bottom": 70},
        "xAxis": _axis(axes.x, 30) | {"type": "value", "min": 0},
        "yAxis": _axis(axes.y, 50) | {"type": "log" if axes.is_log else "value"},
        "series": list(_series(points)),
    }


def _axis(name: str, gap: int) -> dict[str, Any]:
    return {"name": name, "nameLocation": "middle", "nameGap": gap}


def _series(points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(point.line for point in points):
        data = [[point.x, round(point.y, 1)] for point in points if point.line == name]
        label = {"show": True, "position": "top", "formatter": "{@[1]}"}
        yield {"type": "line", "name": name, "data": data, "symbolSize": 7, "label": label}
