"""What may not be public in a wish, and what stands in its place. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Hiding(StrEnum):
    """Why a part of a text is hidden."""

    ID_NUMBER = "id_number"
    PHONE = "phone"
    ADDRESS = "address"
    BANK_CARD = "bank_card"
    CONTACT_ID = "contact_id"


# Without a digit or a Latin letter, so that nothing is ever found in a mask.
MASKS = {
    Hiding.ID_NUMBER: "〔已隐藏：证件号〕",
    Hiding.PHONE: "〔已隐藏：电话〕",
    Hiding.ADDRESS: "〔已隐藏：地址〕",
    Hiding.BANK_CARD: "〔已隐藏：银行卡号〕",
    Hiding.CONTACT_ID: "〔已隐藏：联系方式〕",
}
MASK = re.compile("|".join(map(re.escape, MASKS.values())))


@dataclass(frozen=True, order=True)
class Hidden:
    """`[start, end)` of the text in which it was found, in characters."""

    start: int
    end: int
    kind: Hiding
