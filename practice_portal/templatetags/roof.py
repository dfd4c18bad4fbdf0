"""What templates of every app say of the house as a whole."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from practice_portal.lib.templatetags.portal import tel

register = template.Library()


@register.simple_tag(takes_context=True)
def ask(context, phone: str = "") -> str:
    """打0937-6000000问一声: the phone as the other way on, in the middle of a sentence.

    Without a phone the centre's. Without any, one goes there: a station of the list may not have
    one either, and all have a door.
    """
    phone = phone or getattr(context.get("centre"), "phone", "")
    if phone:
        return format_html('打<a class="num" href="{}">{}</a>问一声', tel(phone), phone)
    return format_html('到<a href="{}">社区实践所</a>来问一声', reverse("stations:station-list"))
