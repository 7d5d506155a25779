"""A text drawn as a QR."""

import io
from typing import Any

import segno
from fastapi import Response
from starlette.concurrency import run_in_threadpool

# Level M lets a scratched screen be read. With the mask given, seven others are not tried.
ERROR_LEVEL, MASK = "m", 3
SVG_SCALE, PNG_SCALE = 4, 8
SVG, PNG = "image/svg+xml", "image/png"
# Drawn for one answer: of a pass that is signed anew each time.
NO_STORE = {"Cache-Control": "no-store"}


def drawn_as(media_type: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers a QR."""
    return {200: {"content": {media_type: {}}, "description": "QR"}}


async def svg_answer(text: str) -> Response:
    return Response(await qr_svg(text), headers=NO_STORE, media_type=SVG)


async def png_answer(text: str) -> Response:
    return Response(await qr_png(text), headers=NO_STORE, media_type=PNG)


async def qr_svg(text: str) -> bytes:
    """An SVG picture; drawn in a thread, because it takes milliseconds of the processor."""
    return await run_in_threadpool(_draw, text, "svg", SVG_SCALE)


async def qr_png(text: str) -> bytes:
    """The same as a PNG."""
    return await run_in_threadpool(_draw, text, "png", PNG_SCALE)


def _draw(text: str, kind: str, scale: int) -> bytes:
    code = segno.make_qr(text, error=ERROR_LEVEL, mask=MASK, boost_error=False)
    picture = io.BytesIO()
    code.save(picture, kind=kind, scale=scale)
    return picture.getvalue()
