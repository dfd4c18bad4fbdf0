"""The Chinese font of this machine, for pictures that we draw (Debian: fonts-noto-cjk)."""

from functools import cache
from pathlib import Path

from django.conf import settings
from PIL import ImageFont

#: Where distributions put Noto Sans CJK; {weight} is Regular or Bold.
PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-{weight}.ttc",
)
SIMPLIFIED = "Noto Sans CJK SC"


class NoFont(Exception):
    """This machine has no Chinese font; the message is for staff."""


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A font of so many pixels; raises NoFont."""
    path, index = _found("Bold" if bold else "Regular")
    return ImageFont.truetype(path, size, index=index)


@cache
def _found(weight: str) -> tuple[str, int]:
    for place in (settings.FONT_PATH, *PLACES):
        path = Path(place.format(weight=weight))
        if place and path.is_file():
            return str(path), _index_of_simplified(path)
    raise NoFont("服务器上没有装中文字体，画不出海报。请管理员按运维手册装上字体。")


def _index_of_simplified(path: Path) -> int:
    """A collection holds the same glyphs as each region writes them."""
    for index in range(16):
        try:
            name, _ = ImageFont.truetype(str(path), 10, index=index).getname()
        except OSError:
            break
        if name == SIMPLIFIED:
            return index
    return 0
