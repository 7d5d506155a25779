"""Why a file is not taken, or no longer shown."""

from app.platform.errors import Refusal, Words

MOST_BYTES = 10 * 1024 * 1024


class FileTooLarge(Refusal):
    """Fact `most_bytes`."""

    status, code = 413, "file_too_large"
    title = Words("图片过大", "Picture too large")
    detail = Words(
        "图片最大 {most_bytes} 字节（10 MB）。", "A picture has {most_bytes} bytes (10 MB) at most."
    )

    def __init__(self) -> None:
        super().__init__(most_bytes=MOST_BYTES)


class NotAPicture(Refusal):
    """By its content; what it is called does not matter."""

    status, code = 422, "not_a_picture"
    title = Words("不是可用的图片", "Not a picture")
    detail = Words(
        "请使用完整的 JPEG、PNG 或 WebP 图片。", "Send a whole picture, as JPEG, PNG or WebP."
    )


class TooManyPixels(Refusal):
    """Facts `most_pixels`, `most_side`."""

    status, code = 422, "too_many_pixels"
    title = Words("图片像素过多", "Too many pixels")
    detail = Words(
        "图片最多 {most_pixels} 像素，每边最多 {most_side}；请缩小后再上传。",
        "A picture has {most_pixels} pixels at most, and {most_side} a side; make it smaller.",
    )


class LinkExpired(Refusal):
    status, code = 410, "link_expired"
    title = Words("链接已失效", "The link has expired")
    detail = Words(
        "链接五分钟内有效，请重新获取。", "A link lives five minutes; ask for a fresh one."
    )
