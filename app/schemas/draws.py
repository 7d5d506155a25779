"""Draws in JSON, as anybody sees them."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.models.states_draws import AwardState, DrawKind, DrawMethod, DrawState
from app.platform.errors import Words
from app.schemas.base import Instant, Output
from app.shared.draws import Claim, DrawFacts, Prize, PublicDraw

CLAIMS: dict[Claim, Words] = {
    Claim.EVERY_OUTCOME: Words(
        "公开号码的信息量不少于所需：每一种中奖名单都可能出现，机会均等。",
        "The public numbers have as many bits as are needed: every list of winners is possible, "
        "all with the same odds.",
    ),
    Claim.EVEN_ODDS: Words(
        "每张奖券的中奖机会相等（相差不到千分之一）；但号码的信息量少于所需，并非每一种中奖名单都可能出现。",
        "Every ticket has the same odds, within a thousandth; the public numbers have fewer bits "
        "than it takes for every list of winners to be possible.",
    ),
    Claim.NEARLY_EVEN_ODDS: Words(
        "每张奖券都可能中奖，谁也无法预知；但号码的信息量较少，各奖券的机会只是大致相等。",
        "Every ticket can win, and nobody could foresee which; with so few bits the odds are "
        "about the same, not exactly.",
    ),
}

ORDER_CLAIMS: dict[Claim, Words] = {
    Claim.EVERY_OUTCOME: Words(
        "公开号码的信息量不少于所需：每一种次序都可能出现，机会均等。",
        "The public number has as many bits as are needed: every order is possible, all with the "
        "same odds.",
    ),
    Claim.EVEN_ODDS: Words(
        "每张号签排在每一位的机会相等（相差不到千分之一）；但号码的信息量少于所需，"
        "并非每一种次序都可能出现。",
        "Every ticket has the same odds of every place, within a thousandth; the public number "
        "has fewer bits than it takes for every order to be possible.",
    ),
    Claim.NEARLY_EVEN_ODDS: Words(
        "每张号签都可能排在任何一位，谁也无法预知；但号码的信息量较少，机会只是大致相等。",
        "Every ticket can have every place, and nobody could foresee which; with so few bits the "
        "odds are about the same, not exactly.",
    ),
}


class PrizeOut(Output):
    name: str
    name_en: str
    value_fen: int
    quantity: int

    @classmethod
    def of(cls, prize: Prize) -> Self:
        return cls.model_validate(prize)


class WinnerOut(Output):
    """A unit of a prize that fell to a ticket; the same unit again where it was lost."""

    unit: int
    prize: str
    ticket_no: str
    turn: int = Field(description="抽签顺序 · which turn of the sequence")
    state: AwardState
    accept_before: Instant
    reason: str | None = Field(description="取消资格的原因 · why the ticket was disqualified")


class BitsOut(Output):
    """What the public numbers hold against what every list of winners being possible takes."""

    needed: float
    supplied: float
    claim: Claim
    claim_zh: str
    claim_en: str


class DrawOut(Output):
    """All that is public, as far as the draw has come."""

    id: UUID
    kind: DrawKind = Field(
        description="prizes 抽奖；order 为申请人排次序 · of prizes, or the order of a crowd"
    )
    state: DrawState
    title: str
    title_en: str
    organiser: str
    conditions: str
    conditions_en: str
    entry_rule: dict[str, Any]
    opens_at: Instant
    closes_at: Instant
    accept_within_h: int | None
    prizes: list[PrizeOut]
    entrants_count: int | None
    list_sha256: str | None
    method: DrawMethod | None
    sources: list[dict[str, Any]] | None
    commitment: str | None
    bits: BitsOut | None
    public_numbers: list[Any] | None
    winners: list[WinnerOut]
    published_at: Instant | None
    frozen_at: Instant | None
    committed_at: Instant | None
    drawn_at: Instant | None
    proof: str
    page: str
    server_time: Instant

    @classmethod
    def of(cls, seen: PublicDraw) -> Self:
        return cls(**face(seen.draw), **revealed(seen))


def face(draw: DrawFacts) -> dict[str, Any]:
    """The fields that a draw has as such."""
    names = DrawFacts.__dataclass_fields__.keys() & DrawOut.model_fields.keys()
    shown: dict[str, Any] = {name: getattr(draw, name) for name in names - {"prizes"}}
    return shown | {
        "prizes": [PrizeOut.of(prize) for prize in draw.prizes],
        "proof": f"/v1/public/draws/{draw.id}/proof",
        "page": f"/public/draws/{draw.id}",
    }


def revealed(seen: PublicDraw) -> dict[str, Any]:
    """What its numbers and its winners say."""
    names = {prize.id: prize.name for prize in seen.draw.prizes}
    return {
        "bits": bits_of(seen),
        "winners": [
            WinnerOut(
                unit=award.unit,
                prize=names[award.prize_id],
                ticket_no=award.ticket_no,
                turn=award.turn,
                state=seen.state_of(award),
                accept_before=award.accept_before,
                reason=award.reason,
            )
            for award in seen.awards
        ],
        "server_time": seen.as_of,
    }


def bits_of(seen: PublicDraw) -> BitsOut | None:
    claim, needed, supplied = seen.claim, seen.bits_needed, seen.bits_supplied
    if claim is None or needed is None or supplied is None:
        return None
    words = CLAIMS if seen.draw.kind is DrawKind.PRIZES else ORDER_CLAIMS
    return BitsOut(
        needed=round(needed, 1),
        supplied=round(supplied, 1),
        claim=claim,
        claim_zh=words[claim].zh,
        claim_en=words[claim].en,
    )


class ProofWinner(Output):
    unit: int
    prize: str
    turn: int | None
    ticket_no: str | None = Field(description="空缺为 null · null: unawarded")


class ProofEnding(Output):
    unit: int
    ticket_no: str
    why: AwardState
    reason: str | None
    at: Instant


class ProofOut(Output):
    """The file as it is published; what has not come yet is null. Described here, written by
    `app/shared/draws/proof.py`, read by `tools/verify_draw.py`."""

    format: str
    draw_id: UUID
    state: DrawState
    rules: dict[str, Any]
    rules_sha256: str
    published_at: Instant
    frozen_at: Instant | None
    entrants_count: int | None
    list_sha256: str | None
    tickets: list[str] | None
    method: DrawMethod | None
    sources: list[dict[str, Any]] | None
    commitment: str | None
    committed_at: Instant | None
    public_numbers: list[list[int] | str] | None
    drawn_at: Instant | None
    endings: list[ProofEnding] | None
    winners: list[ProofWinner] | None
    checksum: str
