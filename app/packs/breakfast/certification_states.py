"""What test vouchers go through so that they are in the state that their case is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import RedemptionInput, RedemptionState, VoucherState
from app.packs.breakfast import counter_records
from app.packs.breakfast.certification_cases import CaseName
from app.packs.breakfast.certification_queries import set_validity
from app.packs.breakfast.presented import Presentation, RedemptionFacts, Scan
from app.packs.breakfast.redemption_rules import REVERSAL_LIMIT, REVERSAL_WINDOW
from app.packs.breakfast.reverse import undo
from app.packs.breakfast.rules import Validity
from app.packs.breakfast.voucher_records import VoucherRow
from app.packs.breakfast.vouchers import take_back
from app.platform.clock import day_start, shanghai_day
from app.platform.ids import new_id
from app.shared.identity.callers import Actor, Till

NUMBER = "TEST-{}"
REASON = "认证测试"


@dataclass(frozen=True, slots=True)
class Preparation:
    """Of vouchers that this very transaction has granted, so nobody else holds their locks.

    `till` is of the store that is certified.
    """

    session: AsyncSession
    till: Till
    actor: Actor

    async def bring_about(self, vouchers: Mapping[CaseName, VoucherRow]) -> dict[CaseName, str]:
        """Answers the numbers of the redemptions that a case is to reverse."""
        await self._void(vouchers[CaseName.VOID])
        expired, early = vouchers[CaseName.EXPIRED], vouchers[CaseName.EARLY]
        await set_validity(self.session, expired.id, _until_yesterday(expired))
        await set_validity(self.session, early.id, _afterwards(early))
        for name in (CaseName.REDEEMED, CaseName.DISPUTED):
            await self._redeem(vouchers[name], vouchers[name].issued_at)
        late, often = vouchers[CaseName.TOO_LATE], vouchers[CaseName.TOO_OFTEN]
        too_late = await self._redeem(late, late.issued_at - 2 * REVERSAL_WINDOW)
        for _ in range(REVERSAL_LIMIT):
            await self._reverse(await self._redeem(often, often.issued_at), often.issued_at)
        too_often = await self._redeem(often, often.issued_at)
        return {
            CaseName.TOO_LATE: too_late.redemption_no,
            CaseName.TOO_OFTEN: too_often.redemption_no,
        }

    async def _void(self, voucher: VoucherRow) -> None:
        await take_back(
            self.session,
            voucher.id,
            from_state=VoucherState.ISSUED,
            at=voucher.issued_at,
            actor=self.actor,
            reason=REASON,
        )

    async def _redeem(self, voucher: VoucherRow, at: datetime) -> RedemptionFacts:
        assert self.till.store_id is not None, "it is a till of one store"
        number = NUMBER.format(new_id().hex)
        presented = Presentation(
            till=self.till,
            store_no=None,
            redemption_no=number,
            scan=Scan(RedemptionInput.CODE),
            arrived=at,
            actor=self.actor,
        )
        facts = RedemptionFacts(
            id=new_id(),
            redemption_no=number,
            voucher_id=voucher.id,
            face_value_fen=voucher.face_value_fen,
            input=RedemptionInput.CODE,
            state=RedemptionState.REDEEMED,
            redeemed_at=at,
            test=True,
        )
        redemption = counter_records.Redemption(presented, self.till.store_id, facts)
        recorded = await counter_records.record_redemptions(self.session, [redemption])
        assert recorded, "nobody else knows this voucher yet"
        return facts

    async def _reverse(self, redemption: RedemptionFacts, at: datetime) -> None:
        await undo(self.session, redemption, at=at, actor=self.actor, reason=REASON)


def _until_yesterday(voucher: VoucherRow) -> Validity:
    ended = day_start(shanghai_day(voucher.issued_at))
    return Validity(ended - (voucher.valid_until - voucher.valid_from), ended)


def _afterwards(voucher: VoucherRow) -> Validity:
    begins = voucher.valid_until
    return Validity(begins, begins + (voucher.valid_until - voucher.valid_from))
