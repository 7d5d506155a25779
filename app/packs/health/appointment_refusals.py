"""How appointments say no in words of their own (contract section 7)."""

from app.platform.errors import Refusal, Words


class SlotTaken(Refusal):
    """Somebody has it; of "any expert", all at that time are taken."""

    status, code = 409, "slot_taken"
    title = Words("该时段已被预约", "Slot taken")
    detail = Words("该时段已被预约，请选择其他时段。", "Somebody has this slot; choose another.")


class Overlapping(Refusal):
    status, code = 409, "overlapping"
    title = Words("与已有预约时间重叠", "Overlapping")
    detail = Words(
        "您在这段时间已有其他预约，请先改期或取消。",
        "You have another appointment at that time; move or cancel it first.",
    )


class SlotsBooked(Refusal):
    """A plan that would leave somebody's appointment without a slot. Facts: `slots`: their
    beginnings, ascending."""

    status, code = 409, "slots_booked"
    matters = True
    title = Words("有预约受影响", "Slots are booked")
    detail = Words(
        "新排班不包含已被预约的时段，请先为这些会员改期或取消。",
        "The plan leaves out slots that are booked; move or cancel those appointments first.",
    )
