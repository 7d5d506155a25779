"""What a till read or a clerk typed, told apart: a pass has dots, a code never has."""

from dataclasses import dataclass

from app.models.states import RedemptionInput
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.presented import Scan
from app.packs.breakfast.seals import CODE_LOOKUP
from app.platform.crypto import Digester
from app.shared.counter.codes import normalise
from app.shared.counter.refusals import CodeMalformed, CodeUnknown


@dataclass(frozen=True, slots=True)
class Scanner:
    passes: Passes
    digester: Digester

    def read(self, text: str) -> Scan:
        """A scan whose fault, if any, waits for its turn in the order of checks."""
        text = text.strip()
        return self._pass(text) if "." in text else self._code(text)

    def _pass(self, text: str) -> Scan:
        try:
            claims = self.passes.read(text)
        except CodeUnknown as fault:
            return Scan(RedemptionInput.PASS, fault=fault)
        return Scan(RedemptionInput.PASS, voucher_id=claims.voucher_id, signed_at=claims.signed_at)

    def _code(self, text: str) -> Scan:
        try:
            digests = CODE_LOOKUP.digests(self.digester, normalise(text))
        except CodeMalformed as fault:
            return Scan(RedemptionInput.CODE, fault=fault)
        return Scan(RedemptionInput.CODE, code_digests=tuple(digests))
