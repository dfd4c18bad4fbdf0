import io
import random
import re
import struct
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFile

from practice_portal.lib.pictures import MAX_BYTES, clean_picture
from stations.models import Station
from tests.factories import make_picture_file, make_station

RED, BLUE = (220, 20, 20), (20, 20, 220)
GPS = 0x8825
NOT_A_PICTURE = "打不开这个文件。请传JPG、PNG或WebP图片；苹果手机的HEIC照片请先转成JPG。"


def opened(file) -> Image.Image:
    file.seek(0)
    picture = Image.open(io.BytesIO(file.read()))
    picture.load()
    return picture


def phone_photo(size=(200, 100), name="IMG_0001.jpg") -> SimpleUploadedFile:
    """Left half red, right half blue, lying on its side, with the place of the shot in it."""
    picture = Image.new("RGB", size, BLUE)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=RED)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn it clockwise
    exif[0x010F] = "示例牌手机".encode()
    exif.get_ifd(GPS).update({1: "N", 2: (39.0, 46.0, 23.0), 3: "E", 4: (98.0, 17.0, 21.0)})
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif, quality=95, comment=b"39.773,98.289")
    return SimpleUploadedFile(name, written.getvalue())


def is_near(pixel, colour) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(pixel[:3], colour, strict=True))


def png_that_claims(width: int, height: int) -> SimpleUploadedFile:
    """A few bytes that would unfold to a picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return SimpleUploadedFile("bomb.png", b"\x89PNG\r\n\x1a\n" + body)


# What is kept -------------------------------------------------------------------------------------


def test_picture_of_a_phone_loses_its_place_and_stands_upright():
    upload = phone_photo()
    assert dict(opened(upload).getexif().get_ifd(GPS))  # it could have leaked

    cleaned = clean_picture(upload)

    picture = opened(cleaned)
    assert (picture.format, picture.size) == ("WEBP", (100, 200))
    assert is_near(picture.getpixel((50, 20)), RED)
    assert is_near(picture.getpixel((50, 180)), BLUE)
    assert dict(picture.getexif()) == {}
    assert [key for key in ("exif", "xmp", "icc_profile", "comment") if key in picture.info] == []
    cleaned.seek(0)
    content = cleaned.read()
    assert [b for b in (b"Exif", b"GPS", b"39.773", "示例牌手机".encode()) if b in content] == []


def test_picture_is_shrunk_to_1600():
    cleaned = clean_picture(make_picture_file(size=(4000, 3000)))

    assert opened(cleaned).size == (1600, 1200)
    assert (cleaned.width, cleaned.height) == (1600, 1200)


def test_picture_that_is_small_keeps_its_size():
    assert opened(clean_picture(make_picture_file(size=(640, 480)))).size == (640, 480)


@pytest.mark.parametrize(
    ("mode", "format", "expected_mode"),
    [
        ("L", "JPEG", "RGB"),
        ("CMYK", "JPEG", "RGB"),
        ("1", "PNG", "RGB"),
        ("P", "PNG", "RGB"),
        ("LA", "PNG", "RGBA"),
        ("RGBA", "PNG", "RGBA"),
        ("I;16", "PNG", "RGB"),
        ("RGB", "WEBP", "RGB"),
        ("RGBA", "WEBP", "RGBA"),
    ],
)
def test_picture_of_every_mode_becomes_webp(mode, format, expected_mode):
    cleaned = clean_picture(make_picture_file(f"x.{format.lower()}", mode=mode, format=format))

    picture = opened(cleaned)
    # WebP drops an alpha channel in which nothing is transparent.
    assert (picture.format, picture.size) == ("WEBP", (64, 48))
    assert picture.mode in {"RGB", expected_mode}


def test_picture_in_cmyk_keeps_its_colours():
    cleaned = clean_picture(make_picture_file(mode="CMYK", color=(0, 255, 255, 0), quality=95))

    assert is_near(opened(cleaned).getpixel((30, 20)), (255, 0, 0))


def test_picture_with_alpha_stays_transparent():
    upload = make_picture_file("x.png", mode="RGBA", color=(255, 0, 0, 0), format="PNG")

    assert opened(clean_picture(upload)).getpixel((30, 20))[3] == 0


def test_picture_with_a_transparent_palette_stays_transparent():
    picture = Image.new("P", (64, 48), 1)
    picture.putpalette([*RED, *BLUE])
    written = io.BytesIO()
    picture.save(written, "PNG", transparency=1)

    cleaned = clean_picture(SimpleUploadedFile("x.png", written.getvalue()))

    assert opened(cleaned).getpixel((30, 20))[3] == 0


def test_picture_of_several_frames_keeps_the_first():
    """Many phones write MPO, a JPEG with a second view behind it."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), RED).save(
        written, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48), BLUE)]
    )

    picture = opened(clean_picture(SimpleUploadedFile("x.jpg", written.getvalue())))

    assert getattr(picture, "n_frames", 1) == 1
    assert is_near(picture.getpixel((30, 20)), RED)


