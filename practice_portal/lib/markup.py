"""The small markup of staff texts, and its words alone.

Blank lines part paragraphs; lines that begin with "- " are a list, with "## " a smaller heading;
[words](/stations/) opens a page of ours, as does its bare address. Everything else is text: it is
escaped first, and then office phones can be rung. Addresses of other sites stay words.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_HEADING, _ITEM = "## ", "- "
_PATH = r"/[a-z][a-z-]*(?:/[a-z0-9-]+)*/"


def _own_page(words: str, path: str) -> str | None:
    """A link to a page of ours; None where there is no such page."""
    try:
        resolve(path)
    except Resolver404:
        return None
    return f'<a href="{get_script_prefix().rstrip("/")}{path}">{words}</a>'


def _link(found: re.Match) -> str:
    whole = found[0]
    if found["phone"]:
        return f'<a class="num" href="tel:{whole.replace("-", "")}">{whole}</a>'
    return _own_page(found["words"] or whole, found["named"] or found["bare"]) or whole


def _inline(text: str) -> str:
    site = re.escape(escape(settings.SITE["base_url"]))
    links = (
        rf"\[(?P<words>[^\[\]]+)\]\((?:{site})?(?P<named>{_PATH})\)"
        rf"|(?<![\w./:-])(?:{site})?(?P<bare>{_PATH})(?![\w./-])"
        r"|(?<![\w./-])(?P<phone>0\d{2,3}-\d{7,8})(?![\d-])"
    )
    return re.sub(links, _link, escape(text), flags=re.ASCII)


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """The text as (tag, lines); each line of a list or heading is one of its own."""
    blocks: list[tuple[str, list[str]]] = []
    is_new = True
    for line in map(str.strip, text.splitlines()):
        if not line:
            is_new = True
            continue
        if line.startswith(_HEADING):
            tag, line = "h2", line.removeprefix(_HEADING)
        elif line.startswith(_ITEM):
            tag, line = "ul", line.removeprefix(_ITEM)
        else:
            tag = "p"
        if is_new or tag == "h2" or blocks[-1][0] != tag:
            blocks.append((tag, []))
        blocks[-1][1].append(line.strip())
        is_new = False
    return blocks


_HTML: dict[str, Callable[[list[str]], str]] = {
    "h2": lambda lines: f"<h2>{_inline(lines[0])}</h2>",
    "ul": lambda lines: "<ul>" + "".join(f"<li>{_inline(line)}</li>" for line in lines) + "</ul>",
    "p": lambda lines: f"<p>{'<br>'.join(map(_inline, lines))}</p>",
}


def to_html(text: str) -> SafeString:
    """The text as HTML that is safe whatever was typed."""
    return mark_safe("\n".join(_HTML[tag](lines) for tag, lines in _blocks(text)))


def plain_words(text: str) -> str:
    """All of the text without its marks, a block a line."""
    return "\n".join(_without_links(" ".join(lines)) for _, lines in _blocks(text))


def _without_links(text: str) -> str:
    return re.sub(r"\[([^\[\]]+)\]\([^()]*\)", r"\1", text)


def first_words(text: str, length: int) -> str:
    """The beginning of the first paragraph, in plain words and at most so many characters."""
    paragraphs = ["".join(lines) for tag, lines in _blocks(text) if tag == "p"]
    words = _without_links(paragraphs[0]) if paragraphs else ""
    return words if len(words) <= length else words[: length - 1] + "…"
