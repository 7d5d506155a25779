"""How many there were in 2023, and how many there are at a scale."""

from dataclasses import dataclass
from fractions import Fraction

from app.replay.figures import up

DROPS = 20
VALID_DAYS = 7
# A voucher of the last drop lives until the end of the last of these days.
DAYS = DROPS + VALID_DAYS - 1

PUBLISHED_STORES = 1_000
PUBLISHED_VOUCHERS = 20_000
PUBLISHED_PARTICIPANTS = 1_200
PUBLISHED_VIEWS = 100_000

# "Over 1,200 took part" is 1,250 here; each day some of them have the day off.
WORKERS, PRESSERS = 1_250, 1_200
# Of those who take part, so many have a second account.
TWO_ACCOUNTS = 25
# Members who are entitled to nothing, and try all the same.
OUTSIDERS = 60
# A store in every district, however small the scale.
FEWEST_STORES = 10
# On any day so many tills are without a network; two, so that a voucher can be taken twice.
OFFLINE = Fraction(5, 100)
FEWEST_OFFLINE = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each at a scale. `workers`: persons, not accounts."""

    units: int
    pressers: int
    workers: int
    two_accounts: int
    outsiders: int
    stores: int
    views: int

    @classmethod
    def at(cls, scale: Fraction) -> "Sizes":
        return cls(
            units=up(PUBLISHED_VOUCHERS // DROPS, scale),
            pressers=up(PRESSERS, scale),
            workers=up(WORKERS, scale),
            two_accounts=up(TWO_ACCOUNTS, scale),
            outsiders=up(OUTSIDERS, scale),
            stores=max(up(PUBLISHED_STORES, scale), FEWEST_STORES),
            views=up(PUBLISHED_VIEWS, scale),
        )

    @property
    def vouchers(self) -> int:
        return DROPS * self.units

    @property
    def offline(self) -> int:
        """Tills without a network on any one day."""
        return max(up(self.stores, OFFLINE), FEWEST_OFFLINE)

    def views_on(self, drop: int) -> int:
        """The drop's share of the page views; the shares add up to all of them."""
        return self.views * (drop + 1) // DROPS - self.views * drop // DROPS
