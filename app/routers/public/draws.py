"""Draws for anybody: what is published, the proof, and a page that draws again."""

import asyncio
from pathlib import Path
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from app.models.states_draws import DrawKind
from app.platform.clock import SHANGHAI
from app.routers.guard import anyone, api_router
from app.routers.pages import page
from app.routers.rooms import R, Rooms
from app.schemas.draws import DrawOut, ProofOut, bits_of
from app.shared import draws
from app.shared.draws import DrawFacts, PublicDraw
from app.shared.draws.commitment_rules import canonical

router = api_router()

DRAWS = "/v1/public/draws/{draw_id}"
# It lies where a reader of the project looks for it.
VERIFIER = Path(__file__).resolve().parents[3] / "tools" / "verify_draw.py"


@router.get(DRAWS, summary="抽奖")
@anyone()
async def get_draw(draw_id: UUID, rooms: R) -> DrawOut:
    """Rules and prizes from publication on, the list's count and hash, the commitment, and
    after the draw the winners by their random ticket numbers."""
    return DrawOut.of(await _seen(rooms, draw_id))


@router.get(DRAWS + "/proof", summary="抽奖证明", response_model=ProofOut)
@anyone()
async def get_proof(draw_id: UUID, rooms: R) -> Response:
    """One file from which anybody draws again: `python3 verify_draw.py proof.json`."""
    proof = await draws.make_proof(rooms.sessions, rooms.draws, rooms.closed, draw_id=draw_id)
    text = await asyncio.to_thread(canonical, proof)
    name = f'inline; filename="draw-{draw_id}.json"'
    return Response(text, media_type="application/json", headers={"Content-Disposition": name})


@router.get("/public/draws/{draw_id}", include_in_schema=False)
@anyone()
async def draw_page(draw_id: UUID, rooms: R) -> HTMLResponse:
    """Draws it again in the visitor's browser."""
    seen = await _seen(rooms, draw_id)
    draw, bits = seen.draw, bits_of(seen)
    said = f"{bits.supplied} / {bits.needed} bit" if bits else ""
    return page(
        "draw",
        title=draw.title,
        title_en=draw.title_en,
        organiser=draw.organiser,
        conditions=draw.conditions,
        conditions_en=draw.conditions_en,
        opens_at=f"{draw.opens_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        closes_at=f"{draw.closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        **_terms(draw),
        proof=f"/v1/public/draws/{draw_id}/proof",
        claim_zh=f"{bits.claim_zh}（{said}）" if bits else "公开号码选定后在此说明其信息量。",
        claim_en=f"{bits.claim_en} ({said})"
        if bits
        else "Once numbers are named, what they can support stands here.",
    )


async def _seen(rooms: Rooms, draw_id: UUID) -> PublicDraw:
    return await draws.find_public(
        rooms.sessions, rooms.clock, rooms.draws, rooms.closed, draw_id=draw_id
    )


def _terms(draw: DrawFacts) -> dict[str, str]:
    """What falls to tickets, in the page's words."""
    if draw.kind is DrawKind.ORDER:
        return {
            "fallen_zh": "次序",
            "fallen_en": "The order",
            "terms_zh": "每人一张号签；按抽出的次序依次分配。",
            "terms_en": "One ticket a person; in the order that is drawn they have their turns.",
        }
    hours = draw.accept_within_h
    return {
        "fallen_zh": "奖品与中奖奖券",
        "fallen_en": "Prizes and winners",
        "terms_zh": f"中奖后 {hours} 小时内领取。每人一张奖券、最多中一次。",
        "terms_en": f"A winner has {hours} hours to claim it; one ticket and one prize a person.",
    }


@router.get("/public/verify_draw.py", include_in_schema=False)
@anyone(asks_nobody=True)
async def verifier() -> PlainTextResponse:
    """The program, as it lies in `tools/`."""
    return PlainTextResponse(await asyncio.to_thread(VERIFIER.read_text))
