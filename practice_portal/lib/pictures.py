"""Pictures that staff upload: checked, shrunk, and without what the camera wrote into them.

Phones write the place of the shot (GPS) into every photo, so no uploaded file is kept as it
came: the picture is decoded, turned upright, shrunk and written anew as WebP, under a name of
ours (DESIGN §2.7).
"""

import io
import warnings

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, ImageFile, ImageOps

from practice_portal.lib.file_names import new_file_name

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 64_000_000
MIN_SIDE = 32
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


class CleanPicture(ContentFile):
    """A picture this module has written itself."""

    def __init__(self, content: bytes, name: str, size: tuple[int, int]):
        super().__init__(content, name=name)
        # ImageField asks the file for these before it would decode it once more.
        self.width, self.height = size
        self._dimensions_cache = size


def clean_picture(upload) -> CleanPicture:
    """Decode an upload and write it anew as WebP; raises ValidationError with what to do."""
    if upload.size > MAX_BYTES:
        raise ValidationError(
            f"图片超过{MAX_BYTES // 1024 // 1024}MB，请换一张小一点的。",
            code="too_large",
        )
    upload.seek(0)
    # WeasyPrint, once it is imported, lets halves of pictures pass in the whole process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                if min(picture.size) < MIN_SIDE:
                    raise ValidationError("图片太窄，看不清内容，请换一张。", code="too_small")
                picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
                picture.load()
                upright = ImageOps.exif_transpose(picture)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError("图片的尺寸太大，请缩小后再传。", code="too_many_pixels") from None
    except Exception:
        # Broken files make each decoder fail in its own way: struct.error, EOFError, KeyError.
        raise ValidationError(
            "打不开这个文件。请传JPG、PNG或WebP图片；苹果手机的HEIC照片请先转成JPG。",
            code="not_a_picture",
        ) from None
    if upright.mode.startswith("I"):  # scans with 16 bits of grey, which WebP does not know
        upright = upright.convert("I").point(lambda grey: grey / 256).convert("L")
    if upright.mode not in ("RGB", "RGBA"):
        has_alpha = "A" in upright.mode or "transparency" in upright.info
        upright = upright.convert("RGBA" if has_alpha else "RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    # A fresh copy carries pixels only: no EXIF, no GPS, no XMP, no colour profile of the camera.
    fresh = Image.new(upright.mode, upright.size)
    fresh.paste(upright)
    fresh.save(written, "WEBP", quality=82, method=4)
    return CleanPicture(written.getvalue(), new_file_name(".webp"), fresh.size)


class PictureFormField(forms.FileField):
    widget = forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def to_python(self, data):
        upload = super().to_python(data)
        return upload and clean_picture(upload)


class PictureField(models.ImageField):
    """A picture on our disk: WebP, at most 1600 px, without EXIF."""

    def formfield(self, **kwargs):
        return super(models.ImageField, self).formfield(
            **{"form_class": PictureFormField, **kwargs}
        )

    def pre_save(self, instance, add):
        file = getattr(instance, self.attname)
        if file and not file._committed and not isinstance(file.file, CleanPicture):
            setattr(instance, self.attname, clean_picture(file))
        return super().pre_save(instance, add)
