"""The proof, the stand-alone verifier, and whoever would change something in between."""

import asyncio
import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.shared.draws.proof import proof_of
from app.shared.draws.queries import find_draw, list_of
from tests.house.source import ROOT
from tests.shared.draws.hall import DAY, Hall, faults_of, verifier

pytestmark = pytest.mark.anyio


async def test_a_drawn_draw_is_confirmed_by_the_program_anybody_can_read(
    hall: Hall, tmp_path: Path
) -> None:
    draw_id = await hall.drawn(40, 1, 3)
    await hall.make.move_clock(4 * DAY)
    await hall.settle(draw_id)
    proof = await hall.proof(draw_id)
    assert len(proof["endings"]) == 4
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    program = [sys.executable, str(ROOT / "tools/verify_draw.py"), str(path)]
    ran = await _run(*program, proof["commitment"])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "重新开奖，结果一致" in ran.stdout
    assert "drawn again, the winners are the same" in ran.stdout
    assert (await _run(*program, "0" * 64)).returncode == 1
    assert await hall.faults() == []


async def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, command, check=False, capture_output=True, text=True
    )


async def test_the_proof_grows_with_the_draw_and_names_nobody(hall: Hall) -> None:
    member = await hall.make.member()
    draw_id = await hall.opened()
    (ticket,) = await hall.enter(member)
    proof = await hall.proof(draw_id)
    assert (proof["tickets"], proof["commitment"], proof["winners"]) == (None, None, None)
    assert faults_of(proof) == []
    await hall.make.move_clock(DAY)
    await hall.freeze(draw_id)
    proof = await hall.proof(draw_id)
    assert proof["tickets"] == [ticket.ticket_no]
    assert faults_of(proof) == []
    await hall.commit(draw_id)
    proof = await hall.proof(draw_id)
    assert faults_of(proof, proof["commitment"]) == []
    assert str(member.id) not in json.dumps(proof)
    assert str(member.person_id) not in json.dumps(proof)


async def test_whatever_is_changed_in_list_numbers_or_winners_is_noticed(hall: Hall) -> None:
    draw_id = await hall.drawn(30, 2, 3)
    await hall.make.move_clock(4 * DAY)
    await hall.settle(draw_id)
    proof = await hall.proof(draw_id)
    assert faults_of(proof) == []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def tamper(data: st.DataObject) -> None:
        spoilt = copy.deepcopy(proof)
        part = data.draw(st.sampled_from(["tickets", "public_numbers", "winners", "endings"]))
        _change_something(spoilt[part], data)
        if data.draw(st.booleans()):
            # By somebody who knows how the file is made.
            spoilt["checksum"] = _checksum(spoilt)
            if part == "tickets":
                spoilt["list_sha256"] = verifier.sha("".join(f"{t}\n" for t in spoilt["tickets"]))
                spoilt["checksum"] = _checksum(spoilt)
        if not _says_the_same(spoilt, proof):
            assert _is_noticed(spoilt), part

    tamper()


def _change_something(part: Any, data: st.DataObject) -> None:
    """One character, number or place anywhere below."""
    key = data.draw(st.sampled_from(range(len(part)) if isinstance(part, list) else sorted(part)))
    value = part[key]
    if isinstance(value, list | dict) and value:
        _change_something(value, data)
    elif isinstance(value, str):
        at = data.draw(st.integers(0, len(value) - 1))
        letter = data.draw(st.sampled_from("0123456789ABCDEFXYZ"))
        part[key] = value[:at] + letter + value[at + 1 :]
    elif isinstance(value, int):
        part[key] = value + data.draw(st.integers(1, 5))
    else:
        part[key] = "X"


def _says_the_same(spoilt: dict[str, Any], proof: dict[str, Any]) -> bool:
    """Nothing was changed after all; or words that decide nothing were, by whoever made the
    checksum anew; or numbers that happen to draw the same winners, which is for the comparison
    with the publisher."""
    if spoilt == proof:
        return True
    decides = ("tickets", "winners", "public_numbers", "sources", "commitment", "list_sha256")
    if spoilt["checksum"] == proof["checksum"]:
        return False
    same = all(spoilt[name] == proof[name] for name in decides)
    lost = [[(e["unit"], e["ticket_no"]) for e in each["endings"]] for each in (spoilt, proof)]
    drawn_alike = spoilt["public_numbers"] != proof["public_numbers"] and verifier.draw(
        spoilt
    ) == verifier.draw(proof)
    return (same and lost[0] == lost[1]) or drawn_alike


def _checksum(proof: dict[str, Any]) -> str:
    rest = {name: value for name, value in proof.items() if name != "checksum"}
    return str(verifier.sha(verifier.canonical(rest)))


def _is_noticed(proof: dict[str, Any]) -> bool:
    try:
        return bool(faults_of(proof))
    except (ValueError, TypeError, KeyError):
        # The program stops with a trace, and with exit code 1.
        return True


async def test_who_writes_a_winner_into_the_rows_is_found_by_verify(hall: Hall) -> None:
    draw_id = await hall.drawn(12, 2)
    assert await hall.faults() == []
    won = {award.ticket_no for award in await hall.awards(draw_id)}
    async with hall.make.rooms.engine.begin() as connection:
        # As a superuser could.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("""
                UPDATE draw_award SET ticket_no = e.ticket_no, entry_id = e.id
                  FROM (SELECT * FROM draw_entry WHERE ticket_no <> ALL (:won) LIMIT 1) e
                 WHERE turn = 1"""),
            {"won": list(won)},
        )
    found = await hall.faults()
    assert any("turn 1" in fault for fault in found), found
    assert faults_of(await hall.proof(draw_id)) != []


async def test_a_list_over_65535_is_drawn_by_the_wide_method_and_confirmed(hall: Hall) -> None:
    """Drawn from plain values: the verifier reads the same file, whoever wrote it."""
    draw_id = await hall.drawn(3, 3)
    async with hall.make.rooms.sessions() as session:
        draw = await find_draw(session, draw_id)
        assert len(await list_of(session, draw_id)) == 3
    proof = proof_of(draw, [], [])
    tickets = [f"{place:010}" for place in range(70_000)]
    numbers = [[1, 2, 3, 4, 5, 6], [7]]
    wide = {"method": "rfc3797_sha256", "tickets": tickets, "entrants_count": len(tickets)}
    wide |= {"list_sha256": verifier.sha("".join(f"{each}\n" for each in tickets))}
    proof |= wide | {"public_numbers": numbers, "endings": []}
    hashes = (
        proof["rules_sha256"],
        proof["list_sha256"],
        verifier.sha(verifier.canonical(proof["sources"])),
    )
    proof["commitment"] = verifier.sha("".join(f"{each}\n" for each in hashes))
    held = verifier.draw(proof)
    for winner in proof["winners"]:
        winner["turn"], winner["ticket_no"] = held[winner["unit"]]
    proof["checksum"] = _checksum(proof)
    assert faults_of(proof) == []
