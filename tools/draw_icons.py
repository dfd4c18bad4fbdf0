"""Draw the icons and the share card's picture from static/favicon.svg: `make icons`.

Needs Chromium and the development packages; what it writes is committed.
"""

import os
import shutil
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "static"
ICONS = STATIC / "icons"
GROUND = "#fdfbf8"

PAGE = """<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><style>
html, body {{margin: 0; height: 100%; background: {ground}}}
body {{display: flex; align-items: center; justify-content: center; gap: 4vw;
  font: 700 {font}px/1.35 "Noto Sans CJK SC", sans-serif; color: #1e1a17}}
svg {{width: {mark}px; height: {mark}px; flex: none}}
</style><body>{svg}{words}</body></html>"""


def draw(browser, width: int, height: int, mark: int, *, words="", font=16, ground=GROUND) -> Image:
    page = browser.new_page(viewport={"width": width, "height": height})
    svg = (STATIC / "favicon.svg").read_text("utf-8")
    page.set_content(PAGE.format(ground=ground, font=font, mark=mark, svg=svg, words=words))
    picture = Image.open(BytesIO(page.screenshot(omit_background=True)))
    page.close()
    return picture


def main() -> None:
    ICONS.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        sizes = [draw(browser, size, size, size, ground="transparent") for size in (48, 32, 16)]
        sizes[0].save(
            ICONS / "favicon.ico", sizes=[(48, 48), (32, 32), (16, 16)], append_images=sizes[1:]
        )
        touch = draw(browser, 180, 180, 140).convert("RGB").quantize(64)
        touch.save(ICONS / "apple-touch-icon.png", optimize=True)
        words = "<div>新时代<br>文明实践</div>"
        share = draw(browser, 1200, 630, 360, words=words, font=120).convert("RGB").quantize(64)
        share.save(ICONS / "share.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
