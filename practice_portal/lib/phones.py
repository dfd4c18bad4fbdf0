"""Two kinds of phone numbers, and the mask that hides the one of them.

An *office* phone (a station's, an activity's contact) is printed in full and can be tapped.
A *personal* phone and a resident's name are masked wherever a page shows them (DESIGN §2.7).
"""

import re

from django.core.exceptions import ValidationError
from django.db import models

# No operator has numbers beginning with 154, and no local number in China begins with 1:
# every phone of the demo street is made from this prefix and rings nowhere.
DEMO_PREFIX = "154"

# The invisible ones come along when a number is copied from a phone's address book.
_SEPARATORS = re.compile(r"[\s\-—–()（）.\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[1-9][0-9]{1,2})([0-9]{7,8})")


def tidy_mobile(text: str) -> str:
    """A mobile number as its 11 digits; raises ValidationError when it is none."""
    digits = _SEPARATORS.sub("", text.translate(_FULL_WIDTH))
    digits = re.sub(r"^(?:\+86|0086)", "", digits)
    if not _MOBILE.fullmatch(digits):
        raise ValidationError("手机号是1开头的11位数字，请再看一遍。", code="invalid_mobile")
    return digits


def tidy_office_phone(text: str) -> str:
    """An office number as it is printed: 0937-6000000, or a mobile; raises ValidationError."""
    digits = _SEPARATORS.sub("", text.translate(_FULL_WIDTH))
    if _MOBILE.fullmatch(digits):
        return digits
    # Three-digit area codes begin with 01 or 02, all others have four digits.
    area = 3 if digits[1:2] in ("1", "2") else 4
    if _LANDLINE.fullmatch(digits) and len(digits) - area in (7, 8):
        return f"{digits[:area]}-{digits[area:]}"
    raise ValidationError(
        "请填区号加座机号（如0937-6000000），或者11位手机号。", code="invalid_phone"
    )


def mask_phone(text: str | None) -> str:
    """138****0000; whatever is too short to be masked disappears."""
    text = text or ""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "****" * bool(text)


def mask_name(text: str | None) -> str:
    """宋**: the surname's first character, and never how long the rest is."""
    text = (text or "").strip()
    return f"{text[0]}**" if text else ""


class _PhoneField(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 20)
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return self.tidy(value) if value else value


class OfficePhoneField(_PhoneField):
    """A number that may be printed and rung by anybody."""

    tidy = staticmethod(tidy_office_phone)


class PersonalPhoneField(_PhoneField):
    """A person's own mobile number; shown masked, `|masked`."""

    tidy = staticmethod(tidy_mobile)
