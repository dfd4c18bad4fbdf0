"""Reading a page as a resident does: its words, without the tags."""

import re
from html import unescape
from html.parser import HTMLParser


def words(response, *, within: str = "main") -> str:
    """The words of a page's part (`main`, `header`, `footer`, `title`), blanks run together."""
    html = response.content.decode()
    part = re.search(rf"<{within}\b.*?</{within}>", html, re.DOTALL)
    assert part, f"the page has no <{within}>"
    # What keeps a date in one line is no word of its own.
    text = re.sub(r'<span class="whole">(.*?)</span>', r"\1", part[0])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def titles(response) -> list[str]:
    """What the cards of a page are called, in their order."""
    html = response.content.decode()
    return [unescape(title) for title in re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", html)]


def key_of(response) -> str:
    """The key of the page's form, which makes a double click one press."""
    return re.search(r'name="once" value="([^"]+)"', response.content.decode())[1]


class _Form(HTMLParser):
    """The fields of one form, as a browser would send them untouched."""

    def __init__(self, form_id: str):
        super().__init__()
        self.form_id, self.is_inside = form_id, False
        self.values: dict[str, list[str]] = {}
        self.name, self.text, self.is_first = "", "", False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.is_inside = attrs.get("id") == self.form_id
        if not self.is_inside or "disabled" in attrs:
            return
        if tag == "input" and attrs.get("name"):
            kind = attrs.get("type", "text")
            is_ticked = kind not in ("checkbox", "radio") or "checked" in attrs
            if kind not in ("submit", "button", "image", "file") and is_ticked:
                self._add(attrs["name"], attrs.get("value", ""))
        elif tag == "textarea":
            self.name, self.text = attrs["name"], ""
        elif tag == "select":
            self.name, self.is_first = attrs["name"], "multiple" not in attrs
        elif tag == "option":
            if "selected" in attrs:
                self.values[self.name] = [attrs["value"]]
            elif self.is_first:
                self._add(self.name, attrs["value"])
            self.is_first = False

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.is_inside:
            self._add(self.name, self.text.removeprefix("\n").removeprefix("\r\n"))

    def _add(self, name, value):
        self.values.setdefault(name, []).append(value)


def untouched(response, form_id: str) -> dict[str, list[str]]:
    """What the browser sends of a form in which nobody has typed anything."""
    form = _Form(form_id)
    form.feed(response.content.decode())
    assert form.values, f"the page has no form {form_id}"
    return form.values
