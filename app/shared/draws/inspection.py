"""Every draw drawn again from its rows, for `verify`: whoever was written in besides is found."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw
from app.models.states_draws import DrawKind, DrawState
from app.shared.draws.awarding import outcome
from app.shared.draws.commitment_rules import commitment_of, list_text, sha256
from app.shared.draws.queries import DrawFacts, awards_of, list_of, select_draws, with_prizes
from app.shared.draws.turns import order_of, turns_of
from app.shared.verification import SHOWN, Check, run_checks

CHECKS: dict[str, str] = {
    "draw_list_is_its_entries": """
        SELECT d.id FROM draw d
         WHERE d.listed IS NOT NULL AND d.listed IS DISTINCT FROM
               (SELECT coalesce(string_agg(e.ticket_no || chr(10), ''
                                           ORDER BY e.ticket_no COLLATE "C"), '')
                  FROM draw_entry e WHERE e.draw_id = d.id AND e.is_listed)""",
    "draw_prize_is_its_tickets_and_its_units": """
        SELECT a.id FROM draw_award a JOIN draw_entry e ON e.id = a.entry_id
          JOIN draw_prize p ON p.id = a.prize_id
         WHERE e.ticket_no <> a.ticket_no OR e.draw_id <> a.draw_id OR NOT e.is_listed
            OR p.draw_id <> a.draw_id
            OR a.unit NOT BETWEEN
               (SELECT coalesce(sum(quantity), 0) + 1 FROM draw_prize
                 WHERE draw_id = a.draw_id AND place < p.place)
               AND (SELECT sum(quantity) FROM draw_prize
                     WHERE draw_id = a.draw_id AND place <= p.place)""",
    "draw_numbers_came_after_the_commitment": """
        SELECT d.id FROM draw d, jsonb_array_elements(d.sources) AS each (named)
         WHERE d.sources IS NOT NULL
           AND (d.committed_at >= CAST(named ->> 'published_at' AS timestamptz)
                OR d.drawn_at < CAST(named ->> 'published_at' AS timestamptz))""",
    "draw_excludes_its_own_staff": """
        SELECT e.id FROM draw_entry e
          JOIN draw_exclusion x ON x.draw_id = e.draw_id AND x.person_id = e.person_id
         WHERE e.is_listed""",
    "draw_history_is_a_chain": """
        SELECT draw_id, id, from_state, before FROM (
            SELECT h.*, lag(to_state) OVER (PARTITION BY draw_id ORDER BY number) AS before
              FROM draw_history h) s
         WHERE from_state IS DISTINCT FROM before""",
}


async def inspect_draws(session: AsyncSession) -> AsyncIterator[Check]:
    """The statements above, and each list, commitment and outcome computed anew."""
    async for check in run_checks(session, CHECKS):
        yield check
    rows = await session.execute(
        select_draws().where(
            Draw.state.in_([DrawState.FROZEN, DrawState.COMMITTED, DrawState.DRAWN])
        )
    )
    faults: list[str] = []
    draws = await with_prizes(session, rows.all())
    for draw in draws:
        faults += [f"draw {draw.id}: {each}" for each in await _faults(session, draw)]
    yield Check("draw_can_be_drawn_again", faults[:SHOWN], {"draws": len(draws)})


async def _faults(session: AsyncSession, draw: DrawFacts) -> list[str]:
    listed, faults = await list_of(session, draw.id), []
    if sha256(list_text(listed)) != draw.list_sha256 or len(listed) != draw.entrants_count:
        faults.append("the list is not the one that was frozen")
    if draw.sources is not None:
        assert draw.rules is not None, "it is published"
        if commitment_of(draw.rules, draw.list_sha256 or "", draw.sources) != draw.commitment:
            faults.append("the commitment is another one")
    if draw.state is DrawState.DRAWN:
        wrong = _wrong_awards if draw.kind is DrawKind.PRIZES else _wrong_turns
        faults += await wrong(session, draw, listed)
    return faults


async def _wrong_awards(session: AsyncSession, draw: DrawFacts, listed: list[str]) -> list[str]:
    awards = await awards_of(session, draw.id)
    ended = sorted((each for each in awards if each.ending), key=lambda each: each.ending or 0)
    try:
        due = outcome(draw, len(listed), [each.unit for each in ended])
    except KeyError:
        return ["a prize ended that nobody had"]
    wanted = {(t.pick.number, t.unit, listed[t.pick.place - 1], t.ended_by) for t in due}
    found = {(each.turn, each.unit, each.ticket_no, each.ending) for each in awards}
    return [f"ticket {each[2]}, turn {each[0]}" for each in sorted(wanted ^ found, key=str)]


async def _wrong_turns(session: AsyncSession, draw: DrawFacts, listed: list[str]) -> list[str]:
    """As many as were taken are the first of the order."""
    taken = await turns_of(session, draw.id)
    due = list(enumerate(await asyncio.to_thread(order_of, draw, listed), start=1))
    wrong = set(taken) ^ set(due[: len(taken)])
    return [f"ticket {ticket_no}, turn {turn}" for turn, ticket_no in sorted(wrong)]
