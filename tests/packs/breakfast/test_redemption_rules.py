"""The till's decisions, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models.states import RedemptionInput, RedemptionState, StoreState, VoucherState
from app.packs.breakfast.redemption_refusals import (
    AlreadyRedeemed,
    AlreadyReversed,
    CodeMalformed,
    CodeUnknown,
    OutsideHours,
    PassExpired,
    RedemptionNoReused,
    ReversalWindowOver,
    StoreNotInBatch,
    StoreSuspended,
    TooManyReversals,
    VoucherExpired,
    VoucherNotYetValid,
    VoucherVoid,
)
from app.packs.breakfast.redemption_rules import (
    CounterFacts,
    RedemptionFacts,
    Scan,
    VoucherFacts,
    given_name,
    is_open,
    judged_at,
    redemption_refusal,
    reversal_refusal,
)
from app.platform.clock import SHANGHAI
from app.platform.ids import new_id

NOON = datetime(2023, 1, 5, 12, 0, tzinfo=SHANGHAI)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def voucher(**changes: object) -> VoucherFacts:
    facts: dict[str, object] = {
        "id": new_id(),
        "batch_id": new_id(),
        "member_id": new_id(),
        "state": VoucherState.ISSUED,
        "face_value_fen": 800,
        "issued_at": NOON - HOUR,
        "valid_from": NOON - HOUR,
        "valid_until": NOON + HOUR,
    }
    return VoucherFacts(**{**facts, **changes})  # type: ignore[arg-type]


def counter(**changes: object) -> CounterFacts:
    facts: dict[str, object] = {
        "store_id": new_id(),
        "store_state": StoreState.ACTIVE,
        "opens": 360,
        "closes": 1320,
        "in_batch": True,
        "known": None,
        "first_redeemed_at": None,
        "first_store_name": None,
    }
    return CounterFacts(**{**facts, **changes})  # type: ignore[arg-type]


def redemption(**changes: object) -> RedemptionFacts:
    facts: dict[str, object] = {
        "id": new_id(),
        "redemption_no": "NUMBER-1",
        "voucher_id": new_id(),
        "face_value_fen": 800,
        "input": RedemptionInput.CODE,
        "state": RedemptionState.REDEEMED,
        "redeemed_at": NOON,
    }
    return RedemptionFacts(**{**facts, **changes})  # type: ignore[arg-type]


def typed(fault: CodeMalformed | CodeUnknown | None = None) -> Scan:
    return Scan(RedemptionInput.CODE, code_digest=b"digest", fault=fault)


def scanned(signed_at: datetime) -> Scan:
    return Scan(RedemptionInput.PASS, voucher_id=new_id(), signed_at=signed_at)


def test_a_good_voucher_in_a_good_store_is_redeemed() -> None:
    assert redemption_refusal(typed(), voucher(), counter(), NOON) is None


def test_the_first_reason_in_the_order_of_the_contract_is_given() -> None:
    """Everything is wrong at once; whatever is put right shows the next reason."""
    scan = Scan(
        RedemptionInput.PASS,
        voucher_id=new_id(),
        signed_at=NOON - HOUR,
        fault=CodeMalformed(),
    )
    held = None
    store = counter(
        store_state=StoreState.SUSPENDED,
        known=redemption(),
        in_batch=False,
        first_redeemed_at=NOON,
        first_store_name="第一家",
    )
    at = NOON + 12 * HOUR
    reasons = []

    def ask() -> None:
        refusal = redemption_refusal(scan, held, store, at)
        reasons.append(type(refusal))

    ask()
    store = counter(known=redemption(), in_batch=False)
    ask()
    store = counter(in_batch=False)
    ask()
    scan = scanned(NOON - HOUR)
    ask()
    held = voucher(state=VoucherState.VOID)
    ask()
    scan = typed()
    ask()
    held = voucher(state=VoucherState.REDEEMED)
    ask()
    held = voucher()
    ask()
    held = voucher(valid_from=at + HOUR, valid_until=at + 2 * HOUR)
    ask()
    held = voucher(valid_until=at + HOUR)
    ask()
    store = counter()
    ask()
    store = counter(opens=0, closes=1440)
    ask()
    assert reasons == [
        StoreSuspended,
        RedemptionNoReused,
        CodeMalformed,
        CodeUnknown,
        PassExpired,
        VoucherVoid,
        AlreadyRedeemed,
        VoucherExpired,
        VoucherNotYetValid,
        StoreNotInBatch,
        OutsideHours,
        type(None),
    ]


def test_who_comes_second_is_told_where_and_when_the_first_was() -> None:
    refusal = redemption_refusal(
        typed(),
        voucher(state=VoucherState.REDEEMED),
        counter(first_redeemed_at=NOON.astimezone(UTC), first_store_name="第一家"),
        NOON,
    )
    assert refusal is not None
    assert refusal.facts == {
        "first": {"redeemed_at": "2023-01-05T12:00:00+08:00", "store_name": "第一家"}
    }


@pytest.mark.parametrize(
    ("age", "refused"), [(0 * SECOND, False), (59 * SECOND, False), (MINUTE, True)]
)
def test_a_pass_is_good_for_a_minute(age: timedelta, refused: bool) -> None:
    refusal = redemption_refusal(scanned(NOON - age), voucher(), counter(), NOON)
    assert isinstance(refusal, PassExpired) is refused


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (NOON - HOUR - SECOND, VoucherNotYetValid),
        (NOON - HOUR, type(None)),
        (NOON + HOUR - SECOND, type(None)),
        (NOON + HOUR, VoucherExpired),
    ],
)
def test_a_voucher_is_good_from_its_first_instant_to_before_its_last(
    at: datetime, refusal: type
) -> None:
    assert type(redemption_refusal(typed(), voucher(), counter(), at)) is refusal


@pytest.mark.parametrize(
    ("opens", "closes", "local", "is_it"),
    [
        (360, 1320, "05:59", False),
        (360, 1320, "06:00", True),
        (360, 1320, "21:59", True),
        (360, 1320, "22:00", False),
        (1080, 1560, "17:59", False),
        (1080, 1560, "18:00", True),
        (1080, 1560, "00:00", True),
        (1080, 1560, "01:59", True),
        (1080, 1560, "02:00", False),
        (0, 1440, "00:00", True),
        (0, 1440, "23:59", True),
        (480, 1920, "07:59", True),
        (480, 1920, "08:00", True),
    ],
)
def test_hours_are_shanghais_and_may_pass_midnight(
    opens: int, closes: int, local: str, is_it: bool
) -> None:
    at = datetime.fromisoformat(f"2023-01-05T{local}:00+08:00").astimezone(UTC)
    assert is_open(opens, closes, at) is is_it


def test_hours_past_midnight_are_told_as_a_clock_shows_them() -> None:
    refusal = redemption_refusal(typed(), voucher(), counter(opens=1080, closes=1560), NOON)
    assert refusal is not None
    assert refusal.facts == {"opens": "18:00", "closes": "02:00"}


@pytest.mark.parametrize(
    ("device", "judged"),
    [
        (None, NOON),
        (NOON - 10 * MINUTE, NOON - 10 * MINUTE),
        (NOON - 10 * MINUTE - SECOND, NOON),
        (NOON + MINUTE, NOON),
        (NOON + HOUR, NOON),
    ],
)
def test_the_devices_time_counts_within_ten_minutes_and_never_ahead(
    device: datetime | None, judged: datetime
) -> None:
    assert judged_at(NOON, device, typed(), voucher()) == judged


def test_a_till_whose_clock_is_slow_does_not_refuse_what_was_just_issued() -> None:
    fresh = voucher(issued_at=NOON - MINUTE, valid_from=NOON - MINUTE)
    at = judged_at(NOON, NOON - 9 * MINUTE, typed(), fresh)
    assert redemption_refusal(typed(), fresh, counter(), at) is None


def test_no_pass_is_redeemed_before_it_was_signed() -> None:
    signed = NOON - 30 * SECOND
    assert judged_at(NOON, NOON - 9 * MINUTE, scanned(signed), voucher()) == signed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("王小明", "小明"),
        ("王明", "明"),
        ("欧阳修", "修"),
        ("欧阳娜娜", "娜娜"),
        ("欧阳", "阳"),
        ("买买提·艾山", "买买提"),
        ("John Smith", "John"),
        ("王", "*"),
    ],
)
def test_the_clerk_hears_only_the_given_name(name: str, said: str) -> None:
    assert given_name(name) == said


@pytest.mark.parametrize(
    ("after", "count", "refusal"),
    [
        (timedelta(), 0, type(None)),
        (24 * HOUR - SECOND, 9, type(None)),
        (24 * HOUR, 0, ReversalWindowOver),
        (HOUR, 10, TooManyReversals),
    ],
)
def test_a_store_reverses_within_a_day_and_at_most_ten_times(
    after: timedelta, count: int, refusal: type
) -> None:
    assert type(reversal_refusal(redemption(), count, NOON + after)) is refusal


def test_reversed_is_said_before_anything_else() -> None:
    undone = redemption(state=RedemptionState.REVERSED, reversed_at=NOON, reversal_reason="扫错了")
    refusal = reversal_refusal(undone, 10, NOON + 48 * HOUR)
    assert isinstance(refusal, AlreadyReversed)
