"""Pictures good and hostile, made as they are needed."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

RED, BLUE = (255, 0, 0), (0, 0, 255)
GPS, ORIENTATION, MAKE, ARTIST = 0x8825, 0x0112, 0x010F, 0x013B
SECRET = "36.0671N-of-home"


def drawn(width: int = 40, height: int = 20, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def encoded(form: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (image or drawn()).save(file, form, **options)
    return file.getvalue()


def telling(form: str) -> bytes:
    """A picture that says where it was taken, by whom, and more, wherever its format can."""
    exif = Image.Exif()
    exif[MAKE], exif[ARTIST] = SECRET, SECRET
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (36.0, 4.0, 1.0)
    exif.get_ifd(GPS)[29] = SECRET
    options: dict[str, Any] = {"exif": exif, "icc_profile": SECRET.encode()}
    if form == "JPEG":
        options |= {"comment": SECRET, "xmp": SECRET.encode()}
    if form == "WEBP":
        options |= {"xmp": SECRET.encode()}
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", SECRET)
        words.add_itxt("XML:com.adobe.xmp", SECRET)
        options |= {"pnginfo": words}
    return encoded(form, **options)


def held(orientation: int) -> bytes:
    """A JPEG of a camera that was held so."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded("JPEG", exif=exif, quality=100, subsampling=0)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is so large."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    parts = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SCRIPT = b"<script>alert(document.cookie)</script>"
# Beginnings that are right, and nothing that follows from them.
NO_PICTURES: dict[str, bytes] = {
    "nothing": b"",
    "text": b"a word",
    "SVG": SVG,
    "HTML": HTML,
    "HTML after JPEG's first bytes": b"\xff\xd8\xff\xe0" + HTML,
    "HTML after PNG's first bytes": b"\x89PNG\r\n\x1a\n" + HTML,
    "RIFF that is no WebP": b"RIFF\x24\0\0\0WAVEfmt " + bytes(24),
    "PDF": b"%PDF-1.7\n" + bytes(100),
    "ZIP": b"PK\x03\x04" + bytes(100),
    "GIF": encoded("GIF"),
    "BMP": encoded("BMP"),
    "TIFF": encoded("TIFF"),
    "ICO": encoded("ICO"),
    "EPS, which others run": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    **{f"{form}, cut off": encoded(form)[:-60] for form in ("JPEG", "PNG", "WEBP")},
    **{f"{form}, its beginning": encoded(form)[:40] for form in ("JPEG", "PNG", "WEBP")},
}
