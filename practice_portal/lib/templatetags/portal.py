"""What every template may use: masks, dates as people say them, icons."""

import json
import re
from html import unescape

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join, strip_tags
from django.utils.safestring import mark_safe

from practice_portal.lib import chinese_dates, markup
from practice_portal.lib.addresses import absolute, address_for
from practice_portal.lib.metrics import grouped
from practice_portal.lib.once import FIELD, new_key
from practice_portal.lib.phones import mask_name, mask_phone
from practice_portal.lib.words import marked

register = template.Library()

#: What Django's admin draws for a yes or a no, and the word for it.
_BOX = re.compile(r'<img [^>]*alt="(True|False|None)">')
_YES_OR_NO = {"True": "是", "False": "否", "None": "—"}

register.filter("masked", mask_phone)
register.filter("masked_name", mask_name)
register.filter("day", chinese_dates.day)
register.filter("grouped", grouped)
register.filter("weekday", chinese_dates.weekday)
register.filter("clock", chinese_dates.clock)
register.filter("marking", marked)
register.filter("moment", chinese_dates.moment)
register.filter("prose", markup.to_html)
register.filter("absolute", absolute)


@register.filter
def with_headings(cells, headers):
    """A row of the admin's list, each cell with its column's heading, which a phone shows."""
    for cell, header in zip(cells, headers, strict=True):
        cell = mark_safe(_BOX.sub(lambda box: _YES_OR_NO[box[1]], cell))
        if cell.startswith('<td class="field-'):
            label = format_html('<td data-label="{}"', header["text"])
            cell = mark_safe(label + cell.removeprefix("<td"))
        yield cell


@register.simple_block_tag
def plain(content: str, length: int = 120) -> str:
    """What a block rendered, as one line of text: a page's title, or what it is about."""
    text = " ".join(unescape(strip_tags(content)).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


#: After one of these a title may go on in a new line, unless a closing mark follows.
_END_OF_PHRASE = re.compile(r"(?<=[，。；：！？、])(?=[^，。；：！？、”’）》」』])")


_LONG_NAME = re.compile(r"(?<=.)(?=新时代文明实践)")


@register.filter
def phrases(title: str) -> str:
    """A title of several phrases, each of which is kept in one line as long as it has room.

    The centre's long name may be parted before 新时代, nowhere else.
    """
    parts = _END_OF_PHRASE.split(title)
    if len(parts) == 1:
        return format_html_join(mark_safe("<wbr>"), "{}", ((s,) for s in _LONG_NAME.split(title)))
    return format_html_join("", "<span>{}</span>", ((part,) for part in parts))


#: A date as people say it, or a time of day or a span of them: 12月5日（周六）, 上午9:30–11:30.
_DAY = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:（周.）)?"
_TIME = r"(?:凌晨|上午|中午|下午|晚上|半夜)?\d{1,2}:\d\d"
_WHOLE = re.compile(rf"{_DAY}|{_TIME}(?:–{_TIME})?")


@register.filter(needs_autoescape=True)
def whole(text, autoescape=True) -> str:
    """Words in which neither a date nor a span of time is broken at the end of a line."""
    text = conditional_escape(text) if autoescape else text
    return mark_safe(_WHOLE.sub(r'<span class="whole">\g<0></span>', text))


@register.filter
def digits(text: str) -> str:
    """甘公网安备62020002000001号 → 62020002000001"""
    return "".join(character for character in text if character.isdecimal())


@register.simple_tag
def once() -> str:
    """The key of a form that is done once, however often it is pressed; see lib/once.py."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_key())


@register.filter
def hours(span) -> str:
    """The hours of anything that has starts_at and ends_at."""
    return chinese_dates.hours(span.starts_at, span.ends_at)


@register.filter
def leaf_day(moment) -> str:
    """The last line of a date tile: 今天 or the weekday."""
    day = timezone.localdate(moment)
    return "今天" if day == timezone.localdate() else chinese_dates.weekday(day)


@register.filter
def soon(moment) -> str:
    """今天上午9:00, 明天上午9:00, 11月28日（周六）上午9:00."""
    days = (timezone.localdate(moment) - timezone.localdate()).days
    named = {0: "今天", 1: "明天", 2: "后天"}.get(days)
    return named + chinese_dates.clock(moment) if named else chinese_dates.moment(moment)


@register.filter
def tel(phone: str) -> str:
    """The address of a link that rings an office phone."""
    return "tel:" + phone.replace("-", "")


@register.filter
def counted_in(formset: str, unit: str) -> str:
    """What the admin's script is told of a form's rows, counted in 张 or 场: 再添一张图片."""
    found = json.loads(formset)
    name = found["options"]["addText"].removeprefix("再添一个")
    found["options"]["addText"] = f"再添一{unit}{'' if name.startswith(unit) else name}"
    return json.dumps(found)


@register.simple_tag
def icon(name: str) -> str:
    """One of the symbols in static/icons.svg; decoration only, words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def whole_address(context, path: str) -> str:
    """A path of ours as one has to type it elsewhere, with the host."""
    return address_for(context["request"], path)


@register.filter
def to_follow(address: str) -> str:
    """The address that a phone hands to its own calendar: webcal://…"""
    return "webcal://" + address.partition("://")[2]


@register.simple_tag(takes_context=True)
def query_with(context, **changes) -> str:
    """This page's query string with some parameters changed; an empty value drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = value
    return "?" + query.urlencode()
