"""What goes wrong at a provider, and on the way to it, when somebody wants to see it."""

from dataclasses import dataclass


@dataclass
class Mishaps:
    """All off. Counts go down as they happen.

    `hold`: notifications wait until they are taken or released, in whatever order.
    `delay_s`: each comes up to so much later, by chance, so they overtake each other.
    `repeats`: each comes so many times more. `lose`: so many are never sent. `lose_answers`: so
    many requests are carried out, and the answer is lost. `busy`: so many are answered with 503.
    `amount_off_fen`, `currency`: what the payer really pays. `refunds_wait`: they stay under way
    until they are settled. `refunds_end`: how they end. `not_enough`: so many refunds find the
    merchant's balance too small. `bills_wait`: a day's bill is there on the next morning only.
    """

    hold: bool = False
    delay_s: float = 0.0
    repeats: int = 0
    lose: int = 0
    lose_answers: int = 0
    busy: int = 0
    amount_off_fen: int = 0
    currency: str = "CNY"
    refunds_wait: bool = False
    refunds_end: str = "SUCCESS"
    not_enough: int = 0
    bills_wait: bool = False

    def strikes(self, name: str) -> bool:
        """Whether that one happens now, which is then one less."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True
