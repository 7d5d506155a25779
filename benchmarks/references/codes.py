"""Voucher codes as the service makes them: the references pay for sealing too."""

from dataclasses import dataclass
from typing import NamedTuple

from app.packs.breakfast.seals import CODE, CODE_LOOKUP
from app.platform.crypto import Digester, Sealer
from app.shared.counter.codes import new_code, normalise


class NewCode(NamedTuple):
    text: str
    digest: bytes
    sealed: bytes


@dataclass(frozen=True)
class Codes:
    sealer: Sealer
    digester: Digester

    def new(self) -> NewCode:
        text = new_code()
        return NewCode(text, self.digest(text), CODE.seal(self.sealer, text))

    def digest(self, text: str) -> bytes:
        return CODE_LOOKUP.digest(self.digester, normalise(text))
