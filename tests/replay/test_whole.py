"""A hundredth of the whole campaign, every pack's part: the figures are reached, and the phones and
identity numbers of wishers, of the audience, of those who collect for it and whom parcels are for,
searched for in every answer, log line, export and row of the database, are found where they may be
shown alone."""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from app.commands import replay as command
from app.commands.confidence import NAME as CONFIDED
from app.commands.replay import Outcome
from app.commands.staging import stage_on
from app.embedded.playground import FOLDER_PREFIX, Playground, playground
from app.platform.db import create_engine
from app.platform.settings import Settings
from tests.embedded.conftest import Launcher, bare_environ, servers_run
from tests.replay.numbers import (
    AUDIENCE,
    COPY,
    SCALE,
    SEED,
    WISHERS,
    Ear,
    Heard,
    exported,
    look_everywhere,
    tables_with_numbers,
    whose_numbers,
)

WISH, STAFFS_WISH = "GET /v1/wishes/{id}", "GET /v1/admin/wishes/{id}"
PACKING = "GET /v1/admin/orders/packing.csv"
# Once two people have lifted a pseudonym.
LIFTED = "GET /v1/admin/health/consultations/{id}/messages"
NOT_NOW = (503, "temporarily_unavailable")
PLACES = ("rows", "log", "metrics", "exports")
# What a hundredth of the campaign comes to. Wishes are few and are all played.
# Fewer than at this scale: staff's every list of members is read to its end.
CITY = 1_000
FIGURES: dict[str, list[tuple[str, int | None, int]]] = {
    "members": [("in_the_books", 1_570_000, CITY)],
    "breakfast": [
        ("stores", 1_000, 10),
        ("vouchers_issued", 20_000, 200),
        ("participants", 1_200, 13),
        ("page_views", 100_000, 1_000),
        ("redeemed", None, 184),
        ("reversed", None, 4),
        ("expired", None, 16),
        ("not_eligible", None, 1),
        ("redeemed_offline", None, 33),
        ("disputes_first_stands", None, 1),
        ("disputes_second_stands", None, 1),
        ("disputes_both_paid", None, 1),
        ("refused_as_redeemed", None, 5),
        ("refused_as_suspended", None, 4),
    ],
    "wishes": [
        ("received", 100, 108),
        ("fulfilled", 64, 64),
        ("fulfilled_afterwards", None, 18),
        ("kinds", 4, 4),
        ("districts", 10, 10),
        ("rejected", None, 10),
        ("withdrawn", None, 8),
        ("expired", None, 8),
        ("claims_lapsed", None, 4),
        ("claims_released", None, 4),
        ("not_done", None, 3),
        ("confirmed_by_staff", None, 7),
        ("posted_on_behalf", None, 3),
        ("flagged_with_two_reviewers", None, 2),
        ("dispatches_accepted", None, 2),
        ("dispatches_refused", None, 2),
        ("two_at_once_one_holder", None, 4),
        ("contact_shown", None, 72),
    ],
    "couplets": [
        ("viewings_by_joins", 32_000, 320),
        ("viewers_at_once_at_the_peak", None, 160),
        ("reserved_online", 200, 12),
        ("collected_on_site", 300, 12),
        ("collected_by_pass", None, 6),
        ("collected_by_name", None, 2),
        ("collected_by_proxy", None, 1),
        ("walk_ins_by_member", None, 2),
        ("walk_ins_anonymous", None, 1),
        ("cancelled", None, 3),
        ("offers_accepted", None, 1),
        ("offers_expired", None, 1),
        ("no_shows", None, 1),
        ("recipients_changed", None, 1),
        ("collected_offline", None, 3),
        ("handed_out_twice", None, 1),
        ("reversed", None, 1),
        ("left_over", None, 0),
    ],
    "health": [
        ("quiz_and_draw_entrants", 9_626, 97),
        ("attempts_handed_in", None, 100),
        ("attempts_abandoned", None, 3),
        ("regraded", None, 100),
        ("moved_by_the_corrected_key", None, 99),
        ("tickets_earned_by_it", None, 2),
        ("tickets_lost_by_it", None, 1),
        ("prizes_accepted", None, 4),
        ("prizes_expired", None, 1),
        ("prizes_disqualified", None, 1),
        ("proof_confirmed", None, 1),
        ("consultations", None, 10),
        ("answers_of_experts", None, 10),
        ("ended_by_experts", None, 1),
        ("ended_by_members", None, 8),
        ("alerts_looked_after", None, 2),
        ("pseudonyms_lifted_by_two", None, 1),
        ("readings_that_members_see", None, 14),
        ("appointments_kept", None, 7),
        ("appointments_no_show", None, 1),
        ("appointments_given_up", None, 3),
        ("appointments_in_error", None, 1),
        ("places_at_talks", None, 6),
        ("attended_the_talk", None, 2),
    ],
    "gift_boxes": [
        ("kinds", 5, 5),
        ("page_views", 40_000, 400),
        ("participants", 15_007, 151),
        ("buyers", None, 22),
        ("boxes", None, 25),
        ("free_boxes", None, 4),
        ("cancelled", None, 2),
        ("lapsed", None, 3),
        ("paid_late_and_kept", None, 1),
        ("paid_for_nothing_and_returned", None, 3),
        ("told_late", None, 1),
        ("told_twice", None, 1),
        ("never_told_and_asked_for", None, 1),
        ("found_by_the_bill", None, 1),
        ("paid_again_and_settled", None, 1),
        ("offers_lapsed", None, 1),
        ("refunded", None, 4),
        ("refunded_in_part", None, 2),
        ("sent", None, 14),
        ("picked_up", None, 12),
        ("confirmed", None, 7),
        ("handed_out_and_undone", None, 1),
        ("not_fetched", None, 1),
        ("payments_less_refunds_fen", None, 312_000),
        ("orders_kept_fen", None, 312_000),
        ("supplier_sheets_fen", None, 312_000),
        ("providers_bill_fen", None, 312_000),
        ("our_side_of_the_bill_fen", None, 312_000),
    ],
}
PARTS = [part.__name__.rpartition(".")[2] for part in command.parts(command.played())]


