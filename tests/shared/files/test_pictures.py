"""Pictures are what their content is, and nothing but their pixels is kept."""

import io
import random

import pytest
from PIL import Image

from app.models.states import PictureType
from app.shared.files import pictures
from app.shared.files.pictures import MOST_SIDE, Picture, read_picture
from app.shared.files.refusals import MOST_BYTES, FileTooLarge, NotAPicture, TooManyPixels
from tests.shared.files.samples import (
    BLUE,
    NO_PICTURES,
    RED,
    SCRIPT,
    SECRET,
    bomb,
    drawn,
    encoded,
    held,
    telling,
)

FORMS = {"JPEG": PictureType.JPEG, "PNG": PictureType.PNG, "WEBP": PictureType.WEBP}
each_form = pytest.mark.parametrize("form", FORMS)


def read(content: bytes) -> Picture:
    return read_picture(io.BytesIO(content))


def seen(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.content))
    image.load()
    assert (image.size, image.get_format_mimetype()) == (
        (picture.width, picture.height),
        picture.media_type,
    )
    return image


def is_near(colour: object, expected: tuple[int, ...]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 40 for one, other in zip(colour, expected, strict=True))


@each_form
def test_a_picture_stays_what_it_shows(form: str) -> None:
    picture = read(encoded(form))
    image = seen(picture).convert("RGB")
    assert (picture.media_type, picture.width, picture.height) == (FORMS[form], 40, 20)
    assert is_near(image.getpixel((5, 10)), RED)
    assert is_near(image.getpixel((35, 10)), BLUE)


@each_form
def test_where_it_was_taken_and_by_whom_is_gone(form: str) -> None:
    sent = telling(form)
    assert SECRET.encode() in sent
    picture = read(sent)
    assert SECRET.encode() not in picture.content
    assert b"Exif" not in picture.content
    image = seen(picture)
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"} | {
        "loop",
        "background",
        "timestamp",
        "duration",
    }


@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (40, 20), (5, 10), (35, 10)),
        (3, (40, 20), (35, 10), (5, 10)),
        (6, (20, 40), (10, 5), (10, 35)),
        (8, (20, 40), (10, 35), (10, 5)),
    ],
)
def test_a_picture_is_upright_once_nothing_says_how_the_camera_was_held(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int], blue_at: tuple[int, int]
) -> None:
    image = seen(read(held(orientation)))
    assert image.size == size
    assert is_near(image.getpixel(red_at), RED)
    assert is_near(image.getpixel(blue_at), BLUE)


@each_form
def test_what_hides_behind_a_pictures_end_is_not_kept(form: str) -> None:
    picture = read(encoded(form) + SCRIPT)
    assert SCRIPT not in picture.content
    seen(picture)


@pytest.mark.parametrize("content", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_is_no_picture_by_its_content_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(content)


@pytest.mark.parametrize(
    "size", [(100_000, 100_000), (20_000, 2_500), (MOST_SIDE + 1, 1), (2**31 - 1, 1)]
)
def test_a_few_bytes_that_unfold_to_a_giant_are_refused_by_their_header(
    size: tuple[int, int],
) -> None:
    sent = bomb(*size)
    assert len(sent) < 1_000
    with pytest.raises(TooManyPixels):
        read(sent)


def test_as_many_pixels_as_are_allowed_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 800)
    assert read(encoded("PNG", drawn(40, 20))).width == 40
    with pytest.raises(TooManyPixels):
        read(encoded("PNG", drawn(41, 20)))


def test_a_file_of_more_than_ten_megabytes_is_refused_before_it_is_decoded() -> None:
    largest = encoded() + bytes(MOST_BYTES - len(encoded()))
    assert read(largest).width == 40
    with pytest.raises(FileTooLarge):
        read(largest + b"\0")


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "LA"),
        ("PNG", "RGBA"),
        ("WEBP", "RGBA"),
    ],
)
def test_pictures_of_every_kind_of_colour_are_taken(form: str, mode: str) -> None:
    image = drawn().convert("L").convert(mode) if mode in ("LA", "1") else drawn(mode=mode)
    assert seen(read(encoded(form, image))).size == (40, 20)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    image = Image.new("I;16", (2, 1))
    image.putpixel((0, 0), 0x4000)
    image.putpixel((1, 0), 0xC000)
    shades = [seen(read(encoded("PNG", image))).convert("L").getpixel((x, 0)) for x in (0, 1)]
    assert shades == [0x40, 0xC0]


def test_what_was_transparent_stays_so() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    for form in ("PNG", "WEBP"):
        kept = seen(read(encoded(form, image, **({"lossless": True} if form == "WEBP" else {}))))
        assert kept.getchannel("A").getpixel((1, 1)) == 0


def test_of_several_pictures_in_one_file_the_first_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    for form in ("PNG", "WEBP"):
        sent = encoded(form, frames[0], save_all=True, append_images=frames[1:])
        kept = seen(read(sent))
        assert getattr(kept, "n_frames", 1) == 1
        assert is_near(kept.convert("RGB").getpixel((4, 4)), RED)
    assert read(encoded("MPO", frames[0], save_all=True, append_images=frames[1:])).media_type == (
        PictureType.JPEG
    )


@each_form
def test_a_spoilt_file_is_refused_or_comes_out_as_a_picture_and_nothing_else_happens(
    form: str,
) -> None:
    chance, sent = random.Random(form), telling(form)
    for _ in range(300):
        spoilt = bytearray(sent)
        for _ in range(chance.randint(1, 8)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        try:
            seen(read(bytes(spoilt)))
        except (NotAPicture, TooManyPixels):
            continue
