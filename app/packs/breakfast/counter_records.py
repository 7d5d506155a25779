"""The counter's SQL: write down what was decided, all of a round in one statement a kind.

The ledger's rows go with what they tell of, in the same statement.
"""
# ruff: noqa: S608 - what is put together is all of this module and of the ledger's own text.

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.states import DisputeState, VoucherState
from app.packs.breakfast.presented import Presentation, RedemptionFacts
from app.packs.breakfast.redemption_queries import REDEEM
from app.packs.breakfast.rules import VOUCHER_MOVES
from app.packs.breakfast.voucher_acts import voucher_act
from app.platform.clock import shanghai_day
from app.platform.ids import new_id
from app.shared.ledger import INSERT_ALIKE, Act, made, parameters_alike

# The vouchers move, the redemptions and the history are written: all or none of it.
_REDEEM = text(f"""
    WITH given AS (
        SELECT * FROM unnest(
            CAST(:id AS uuid[]), CAST(:store_id AS uuid[]), CAST(:redemption_no AS text[]),
            CAST(:voucher_id AS uuid[]), CAST(:device_id AS uuid[]),
            CAST(:face_value_fen AS int[]), CAST(:input AS text[]),
            CAST(:redeemed_at AS timestamptz[]), CAST(:redeemed_on AS date[]),
            CAST(:received_at AS timestamptz[]), CAST(:device_at AS timestamptz[]),
            CAST(:sent_at AS timestamptz[]), CAST(:device_seq AS bigint[]),
            CAST(:history_id AS uuid[]), CAST(:moved_at AS timestamptz[]),
            CAST(:actor AS text[]))
        AS given (id, store_id, redemption_no, voucher_id, device_id, face_value_fen, input,
                  redeemed_at, redeemed_on, received_at, device_at, sent_at, device_seq,
                  history_id, moved_at, actor)
    ), moved AS (
        UPDATE breakfast_voucher voucher SET state = :to_state
          FROM given WHERE voucher.id = given.voucher_id AND voucher.state = :from_state
        RETURNING voucher.id
    ), written AS (
        INSERT INTO breakfast_redemption
               (id, store_id, redemption_no, voucher_id, device_id, face_value_fen, input,
                redeemed_at, redeemed_on, received_at, device_at, sent_at, device_seq)
        SELECT given.id, store_id, redemption_no, voucher_id, device_id, face_value_fen, input,
               redeemed_at, redeemed_on, received_at, device_at, sent_at, device_seq
          FROM given JOIN moved ON moved.id = given.voucher_id
        RETURNING voucher_id
    ), kept AS ({INSERT_ALIKE})
    INSERT INTO breakfast_voucher_history
           (id, voucher_id, at, act, actor, from_state, to_state)
    SELECT history_id, voucher_id, moved_at, :act, actor, :from_state, :to_state
      FROM given JOIN written USING (voucher_id)
    RETURNING voucher_id
""")

_REFUSE = text("""
    INSERT INTO breakfast_refused_redemption
           (id, store_id, device_id, redemption_no, code, voucher_id, input, redeemed_at,
            device_at, device_seq, received_at, last_at, attempts_count)
    SELECT id, store_id, device_id, redemption_no, code, voucher_id, input, redeemed_at,
           device_at, device_seq, received_at, received_at, attempts_count
      FROM unnest(
            CAST(:id AS uuid[]), CAST(:store_id AS uuid[]), CAST(:device_id AS uuid[]),
            CAST(:redemption_no AS text[]), CAST(:code AS text[]), CAST(:voucher_id AS uuid[]),
            CAST(:input AS text[]), CAST(:redeemed_at AS timestamptz[]),
            CAST(:device_at AS timestamptz[]), CAST(:device_seq AS bigint[]),
            CAST(:received_at AS timestamptz[]), CAST(:attempts_count AS int[]))
        AS refused (id, store_id, device_id, redemption_no, code, voucher_id, input,
                    redeemed_at, device_at, device_seq, received_at, attempts_count)
        ON CONFLICT ON CONSTRAINT uq_breakfast_refused_redemption_attempt
        DO UPDATE SET last_at = GREATEST(breakfast_refused_redemption.last_at, excluded.last_at),
                      attempts_count = breakfast_refused_redemption.attempts_count
                                       + excluded.attempts_count
""")

_DISPUTE = text(f"""
    WITH kept AS ({INSERT_ALIKE})
    INSERT INTO breakfast_dispute
           (id, voucher_id, first_redemption_id, store_id, device_id, redemption_no, input,
            redeemed_at, received_at, device_at, sent_at, device_seq)
    SELECT * FROM unnest(
            CAST(:id AS uuid[]), CAST(:voucher_id AS uuid[]),
            CAST(:first_redemption_id AS uuid[]), CAST(:store_id AS uuid[]),
            CAST(:device_id AS uuid[]), CAST(:redemption_no AS text[]), CAST(:input AS text[]),
            CAST(:redeemed_at AS timestamptz[]), CAST(:received_at AS timestamptz[]),
            CAST(:device_at AS timestamptz[]), CAST(:sent_at AS timestamptz[]),
            CAST(:device_seq AS bigint[]))
""")