@dataclass(frozen=True)
class Played:
    """What became of a play, and what could be read afterwards."""

    outcome: Outcome
    files: Mapping[str, str]
    tables: Sequence[str]
    report: Mapping[str, bytes]


def test_a_hundredth_of_the_campaign_reaches_every_figure_and_tells_nobodys_number(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    remains = killed_play(folder)
    ear = Ear()
    # TMPDIR is read once a process.
    monkeypatch.setitem(vars(tempfile), "tempdir", str(folder))
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    with playground(None, None) as ground:
        played = asyncio.run(play_and_look(ground, ear))
    captured = capfd.readouterr()

    assert f"Clearing up after a play that was killed ({remains})" in captured.err
    assert not list(folder.iterdir())
    assert played.outcome.is_good, (played.outcome.surprises, played.outcome.faults)
    reached = {
        (each.pack, each.name, each.published, each.reached) for each in played.outcome.figures
    }
    assert reached == {(pack, *figure) for pack, all_of in FIGURES.items() for figure in all_of}
    assert {heard.place for heard in ear.heard if heard.answer.status < 300} >= {
        "GET /v1/me/notices",
        "GET /v1/admin/audit",
        "GET /v1/admin/jobs",
        "GET /v1/admin/couplets/events/{id}/pickups",
        "GET /v1/public/draws/{id}/proof",
    }
    assert_shown_where_they_may_be(ear.heard)
    [confided] = [each for each in played.outcome.checks if each.name == CONFIDED]
    assert all(confided.figures[f"{place}_bytes"] for place in PLACES), confided.figures
    assert all(file.count("\n") > 1 for file in played.files.values())
    assert not whose_numbers("".join(played.files.values()))
    assert_ends_with_the_report(played)
    # What the service says, and what the worker says.
    lines = captured.out + captured.err
    assert "already_claimed" in lines
    assert "worker_started" in lines
    assert not whose_numbers(lines)
    # The last look is the control: a number in clear is found.
    assert played.tables == ["pack"]


def test_the_search_finds_what_it_searches_for() -> None:
    one, other = WISHERS[0], AUDIENCE[-1]
    assert whose_numbers(f"电话{one.phone}，") == {one.account}
    assert whose_numbers(f"12{one.phone}，") == {one.account}
    assert whose_numbers(f"\\x00{other.id_number.encode().hex()}") == {other.account}
    assert not whose_numbers(f"{one.phone[:-1]}x")


def killed_play(folder: Path) -> Path:
    """What a play leaves that is killed (kill -9) as soon as its servers run: they run on."""
    environ = {**bare_environ(), "TMPDIR": str(folder), "LOG_LEVEL": "WARNING"}
    killed = Launcher(environ, "app.cli", "replay")
    assert killed.process.stderr is not None
    while "Migrating" not in killed.process.stderr.readline():
        assert killed.process.poll() is None
    killed.kill()
    [remains] = folder.glob(f"{FOLDER_PREFIX}*")
    assert servers_run(remains)
    return remains


async def play_and_look(ground: Playground, ear: Ear) -> Played:
    """The play; then whatever can be read is read, and the rows, without and with a leak."""
    kinds, connect = command.played(), ear.connect
    outcome = await command.play(
        ground, SCALE, SEED, kinds, members=CITY, folder=ground.data_dir, connect=connect
    )
    engine = create_engine(Settings.of(ground.environ))
    try:
        async with stage_on(ground, SCALE, SEED, connect=connect) as stage:
            await look_everywhere(stage, ear)
            files = await exported(ground.url, stage.staff)
        assert not [table async for table in tables_with_numbers(engine)]
        async with engine.begin() as connection:
            title = f"打 {WISHERS[0].phone}"
            await connection.execute(text("UPDATE pack SET title = :title"), {"title": title})
        tables = [table async for table in tables_with_numbers(engine)]
        assert outcome.report is not None
        report = {path.suffix: path.read_bytes() for path in outcome.report.files}
        return Played(outcome, files, tables, report)
    finally:
        await engine.dispose()


def assert_ends_with_the_report(played: Played) -> None:
    """The page first, every form as of one time; and how long each part took."""
    outcome, report = played.outcome, played.report
    assert outcome.report is not None
    assert list(report) == [".html", ".xlsx", ".txt", ".json"]
    assert report[".xlsx"].startswith(b"PK")
    assert outcome.report.paragraph in report[".html"].decode()
    told = json.loads(report[".json"])
    assert told["paragraph"].strip() == outcome.report.paragraph
    assert "发放早餐券200张、核销184张" in outcome.report.paragraph
    assert list(outcome.took_s) == ["members", *PARTS, "confidence", "report", "verify"]


def assert_shown_where_they_may_be(everything: Sequence[Heard]) -> None:
    """To the holder of a live claim, to the reviewer who opens a wish, to the expert of somebody
    whose pseudonym was lifted, to whoever packs what is sent, and to everybody their own, with that
    of whom they have named."""
    # A machine that stalls says 503, and is asked again.
    broken = {
        (heard.place, heard.answer.status, heard.answer.body.get("code"))
        for heard in everything
        if heard.answer.status >= 500
    }
    assert {(status, code) for _, status, code in broken} <= {NOT_NOW}, broken
    shown = [heard for heard in everything if whose_numbers(heard.words)]
    assert {heard.place for heard in shown} == {WISH, STAFFS_WISH, PACKING, COPY, LIFTED}
    opened = [heard for heard in shown if heard.place == STAFFS_WISH]
    assert len({heard.token for heard in opened}) == 1
    packers = {heard.token for heard in shown if heard.place == PACKING}
    assert len(packers) == 1
    wishers = {each.answer.body["id"]: each.answer.body["member_no"] for each in opened}
    for heard in shown:
        body, found = heard.answer.body, whose_numbers(heard.words)
        if heard.place == COPY:
            assert found == {heard.account}
        elif heard.place == LIFTED:
            assert len(found) == 1
            assert body["consultation"]["is_lifted"]
        elif heard.place != PACKING:
            assert found == {wishers[body["id"]]}
        if heard.place == WISH:
            # By its own holder, as long as the claim is live.
            assert body["my_claim"]["state"] in {"claimed", "in_progress", "submitted"}
