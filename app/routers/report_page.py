"""The report as a page: one file with everything in it, so that it can be opened, printed, sent
on and kept where there is no network and no account.

Its scripts (the chart library and ours) stand in the page and are named by their digests in its
policy: nothing else runs, and nothing is fetched. docs/adr/0039-the-report.md.
"""

import base64
import hashlib
from datetime import datetime
from functools import cache

from fastapi.responses import HTMLResponse

from app.platform.clock import SHANGHAI
from app.routers.pages import HERE, Markup, fill
from app.schemas.report import ReportOut
from app.shared.identity.districts import DISTRICT_WORDS
from app.shared.report import PackFigures, Report, Reported, Unit, paragraph

# `frame-ancestors` counts in a header alone.
_FRAMED_BY_NOBODY = "; frame-ancestors 'none'"
_COLOURS = {
    "wishes": "#c2417c",
    "breakfast": "#c8782a",
    "couplets": "#a3161b",
    "health": "#2f7d6b",
    "gift_boxes": "#6a4fa3",
}
_CHART = (
    "<figure><figcaption>$zh <span lang='en'>$en</span></figcaption>"
    "<div class='chart $size' data-chart='$chart' data-pack='$pack' data-part='$part'></div>"
    "</figure>"
)
_OF_EVERY_PACK = (
    ("funnel", "从浏览到完成", "From views to the end", ""),
    ("days", "逐日趋势", "By day", ""),
    ("hours", "时段分布", "By hour of the day", ""),
    ("districts", "十区市", "By district", "tall"),
)


def report_page(report: Report) -> HTMLResponse:
    """The whole page, Chinese first."""
    library, script = _library(), _script()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(library)} {_digest(script)}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    campaign = report.campaign
    text = fill(
        (HERE / "report.html").read_text(),
        policy=policy,
        title=campaign.name.zh,
        title_en=campaign.name.en,
        style=Markup((HERE / "report.css").read_text()),
        as_of=_at(report.as_of),
        scope=_scope(report),
        paragraph=paragraph(report),
        packs=Markup("\n".join(_pack(pack) for pack in report.packs)),
        rows=Markup("\n".join(_row(pack, each) for pack, each in report.figures())),
        printed_at=_at(report.printed_at),
        # What stands in a script must not end it.
        data=Markup(ReportOut.of(report).model_dump_json().replace("<", "\\u003c")),
        library=Markup(library),
        script=Markup(script),
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": policy + _FRAMED_BY_NOBODY})


@cache
def _library() -> str:
    return (HERE / "echarts" / "echarts.common.min.js").read_text()


@cache
def _script() -> str:
    return (HERE / "report.js").read_text()


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _at(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _scope(report: Report) -> str:
    said = [] if report.day is None else [f"只计 {report.day} 当日"]
    if report.districts is not None:
        said.append("、".join(DISTRICT_WORDS[each].zh for each in report.shown_districts()))
    return "".join(f" · {each}" for each in said)


def _pack(pack: PackFigures) -> Markup:
    charts = [_chart(pack, *each) for each in _OF_EVERY_PACK] if pack.funnel else []
    parts = {part.column: part for step in _funnel(pack) for part in step.figure.facts.parts}
    for part in parts.values():
        zh, en = f"按{part.words.zh}", f"By {part.words.en.lower()}"
        charts.append(_chart(pack, "parts", zh, en, part=part.column))
    return fill(
        "<section class='pack' style='--colour: $colour'><h2>$zh <span lang='en'>$en</span></h2>"
        "<ul class='tiles'>$tiles</ul><div class='charts'>$charts</div></section>",
        colour=_COLOURS[pack.kind],
        zh=pack.title.zh,
        en=pack.title.en,
        tiles=Markup("".join(_tile(each) for each in pack.figures)),
        charts=Markup("".join(charts)),
    )


def _funnel(pack: PackFigures) -> list[Reported]:
    return [each for each in pack.figures if each.figure.name in pack.funnel]


def _chart(
    pack: PackFigures, chart: str, zh: str, en: str, size: str = "", part: str = ""
) -> Markup:
    return fill(_CHART, zh=zh, en=en, size=size, chart=chart, pack=pack.kind, part=part)


def _tile(reported: Reported) -> Markup:
    value, unit = _shown(reported)
    return fill(
        "<li>$zh <span lang='en'>$en</span><b>$value<i>$unit</i></b></li>",
        zh=reported.figure.words.zh,
        en=reported.figure.words.en,
        value=value,
        unit=unit,
    )


def _row(pack: PackFigures, reported: Reported) -> Markup:
    value, unit = _shown(reported)
    figure = reported.figure
    return fill(
        "<tr><td>$pack</td><td>$zh <span lang='en'>$en</span></td><td class='number'>$value $unit"
        "</td><td><p>$definition</p><p lang='en'>$definition_en</p></td></tr>",
        pack=pack.title.zh,
        zh=figure.words.zh,
        en=figure.words.en,
        value=value,
        unit=unit,
        definition=figure.definition.zh,
        definition_en=figure.definition.en,
    )


def _shown(reported: Reported) -> tuple[str, str]:
    """A value as people read it, and its unit."""
    unit = reported.figure.unit
    if reported.value is None:
        return "—", ""
    if unit is Unit.FEN:
        return f"{reported.value // 100:,}.{reported.value % 100:02d}", "元"
    return f"{reported.value:,}", unit.value.zh
