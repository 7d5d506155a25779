"""What tills ask before anything is handed out: what would redeeming this hand out, and to whom?

Nothing is locked and nothing moves, so there is no transaction: everybody who asks at the same
moment is answered by the same few statements, each by itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from app.packs.breakfast import counter_queries
from app.packs.breakfast import redemption_rules as rules
from app.packs.breakfast.presented import CounterFacts, Presentation, VoucherFacts
from app.packs.breakfast.redemption_queries import find_handouts
from app.packs.breakfast.voucher_acts import voucher_read
from app.platform.db import Sessions, one_statement
from app.platform.errors import Forbidden, Refusal
from app.shared.ledger import write


class Seen(NamedTuple):
    """What presenting it would redeem. `holder_sealed`: the holder's name.

    `test`: nothing would be handed out.
    """

    voucher: VoucherFacts
    batch_name: str
    holder_sealed: bytes
    test: bool


async def look(sessions: Sessions, presented: Sequence[Presentation]) -> list[Seen | Refusal]:
    """Each on its own, in order. That a till sees a name is written down before it sees it."""
    async with sessions() as session:
        connection = await one_statement(session)
        vouchers = await counter_queries.find_vouchers(
            connection, [each.scan for each in presented], lock=False
        )
        counters = await counter_queries.look_at_counters(connection, presented, vouchers)
        verdicts = [
            _judge(each, vouchers.of(each.scan), counter)
            for each, counter in zip(presented, counters, strict=True)
        ]
        return await _name(connection, presented, verdicts)


def _judge(
    presented: Presentation, voucher: VoucherFacts | None, counter: CounterFacts | None
) -> tuple[VoucherFacts, bool] | Refusal:
    """The voucher, and whether it is one for testing."""
    if counter is None:
        return Forbidden()
    verdict = rules.judge(presented, voucher, counter)
    if isinstance(verdict, Refusal):
        return verdict
    assert voucher is not None, "a scan without a voucher was refused above"
    return voucher, counter.store.test


async def _name(
    connection: AsyncConnection,
    presented: Sequence[Presentation],
    verdicts: Sequence[tuple[VoucherFacts, bool] | Refusal],
) -> list[Seen | Refusal]:
    shown = [
        (each, verdict[0])
        for each, verdict in zip(presented, verdicts, strict=True)
        if not isinstance(verdict, Refusal)
    ]
    names = await find_handouts(connection, [voucher.id for _, voucher in shown])
    await write(
        connection,
        [voucher_read(each.actor, voucher.id, at=each.arrived) for each, voucher in shown],
    )
    seen = list[Seen | Refusal]()
    for verdict in verdicts:
        if isinstance(verdict, Refusal):
            seen.append(verdict)
            continue
        voucher, test = verdict
        seen.append(Seen(voucher, *names[voucher.id], test))
    return seen
