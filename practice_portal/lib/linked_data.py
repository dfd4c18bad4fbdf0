"""What search engines and maps read of a page (schema.org), as a block of data that nobody runs."""

import json

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: A typed “</script>” must not end the block.
_HARMLESS = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def block(*things: dict) -> SafeString:
    """The things in one <script> of data; empty values are left out."""
    graph = {"@context": "https://schema.org", "@graph": [_filled(thing) for thing in things]}
    data = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_HARMLESS)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(data))


def _filled(value):
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each not in ("", None, [])}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    return value