def test_picture_with_a_program_behind_it_loses_the_program():
    photo = phone_photo().read() + b"<?php system($_GET['x']); ?>"

    cleaned = clean_picture(SimpleUploadedFile("x.php.jpg", photo))

    assert b"<?php" not in cleaned.read()


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0001.jpg",
        "宋建国15412345678.jpg",
        "../../etc/cron.d/x.jpg",
        "..\\..\\x.jpg",
        "/etc/passwd",
        "x.php",
        ".htaccess",
        "con.jpg",
        "x\u202egpj.exe",
        "x\x00.jpg",
        "x" * 5000 + ".jpg",
        "<script>.jpg",
        "",
    ],
)
def test_picture_is_kept_under_a_name_of_ours(db, name):
    upload = phone_photo()
    upload._name = name  # past Django's own tidying, as a script may

    station = make_station(photo=clean_picture(upload))

    assert re.fullmatch(r"stations/[a-z]{16}\.webp", station.photo.name)
    assert Path(station.photo.path).parent == Path(settings.MEDIA_ROOT, "stations")
    assert station.photo.url == f"/media/{station.photo.name}"


# What is refused ----------------------------------------------------------------------------------

REFUSED = [
    "gif",
    "bmp",
    "tiff",
    "php",
    "svg",
    "heic",
    "empty",
    "truncated",
    "hollow",
    "bomb",
    "bomb-warning",
    "bomb-error",
    "line",
    "narrow",
    "heavy",
]


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (lambda: make_picture_file("x.gif", mode="P", format="GIF"), NOT_A_PICTURE),
        (lambda: make_picture_file("x.bmp", format="BMP"), NOT_A_PICTURE),
        (lambda: make_picture_file("x.tiff", format="TIFF"), NOT_A_PICTURE),
        (lambda: SimpleUploadedFile("x.jpg", b"<?php phpinfo(); ?>"), NOT_A_PICTURE),
        (
            lambda: SimpleUploadedFile("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
            NOT_A_PICTURE,
        ),
        (
            lambda: SimpleUploadedFile("x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)),
            NOT_A_PICTURE,
        ),
        (lambda: SimpleUploadedFile("x.jpg", b""), NOT_A_PICTURE),
        (lambda: SimpleUploadedFile("x.jpg", phone_photo().read()[:700]), NOT_A_PICTURE),
        (lambda: png_that_claims(200, 100), NOT_A_PICTURE),
        (lambda: png_that_claims(9000, 7200), "图片的尺寸太大，请缩小后再传。"),
        (lambda: png_that_claims(12000, 9000), "图片的尺寸太大，请缩小后再传。"),
        (lambda: png_that_claims(30000, 30000), "图片的尺寸太大，请缩小后再传。"),
        (
            lambda: make_picture_file("x.png", size=(1, 65500), format="PNG"),
            "图片太窄，看不清内容，请换一张。",
        ),
        (lambda: make_picture_file(size=(31, 400)), "图片太窄，看不清内容，请换一张。"),
        (
            lambda: SimpleUploadedFile("x.jpg", phone_photo().read() + bytes(MAX_BYTES)),
            "图片超过10MB，请换一张小一点的。",
        ),
    ],
    ids=REFUSED,
)
def test_picture_is_refused_with_what_to_do(upload, message):
    with pytest.raises(ValidationError) as refused:
        clean_picture(upload())

    assert refused.value.messages == [message]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_picture_with_broken_bytes_is_cleaned_or_refused_and_nothing_else():
    chance = random.Random(20200425)
    originals = [
        phone_photo((80, 60)).read(),
        make_picture_file("x.png", mode="P", format="PNG").read(),
        make_picture_file("x.webp", format="WEBP").read(),
    ]
    outcomes = set()

    for original in originals:
        for _ in range(150):
            broken = bytearray(original)
            for _ in range(chance.randint(1, 4)):
                # The headers are where the surprises are.
                place = min(int(chance.expovariate(1 / 200)), len(broken) - 1)
                broken[place] = chance.randrange(256)
            if chance.random() < 0.3:
                del broken[chance.randrange(len(broken)) :]
            try:
                clean_picture(SimpleUploadedFile("x.jpg", bytes(broken)))
                outcomes.add("cleaned")
            except ValidationError as refused:
                outcomes.add(refused.code)

    assert {"cleaned", "not_a_picture"} <= outcomes


@pytest.mark.parametrize(
    "error",
    [struct.error("x"), EOFError(), KeyError(1), TypeError(), OverflowError(), MemoryError()],
)
def test_picture_that_trips_its_decoder_is_refused(monkeypatch, error):
    """Decoders fail in ways of their own; whoever uploads such a file reads the same sentence."""

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("practice_portal.lib.pictures.ImageOps.exif_transpose", fail)

    with pytest.raises(ValidationError) as refused:
        clean_picture(make_picture_file())

    assert refused.value.messages == [NOT_A_PICTURE]


# Through the admin, over HTTP ---------------------------------------------------------------------

TOO_MANY_PIXELS = "图片的尺寸太大，请缩小后再传。"
TOO_NARROW = "图片太窄，看不清内容，请换一张。"
TOO_HEAVY = "图片超过10MB，请换一张小一点的。"

