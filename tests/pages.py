"""Reading a page as a resident does: its words, without the tags."""

import re
from html import unescape


def words(response, *, within: str = "main") -> str:
    """The words of a page's part (`main`, `header`, `footer`, `title`), blanks run together."""
    html = response.content.decode()
    part = re.search(rf"<{within}\b.*?</{within}>", html, re.DOTALL)
    assert part, f"the page has no <{within}>"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part[0])).split())


def titles(response) -> list[str]:
    """What the cards of a page are called, in their order."""
    html = response.content.decode()
    return [unescape(title) for title in re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", html)]
