"""A text drawn as a QR."""

import io

import segno
from starlette.concurrency import run_in_threadpool

# Level M lets a scratched screen be read. With the mask given, seven others are not tried.
ERROR_LEVEL, MASK = "m", 3
SVG_SCALE, PNG_SCALE = 4, 8


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
