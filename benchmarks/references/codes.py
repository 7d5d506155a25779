"""Voucher codes as the service makes them: the references pay for sealing too."""

from dataclasses import dataclass
from typing import NamedTuple

from app.packs.breakfast.codes import SEALED_CODE, VOUCHER_CODE, new_code, normalise
from app.platform.crypto import Digester, Sealer


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
        return NewCode(text, self.digest(text), self.sealer.seal(text, SEALED_CODE))

    def digest(self, text: str) -> bytes:
        return self.digester.digest(VOUCHER_CODE, normalise(text))
