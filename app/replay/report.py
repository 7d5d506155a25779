"""The campaign's report, as staff fetch it when all is over: kept in a folder, in every form."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from app.replay.stage import NotPlayable, Stage

REPORT, READER = "/v1/admin/report", "campaign_manager"
NAME, FORMS = "report", ("html", "xlsx", "txt")


@dataclass(frozen=True, slots=True)
class KeptReport:
    """Where it is, the page first; and the paragraph that a newspaper would print."""

    files: Sequence[Path]
    paragraph: str


async def keep_report(stage: Stage, folder: Path) -> KeptReport:
    """All forms as of one time, in the place of an earlier play's. Raises `NotPlayable`,
    `Unreachable`."""
    token = stage.staff[READER]
    answer = await stage.wire.send("GET", REPORT, token=token)
    stage.must(answer, "200", act="reading the report")
    question = urlencode({"as_of": answer.body["as_of"]})
    contents: dict[str, bytes] = {}
    for form in FORMS:
        file = await stage.wire.send("GET", f"{REPORT}.{form}?{question}", token=token)
        stage.must(file, "200", act=f"reading the report as {form}")
        contents[form] = file.body
    contents["json"] = json.dumps(answer.body, ensure_ascii=False, indent=1).encode()
    files = [folder / f"{NAME}.{form}" for form in contents]
    try:
        for path, content in zip(files, contents.values(), strict=True):
            path.write_bytes(content)
    except OSError as error:
        raise NotPlayable(f"the report cannot be kept in {folder}: {error.strerror}") from error
    return KeptReport(files, contents["txt"].decode().strip())
