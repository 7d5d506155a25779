"""A till's offline kit: what it needs to judge a pass while its network is down."""

import json
from datetime import UTC, datetime, timedelta

import jwt

from app.schemas.offline import OfflineKitOut


class Kit:
    """As it was fetched in the morning."""

    def __init__(self, kit: OfflineKitOut) -> None:
        self._keys = {key.kid: jwt.PyJWK(key.model_dump()) for key in kit.keys}
        self._jws = jwt.PyJWS(algorithms=[key.alg for key in kit.keys])
        self._rules = kit.pass_rules
        self._here = {str(batch.id) for batch in kit.batches if batch.here}
        self._revoked = {str(voucher_id) for voucher_id in kit.revoked}

    def voucher_of(self, text: str, *, at: datetime) -> str | None:
        """The voucher that the pass stands for at this instant, or None: hand nothing out."""
        try:
            header = self._jws.get_unverified_header(text)
            claims = json.loads(self._jws.decode(text, self._keys[header["kid"]]))
        except (jwt.PyJWTError, KeyError, ValueError):
            return None
        signed_at, valid_until = (datetime.fromtimestamp(claims[key], UTC) for key in ("iat", "e"))
        is_fresh = at < signed_at + timedelta(seconds=self._rules.offline_life_s)
        is_ours = header.get("typ") == self._rules.typ and claims["b"] in self._here
        is_good = is_fresh and is_ours and at < valid_until and claims["v"] not in self._revoked
        return str(claims["v"]) if is_good else None
