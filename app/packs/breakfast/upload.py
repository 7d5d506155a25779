"""Scans that a till made without a network, sent when it is back: each judged alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.packs.breakfast.calling_store import check_store_named
from app.packs.breakfast.counter import Counter, Outcome
from app.packs.breakfast.presented import Presentation
from app.packs.breakfast.scans import Scanner
from app.platform.clock import Clock
from app.shared.counter import Upload, raise_if_all_are_the_callers
from app.shared.identity.callers import Actor, Till


@dataclass(frozen=True, slots=True)
class OfflineScan:
    """`device_at`, `device_seq`: when, and as its which, by the device that scanned."""

    redemption_no: str
    text: str
    device_at: datetime
    device_seq: int | None = None


async def upload(
    counter: Counter,
    scanner: Scanner,
    clock: Clock,
    *,
    till: Till,
    actor: Actor,
    sent_at: datetime,
    scans: Sequence[OfflineScan],
    store_no: str | None = None,
) -> list[Outcome]:
    """What became of each, in order, all in one transaction.

    Judged at the device's time, put right by `sent_at`: what its clock said when it sent.
    What was accepted or disputed before is that again; what was refused is decided anew.
    Raises `InputInvalid`, `Forbidden` (the caller's store), `QuotaExceeded`.
    """
    check_store_named(till, store_no)
    arrived = clock.now()
    outcomes = await counter.present_all(
        [
            Presentation(
                till=till,
                store_no=store_no,
                redemption_no=each.redemption_no,
                scan=scanner.read(each.text),
                arrived=arrived,
                device_at=each.device_at,
                upload=Upload(sent_at, each.device_seq),
                actor=actor,
            )
            for each in scans
        ]
    )
    raise_if_all_are_the_callers(outcomes)
    return outcomes
