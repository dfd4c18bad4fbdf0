"""Two kinds of phone numbers, and the mask that hides the one of them.

An *office* phone (a station's, an activity's contact) is printed in full and can be tapped.
A *personal* phone and a resident's name are masked wherever a page shows them (DESIGN §2.7).
"""

import re
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.html import format_html

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


class PersonalPhone(str):
    """A person's number: as a text it is its mask, in pages, messages, logs and errors alike.

    Compared and searched as the number it is; whoever may ring it asks for `number`.
    """

    __slots__ = ()

    @property
    def number(self) -> str:
        return str.__str__(self)

    def __str__(self) -> str:
        return mask_phone(self.number)

    def __repr__(self) -> str:
        return repr(str(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def _personal(value):
    return PersonalPhone(_plain(value)) if isinstance(value, str) else value


def _plain(value):
    return value.number if isinstance(value, PersonalPhone) else value


class _PhoneShown(NamedTuple):
    stored: str
    typed: str


class MaskedPhoneInput(forms.TextInput):
    """Shows the mask of the number there is, and an empty box for another; never the number."""

    input_type = "tel"

    def render(self, name, value, attrs=None, renderer=None):
        shown = value if isinstance(value, _PhoneShown) else _PhoneShown(value or "", "")
        if not shown.stored:
            return super().render(name, shown.typed, attrs, renderer)
        attrs = {**(attrs or {}), "placeholder": "要改才填", "autocomplete": "off"}
        attrs.pop("required", None)
        box = super().render(name, shown.typed, attrs, renderer)
        clear = "" if self.is_required else self._clear_box(name)
        return format_html(
            '<span class="masked-phone"><b>{}</b>{}{}</span>', mask_phone(shown.stored), box, clear
        )

    @staticmethod
    def clear_name(name: str) -> str:
        return f"{name}-clear"

    def _clear_box(self, name: str) -> str:
        return format_html(
            '<label><input type="checkbox" name="{}"> 删掉这个号码</label>', self.clear_name(name)
        )


class _PhoneBoundField(forms.BoundField):
    """Left blank, the number stays as it is; a box that is ticked takes it away."""

    @property
    def data(self):
        typed = super().data
        if (typed or "").strip():
            return typed
        if self.form.data.get(MaskedPhoneInput.clear_name(self.html_name)):
            return ""
        return self.initial or ""

    def value(self):
        typed = super().data if self.form.is_bound else ""
        return _PhoneShown(self.initial or "", typed or "")


class PersonalPhoneFormField(forms.CharField):
    widget = MaskedPhoneInput

    def get_bound_field(self, form, field_name):
        return _PhoneBoundField(form, self, field_name)

    def to_python(self, value):
        return super().to_python(_plain(value))


class _PersonalPhoneAttribute(DeferredAttribute):
    """Whatever is set on a row is a PersonalPhone from then on."""

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = _personal(value)


class PersonalPhoneField(_PhoneField):
    """A person's own mobile number: a PersonalPhone on the row, masked in every form and page."""

    tidy = staticmethod(tidy_mobile)
    descriptor_class = _PersonalPhoneAttribute

    def from_db_value(self, value, expression, connection):
        return _personal(value)

    def get_prep_value(self, value):
        return _plain(super().get_prep_value(value))

    def value_to_string(self, obj) -> str:
        return _plain(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs):
        return super().formfield(
            **{
                "form_class": PersonalPhoneFormField,
                **kwargs,
                # The admin proposes a box of its own, which would show the number.
                "widget": MaskedPhoneInput,
            }
        )


def personal_phones(model: type[models.Model]) -> list[PersonalPhoneField]:
    """The fields of a model that hold a person's number."""
    return [field for field in model._meta.fields if isinstance(field, PersonalPhoneField)]
