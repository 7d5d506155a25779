"""A till without a network judges passes by its kit as the service would."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.packs.breakfast.passes import PassClaims, Passes
from app.platform.clock import SHANGHAI
from app.platform.crypto import KeyRing
from app.platform.ids import new_id
from app.replay.breakfast.kit import Kit
from app.schemas.offline import (
    OfflineBatchOut,
    OfflineKitOut,
    OfflineStoreOut,
    PassKeyOut,
    PassRulesOut,
)

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=SHANGHAI)
VOUCHER, HERE, ELSEWHERE, REVOKED = (new_id() for _ in range(4))


def passes_of(seed: bytes) -> Passes:
    return Passes(KeyRing({1: seed * 32}))


PASSES = passes_of(b"a")


@pytest.fixture
def kit() -> Kit:
    """Of a store in which one of two batches is redeemed, and one voucher is void."""
    return Kit(
        OfflineKitOut(
            server_time=NOW,
            keys=[PassKeyOut.of(key) for key in PASSES.keys],
            pass_rules=PassRulesOut(life_s=60, offline_life_s=900),
            store=OfflineStoreOut(
                store_no="QD0001", name="店", state="active", opens="06:00", closes="22:00"
            ),
            batches=[
                OfflineBatchOut(id=batch, name="券", face_value_fen=1, test=False, here=here)
                for batch, here in ((HERE, True), (ELSEWHERE, False))
            ],
            revoked=[REVOKED],
        )
    )


def signed(
    *,
    voucher: UUID = VOUCHER,
    batch: UUID = HERE,
    valid: timedelta = timedelta(days=7),
    passes: Passes = PASSES,
) -> str:
    return passes.sign(PassClaims(voucher, batch, 1000, NOW, NOW + valid, NOW))


def test_a_pass_stands_for_its_voucher_for_a_quarter_of_an_hour(kit: Kit) -> None:
    text = signed()
    for minutes in (0, 14):
        assert kit.voucher_of(text, at=NOW + timedelta(minutes=minutes)) == str(VOUCHER)
    assert kit.voucher_of(text, at=NOW + timedelta(minutes=15)) is None


@pytest.mark.parametrize(
    "text",
    [
        signed(batch=ELSEWHERE),
        signed(voucher=REVOKED),
        signed(valid=timedelta(0)),
        signed(passes=passes_of(b"b")),
        "7K3M-9QXT-2BDF-H0VN-7",
        urlsafe_b64encode(b"a.b.c").decode(),
    ],
    ids=["another store's", "void", "expired", "forged", "a code", "nonsense"],
)
def test_nothing_is_handed_out_for_anything_else(kit: Kit, text: str) -> None:
    assert kit.voucher_of(text, at=NOW) is None
