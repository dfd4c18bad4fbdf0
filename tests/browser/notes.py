"""What is noted of each page on one walk, so that many tests need the page only once."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe

#: 320 px is a window of 1280 px at 400 %, 640 px at 200 %.
WIDTHS = (1280, 640, 390, 320)
#: The widths at which axe has a look: a desktop and a phone. In large text every page is one
#: column, and the phone says it all.
AXE_WIDTHS, AXE_WIDTHS_LARGE = (1280, 390), (390,)

#: Django's own, and no barrier: the image that names a search box, the empty heading over what a
#: table's rows can be deleted with, and the inner one of the two roles that Select2 gives a choice.
NOT_OURS = {"exclude": [["#searchbar"], [".tabular thead"], [".select2-selection__rendered"]]}

#: What is for pressing and typing, and still there on paper; a phone number stays.
FOR_THE_SCREEN = """() => [...document.querySelectorAll(
    '.topbar, .nav-main, .crumbs, .skip-link, form, .chips, .doors, .foot-links, .btn'
)].filter(one => one.getClientRects().length && !one.href?.startsWith('tel:'))
  .map(one => one.className || one.tagName)"""

#: Every visible text and field that is set smaller than so many px.
SMALL = """(least) => {
  const size = (each) => parseFloat(getComputedStyle(each).fontSize);
  const found = [...document.querySelectorAll("input, select, textarea, button")]
    .filter((each) => each.offsetParent && size(each) < least).map((each) => each.outerHTML);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text && parent.offsetParent && size(parent) < least) found.push(text);
  }
  return found;
}"""


@dataclass
class Notes:
    """One page, in one size of text; widths are in CSS pixels."""

    body: str = ""
    first_stop: str = ""
    on_paper: list[str] = field(default_factory=list)
    paper_body: str = ""
    too_wide: list[int] = field(default_factory=list)
    too_small: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def body_size(page) -> str:
    return page.evaluate("getComputedStyle(document.body).fontSize")


def take_notes(page, path: str, *, least: int = 15) -> Notes:
    """Open the page once and look at it from all sides; it ends narrow and unfolded.

    `least` is the size in CSS pixels under which a text is noted as too small.
    """
    page.set_viewport_size({"width": 700, "height": 900})
    page.goto(path)
    notes = Notes(body=body_size(page))
    is_large = page.evaluate("!!document.querySelector('html.large-text, body.large-text')")
    axe_widths = AXE_WIDTHS_LARGE if is_large else AXE_WIDTHS
    # A field that takes the focus itself would hide where the page begins.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    notes.first_stop = page.evaluate("document.activeElement.textContent.trim()")

    page.emulate_media(media="print")
    notes.on_paper = page.evaluate(FOR_THE_SCREEN)
    notes.paper_body = body_size(page)
    page.emulate_media(media="screen")

    # Folded parts are unfolded: they have to fit and to be read, too.
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(
            "(({scrollWidth, clientWidth}) => scrollWidth > clientWidth)(document.documentElement)"
        ):
            notes.too_wide.append(width)
        if width in axe_widths:
            notes.too_small += page.evaluate(SMALL, least)
            for found in Axe().run(page, context=NOT_OURS).response["violations"]:
                nodes = found["nodes"]
                notes.violations.append(
                    f"{width} px, {found['id']}: {nodes[0]['target']} ({len(nodes)})"
                )
    return notes


def noted(walk: dict[str, Notes], name: str) -> dict[str, list]:
    """The pages of which something was noted under that name, and what."""
    return {path: found for path, notes in walk.items() if (found := getattr(notes, name))}