@dataclass(frozen=True, slots=True)
class Redemption:
    """An accepted presentation and the redemption that it becomes.

    `moved_at`: when the voucher moved, if that is not the arrival.
    """

    presented: Presentation
    store_id: UUID
    facts: RedemptionFacts
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Second:
    """A contested presentation: the second scan of a voucher, beside the first's redemption."""

    presented: Presentation
    store_id: UUID
    voucher_id: UUID
    first_redemption_id: UUID
    at: datetime


class Refused(NamedTuple):
    """A refused presentation. The voucher, if the scan stood for one."""

    presented: Presentation
    store_id: UUID
    voucher_id: UUID | None
    code: str
    at: datetime


class _Attempt(NamedTuple):
    """What makes two refusals one row."""

    device_id: UUID
    store_id: UUID
    redemption_no: str
    code: str


async def record_redemptions(session: AsyncSession, accepted: Sequence[Redemption]) -> bool:
    """False if one of the vouchers was not issued any more: then nothing may be committed."""
    if not accepted:
        return True
    moved_at = [each.moved_at or each.presented.arrived for each in accepted]
    columns = {
        **_scan_columns([each.presented for each in accepted]),
        "sent_at": [_sent_at(each.presented) for each in accepted],
        "id": [each.facts.id for each in accepted],
        "store_id": [each.store_id for each in accepted],
        "voucher_id": [each.facts.voucher_id for each in accepted],
        "face_value_fen": [each.facts.face_value_fen for each in accepted],
        "redeemed_at": [each.facts.redeemed_at for each in accepted],
        "redeemed_on": [shanghai_day(each.facts.redeemed_at) for each in accepted],
        "history_id": [new_id() for _ in accepted],
        "moved_at": moved_at,
        "actor": [each.presented.till.name for each in accepted],
    }
    from_state = VoucherState.ISSUED
    to_state = VOUCHER_MOVES[from_state][REDEEM]
    moves = {"act": REDEEM, "from_state": from_state, "to_state": to_state}
    acts = [
        voucher_act(
            each.presented.actor, REDEEM, each.facts.voucher_id, (from_state, to_state), at=at
        )
        for each, at in zip(accepted, moved_at, strict=True)
    ]
    written = await session.execute(_REDEEM, {**columns, **moves, **parameters_alike(acts)})
    return len(written.all()) == len(accepted)


async def record_disputes(session: AsyncSession, contested: Sequence[Second]) -> None:
    if not contested:
        return
    ids = [new_id() for _ in contested]
    columns = {
        **_scan_columns([each.presented for each in contested]),
        "sent_at": [_sent_at(each.presented) for each in contested],
        "id": ids,
        "store_id": [each.store_id for each in contested],
        "voucher_id": [each.voucher_id for each in contested],
        "first_redemption_id": [each.first_redemption_id for each in contested],
        "redeemed_at": [each.at for each in contested],
    }
    acts = [
        Act(
            each.presented.actor,
            "breakfast.dispute.raise",
            "dispute",
            dispute_id,
            made(voucher_id=each.voucher_id, state=DisputeState.OPEN),
            at=each.presented.arrived,
        )
        for each, dispute_id in zip(contested, ids, strict=True)
    ]
    await session.execute(_DISPUTE, {**columns, **parameters_alike(acts)})


async def record_refusals(
    session: AsyncSession | AsyncConnection, refused: Iterable[Refused]
) -> None:
    """One row a number and reason, counted; in one order, so that two rounds do not lock
    each other out."""
    attempts = [(_attempt(each), each) for each in refused]
    if not attempts:
        return
    counts = Tally(attempt for attempt, _ in attempts)
    rows = sorted(dict(attempts).items(), key=lambda pair: tuple(map(str, pair[0])))
    columns = {
        **_scan_columns([each.presented for _, each in rows]),
        "id": [new_id() for _ in rows],
        "store_id": [each.store_id for _, each in rows],
        "code": [each.code for _, each in rows],
        "voucher_id": [each.voucher_id for _, each in rows],
        "redeemed_at": [each.at for _, each in rows],
        "attempts_count": [counts[attempt] for attempt, _ in rows],
    }
    await session.execute(_REFUSE, columns)


def _attempt(refused: Refused) -> _Attempt:
    presented = refused.presented
    return _Attempt(presented.till.device_id, refused.store_id, _number(presented), refused.code)


def _scan_columns(presented: Sequence[Presentation]) -> dict[str, list[Any]]:
    """What every kind of row keeps of its scan, by columns."""
    return {
        "device_id": [each.till.device_id for each in presented],
        "redemption_no": [_number(each) for each in presented],
        "input": [each.scan.input for each in presented],
        "received_at": [each.arrived for each in presented],
        "device_at": [each.device_at for each in presented],
        "device_seq": [each.upload.device_seq if each.upload else None for each in presented],
    }


def _sent_at(presented: Presentation) -> datetime | None:
    return presented.upload.sent_at if presented.upload else None


def _number(presented: Presentation) -> str:
    assert presented.redemption_no is not None, "what is only looked at leaves no row"
    return presented.redemption_no
