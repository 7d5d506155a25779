"""When a scan counts: pure, whoever asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# How long a pass is good where there is a network, and where there is none.
PASS_LIFE, OFFLINE_PASS_LIFE = timedelta(seconds=60), timedelta(minutes=15)
DEVICE_TIME_TRUSTED = timedelta(minutes=10)
NO_SCAN_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Upload:
    """How a scan came that was made without a network. `sent_at` by the device's clock."""

    sent_at: datetime
    device_seq: int | None = None


def judged_at(
    arrived: datetime,
    device_at: datetime | None,
    upload: Upload | None,
    *,
    made: Iterable[datetime | None] = (),
) -> datetime:
    """The instant a presentation counts for.

    Connected: the device's own time if it lies within ten minutes of arrival, else
    arrival. Uploaded: the device's time, put right by what its clock said when it sent.
    Never after arrival, and never before what it shows was `made`, so that a device whose
    clock is off refuses nobody; of what is unknown, never before 1970.
    """
    if device_at is None:
        return arrived
    if upload is not None:
        device_at += arrived - upload.sent_at
    elif abs(arrived - device_at) > DEVICE_TIME_TRUSTED:
        return arrived
    known = [each for each in made if each is not None]
    return min(arrived, max(device_at, NO_SCAN_BEFORE, *known))


def pass_is_over(at: datetime, signed_at: datetime | None, upload: Upload | None) -> bool:
    """Whether a pass was too old at the instant that its scan counts for."""
    life = PASS_LIFE if upload is None else OFFLINE_PASS_LIFE
    return signed_at is not None and at >= signed_at + life
