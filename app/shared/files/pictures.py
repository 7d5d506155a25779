"""What a member sent, looked at by its content and written anew.

Only pixels pass: they are decoded and encoded again, so whatever else a file held (where it was
taken, a second file behind its end, a script in a comment) is not in what is kept.
"""

import asyncio
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from app.models.states import PictureType
from app.shared.files.refusals import MOST_BYTES, FileTooLarge, NotAPicture, TooManyPixels

# A picture takes some eight bytes of memory a pixel while it is at hand; so many at once.
LANES = 2
MOST_PIXELS = 40_000_000
# What WebP can say.
MOST_SIDE = 16_383

# As the decoder names them. MPO is what some phones write as JPEG: several in one file.
_TYPES: dict[str | None, PictureType] = {
    "JPEG": PictureType.JPEG,
    "MPO": PictureType.JPEG,
    "PNG": PictureType.PNG,
    "WEBP": PictureType.WEBP,
}
_ENCODINGS: dict[PictureType, dict[str, Any]] = {
    PictureType.JPEG: {"format": "JPEG", "quality": 90},
    PictureType.PNG: {"format": "PNG"},
    PictureType.WEBP: {"format": "WEBP", "quality": 90},
}
# How decoders fail on content that is not what it says.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    Warning,
)

# Pictures are measured below, before they are decoded. The library's own limit is another one.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Clean bytes. `source_digest` is that of what was sent, in hex."""

    content: bytes
    media_type: PictureType
    width: int
    height: int
    source_digest: str


class Pictures:
    """Threads for looking at pictures, few of them. The rest wait, and cost a file on disk."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LANES, thread_name_prefix="pictures")

    async def look_at(self, file: BinaryIO) -> Picture:
        """Raises `FileTooLarge`, `NotAPicture`, `TooManyPixels`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read_picture, file)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def read_picture(file: BinaryIO) -> Picture:
    """The picture in the file, upright, without anything but its pixels."""
    sent = file.read(MOST_BYTES + 1)
    if len(sent) > MOST_BYTES:
        raise FileTooLarge()
    try:
        with Image.open(io.BytesIO(sent), formats=("JPEG", "PNG", "WEBP")) as image:
            _measure(image)
            media_type = _TYPES[image.format]
            clean = _pixels(image, media_type)
    except _BROKEN as error:
        raise NotAPicture() from error
    content = io.BytesIO()
    clean.save(content, **_ENCODINGS[media_type])
    return Picture(
        content.getvalue(), media_type, clean.width, clean.height, sha256(sent).hexdigest()
    )


def _measure(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise TooManyPixels(most_pixels=MOST_PIXELS, most_side=MOST_SIDE)


def _pixels(image: Image.Image, media_type: PictureType) -> Image.Image:
    """Of the first picture, where there are several."""
    image.load()
    # What says how the camera was held may be broken in a picture that is whole.
    with suppress(*_BROKEN):
        ImageOps.exif_transpose(image, in_place=True)
    shows_through = image.has_transparency_data and media_type is not PictureType.JPEG
    clean = image
    if image.mode.startswith("I"):
        # Sixteen bits of grey, of which eight are kept.
        clean = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if shows_through else "RGB"
    if clean.mode != mode:
        clean = clean.convert(mode)
    # Encoders write down what decoders have found: comments, colour profiles, dates.
    clean.info = {}
    return clean
