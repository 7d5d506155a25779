"""A till's offline kit in JSON."""

from base64 import urlsafe_b64encode
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from app.models.states import StoreState
from app.packs.breakfast.offline import OfflineKit
from app.packs.breakfast.passes import TYPE
from app.schemas.base import Instant, Output
from app.shared.counter import ALGORITHM, PassKey
from app.shared.counter.device_time import OFFLINE_PASS_LIFE, PASS_LIFE
from app.shared.identity.hours import write_minutes


class PassKeyOut(Output):
    """A public key as JWK (RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: str = ALGORITHM
    kid: str
    x: str
    signs: bool = Field(description="新二维码以此签名 · new passes are signed with it")

    @classmethod
    def of(cls, key: PassKey) -> Self:
        x = urlsafe_b64encode(key.public).decode().rstrip("=")
        return cls(kid=key.kid, x=x, signs=key.signs)


class OfflineBatchOut(Output):
    id: UUID
    name: str = Field(description="应交付的物品 · what to hand out")
    face_value_fen: int
    test: bool
    here: bool = Field(description="本店可核销 · may be redeemed in this store")


class OfflineStoreOut(Output):
    store_no: str
    name: str
    state: StoreState
    opens: str
    closes: str


class PassRulesOut(Output):
    """How a pass is judged. Its claims: `v` voucher, `b` batch, `f` face value in fen, `n` valid
    from, `e` valid until, `iat` signed; times in seconds since 1970 of campaign time."""

    typ: str = TYPE
    life_s: int = Field(description="联网时有效秒数 · seconds it is good for when connected")
    offline_life_s: int = Field(description="断网时有效秒数 · seconds without a network")


class OfflineKitOut(Output):
    """Everything a till needs to judge passes while its network is down."""

    server_time: Instant
    keys: list[PassKeyOut]
    pass_rules: PassRulesOut
    store: OfflineStoreOut
    batches: list[OfflineBatchOut] = Field(
        description="可能仍有有效券的批次 · batches that may have valid vouchers"
    )
    revoked: list[UUID] = Field(description="已作废的券 · vouchers that were voided")

    @classmethod
    def of(cls, kit: OfflineKit) -> Self:
        store = kit.store
        return cls(
            server_time=kit.as_of,
            keys=[PassKeyOut.of(key) for key in kit.keys],
            pass_rules=PassRulesOut(
                life_s=int(PASS_LIFE.total_seconds()),
                offline_life_s=int(OFFLINE_PASS_LIFE.total_seconds()),
            ),
            store=OfflineStoreOut(
                store_no=store.store_no,
                name=store.name,
                state=store.state,
                opens=write_minutes(store.opens),
                closes=write_minutes(store.closes),
            ),
            batches=[OfflineBatchOut.model_validate(batch) for batch in kit.batches],
            revoked=list(kit.revoked),
        )
