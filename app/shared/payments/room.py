"""What the room has in a process: a provider, or none, and what packs have that can be paid."""

from dataclasses import dataclass
from datetime import date, datetime

from app.platform.clock import Clock, shanghai_day
from app.platform.crypto import Digester, Sealer
from app.platform.errors import TemporarilyUnavailable
from app.shared.ledger import Actor
from app.shared.payments.payable import Payables
from app.shared.payments.provider import Provider

SYSTEM = "payments"


@dataclass(frozen=True)
class Payments:
    """One a process. Without a `provider` nothing can be paid, and everything else works."""

    provider: Provider | None
    payables: Payables
    clock: Clock
    sealer: Sealer
    digester: Digester

    def require_provider(self) -> Provider:
        """Raises `TemporarilyUnavailable` where this deployment has none."""
        if self.provider is None:
            raise TemporarilyUnavailable()
        return self.provider

    @property
    def system(self) -> Actor:
        """Who acts where it is the provider's word that something follows from."""
        return Actor.system(SYSTEM, self.digester)

    def in_campaign_time(self, at: datetime) -> datetime:
        """A time of the provider's, which is real."""
        return at + self.clock.offset

    def in_provider_time(self, at: datetime) -> datetime:
        """A campaign time as the provider knows it."""
        return at - self.clock.offset

    def provider_today(self) -> date:
        return shanghai_day(self.in_provider_time(self.clock.now()))
