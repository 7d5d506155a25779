"""Vouchers that two tills took: staff decide, and both stores can read what and why."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.replay.breakfast.days import Course
from app.replay.breakfast.scans import Scans
from app.replay.breakfast.stores import STORE_MANAGER, Till
from app.replay.stage import Stage
from app.schemas.disputes import DisputeOut

DISPUTES = "/v1/admin/redemption-disputes"
OWN_DISPUTES = "/v1/store/redemption-disputes"
REASONS = {
    Course.FIRST_STANDS: "先到门店小票齐全",
    Course.SECOND_STANDS: "持券人确认在后到门店领取",
    Course.BOTH_PAID: "两店均已出餐，断网无从得知",
}


class Disputes:
    """Staff's desk for disputed redemptions."""

    def __init__(self, stage: Stage, tills: Sequence[Till], scans: Scans) -> None:
        self._stage = stage
        self._scans = scans
        self._tills = {till.store.store_no: till for till in tills}
        self._places = {till.store.store_no: place for place, till in enumerate(tills)}

    async def decide(self, contested: Mapping[str, Course]) -> None:
        """Every dispute about one of these vouchers, by voucher, as planned."""
        if not contested:
            return
        open_ = {str(each.voucher_id): each for each in await self._read(state="open")}
        for voucher_id, decision in contested.items():
            if voucher_id in open_:
                await self._decide(open_[voucher_id], decision)
            else:
                self._stage.surprises.note("a voucher that two tills took is in no dispute")

    async def decided(self) -> Counter[str]:
        """How many of the play's disputes were decided in which way, as staff see it."""
        return Counter(str(each.decision) for each in await self._read(state="decided"))

    async def _read(self, *, state: str) -> list[DisputeOut]:
        """The play's own."""
        found = await self._stage.read_all(DISPUTES, self._stage.staff[STORE_MANAGER], state=state)
        disputes = map(DisputeOut.model_validate, found)
        return [each for each in disputes if self._scans.is_ours(each.second.redemption_no)]

    async def _decide(self, dispute: DisputeOut, decision: Course) -> None:
        answer = await self._stage.wire.send(
            "POST",
            f"{DISPUTES}/{dispute.id}/decision",
            token=self._stage.staff[STORE_MANAGER],
            key=f"{self._stage.seed}-{dispute.id}",
            body={"decision": decision.value, "reason": REASONS[decision]},
        )
        if not self._stage.expect(answer, "200", act="deciding a dispute"):
            return
        decided = DisputeOut.model_validate(answer.body)
        self._check(decided, decision)
        if decided.first_state == "reversed":
            first = decided.first
            self._scans.undone.append((self._places[first.store_no], first.redemption_no))
        await self._try_again(decided)
        await self._tell_the_second_store(decided)

    def _check(self, decided: DisputeOut, decision: Course) -> None:
        is_paid_twice = decision is Course.BOTH_PAID
        expected = (
            decision.value,
            "reversed" if decision is Course.SECOND_STANDS else "redeemed",
            decided.face_value_fen if is_paid_twice else 0,
        )
        if (decided.decision, decided.first_state, decided.compensation_fen) != expected:
            self._stage.surprises.note(f"a dispute that was decided as {decision}: otherwise")

    async def _try_again(self, decided: DisputeOut) -> None:
        """Nobody decides it a second time."""
        answer = await self._stage.wire.send(
            "POST",
            f"{DISPUTES}/{decided.id}/decision",
            token=self._stage.staff[STORE_MANAGER],
            body={"decision": Course.FIRST_STANDS.value, "reason": "再次裁定"},
        )
        self._stage.expect(answer, "state_conflict", act="deciding a dispute again")

    async def _tell_the_second_store(self, decided: DisputeOut) -> None:
        till = self._tills[decided.second.store_no]
        own = await self._stage.read_all(OWN_DISPUTES, await till.token(self._stage))
        found = {each["id"]: each["reason"] for each in own}
        if found.get(str(decided.id)) != decided.reason:
            self._stage.surprises.note("a store cannot read what was decided, and why")