#: What a clerk might send, and the sentence at the field; None where it is taken.
SENT = {
    "gps": (phone_photo, None),
    "cmyk": (lambda: make_picture_file("x.jpg", mode="CMYK", color=(0, 255, 255, 0)), None),
    "php-behind": (
        lambda: SimpleUploadedFile("x.php.jpg", phone_photo().read() + b"<?php system('x'); ?>"),
        None,
    ),
    "bomb": (lambda: png_that_claims(30000, 30000), TOO_MANY_PIXELS),
    "line": (lambda: make_picture_file("x.png", size=(1, 65500), format="PNG"), TOO_NARROW),
    "php": (lambda: SimpleUploadedFile("x.jpg", b"<?php phpinfo(); ?>"), NOT_A_PICTURE),
    "svg": (
        lambda: SimpleUploadedFile(
            "x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml"
        ),
        NOT_A_PICTURE,
    ),
    "20mb": (
        lambda: SimpleUploadedFile("x.jpg", phone_photo().read() + bytes(20 * 1024 * 1024)),
        TOO_HEAVY,
    ),
    "empty": (lambda: SimpleUploadedFile("x.jpg", b""), "所提交的是空文件。"),
    "heic": (
        lambda: SimpleUploadedFile("x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)),
        NOT_A_PICTURE,
    ),
}


@pytest.mark.parametrize("case", SENT)
def test_picture_sent_through_the_admin_is_cleaned_or_refused(client, clerk, station, case):
    upload, message = SENT[case]
    client.force_login(clerk)
    page = reverse("admin:stations_station_change", args=[station.pk])

    response = client.post(
        page,
        {"phone": "0937-6000000", "address": "示例路1号", "intro": "新写的", "photo": upload()}
        | {"compounds-TOTAL_FORMS": "0", "compounds-INITIAL_FORMS": "0"},
    )

    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    station.refresh_from_db()
    if message is None:
        assert response.status_code == 302
        assert files == [Path(station.photo.path)]
        picture = opened(station.photo)
        assert (picture.format, dict(picture.getexif())) == ("WEBP", {})
        assert b"<?php" not in files[0].read_bytes()
    else:
        assert response.status_code == 200
        assert response.context["adminform"].form.errors == {"photo": [message]}
        assert "新写的" in response.content.decode()
        assert (files, station.photo.name) == ([], "")


# The field ----------------------------------------------------------------------------------------


@pytest.fixture
def form_field():
    return Station._meta.get_field("photo").formfield()


def test_picture_field_form_answers_a_clean_picture(form_field):
    assert opened(form_field.clean(phone_photo())).format == "WEBP"


@pytest.mark.parametrize("content", [b"", b"<?php ?>"])
def test_picture_field_form_refuses_in_chinese(form_field, content):
    with pytest.raises(ValidationError) as refused:
        form_field.clean(SimpleUploadedFile("x.jpg", content))

    assert len(refused.value.messages) == 1
    assert "一" <= refused.value.messages[0][0] <= "鿿"


def test_picture_field_may_stay_empty_and_be_cleared(form_field, db):
    station = make_station(photo=phone_photo())

    assert form_field.clean(None, station.photo) == station.photo
    assert form_field.clean(False, station.photo) is False


@pytest.mark.parametrize(
    "as_upload", [phone_photo, lambda: ContentFile(phone_photo().read(), "a.jpg")]
)
def test_picture_field_cleans_what_no_form_has_seen(db, as_upload):
    station = make_station(photo=as_upload())

    station.refresh_from_db()
    picture = opened(station.photo)
    assert (picture.format, picture.size, dict(picture.getexif())) == ("WEBP", (100, 200), {})
    assert station.photo.name.startswith("stations/")
    assert station.photo.name.endswith(".webp")


def test_picture_field_refuses_a_truncated_file_at_the_last_door(db):
    station = make_station()
    station.photo = SimpleUploadedFile("x.jpg", phone_photo().read()[:700])

    with pytest.raises(ValidationError) as refused, transaction.atomic():
        station.save()

    assert refused.value.messages == [NOT_A_PICTURE]
    assert Station.objects.get().photo.name == ""


def test_picture_field_saves_a_clean_picture_as_it_is(db):
    cleaned = clean_picture(phone_photo())
    cleaned.seek(0)
    content = cleaned.read()

    station = make_station(photo=cleaned)
    station.save()

    assert station.photo.read() == content


def test_clean_picture_keeps_the_greys_of_a_sixteen_bit_scan():
    upload = make_picture_file("scan.png", mode="I;16", color=32768, format="PNG")

    with Image.open(clean_picture(upload)) as picture:
        assert picture.getpixel((5, 5)) == pytest.approx((128, 128, 128), abs=3)


def test_half_a_picture_is_refused_whatever_else_the_process_does(monkeypatch):
    """WeasyPrint makes Pillow lenient as soon as it is imported."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with pytest.raises(ValidationError):
        clean_picture(png_that_claims(200, 100))
