"""What breakfast keeps sealed: the codes of its vouchers, which are as good as cash."""

from app.models.breakfast import Voucher
from app.shared.sealed import Lookup, SealedField
from app.shared.sealed.masks import hide

# Codes come in their one form (`codes.normalise`) before they are sealed or looked for.
CODE_LOOKUP = Lookup(Voucher.code_digest)
CODE = SealedField(Voucher.code_sealed, hide, CODE_LOOKUP)

SEALED = (CODE,)
