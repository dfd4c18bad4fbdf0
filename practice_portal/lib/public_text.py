"""Texts that the public reads hold no number of a person: no phone, no ID number, no bank card.
Nor do those that only staff read and that are kept for good.

What is found is shown with its place, and the station's office phone is offered instead
(DESIGN §2.7). The street's own office phones may stand in any text; so may hot lines, dates,
times, prices, postal codes and document numbers, which have none of these shapes.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models

from practice_portal.lib.phones import OfficePhoneField

CONTEXT = 6  # characters shown before and after what was found
SHOWN = 3  # places shown in one refusal

_CHINESE = dict(
    zip("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789", strict=True)
)

# What people put between digits, and what comes along unseen when they copy.
_BETWEEN = (
    r"[ \t\u00a0\u3000\-\u2010-\u2015\u2212－_.．·•()（）\u00ad\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u2064\ufe0f\u20e3\ufeff]"
)
_SEP = _BETWEEN + "{0,3}"
_END = r"(?!\d)"


def _grouped(*groups: int) -> str:
    return _SEP.join(rf"\d{{{length}}}" for length in groups)


# How people break up a mobile number. Not every way: 1998-2026 100场 has eleven digits, too.
_MOBILE_SHAPES = [
    (11,), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 7), (3, 3, 5), (5, 6), (5, 3, 3), (6, 5),
    (3, 4, 2, 2), (3, 2, 2, 2, 2),
]  # fmt: skip
_DIGIT_BY_DIGIT = rf"\d(?:{_BETWEEN}{{1,3}}\d){{10}}"
_MOBILE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_SEP})?(?=1{_SEP}[3-9])"
    rf"(?:{'|'.join([*(_grouped(*shape) for shape in _MOBILE_SHAPES), _DIGIT_BY_DIGIT])}){_END}"
    r"(?!\s*(?:元|万|亿|%|％))"
)
# Three-digit area codes begin with 01 or 02, all others have four digits.
_LANDLINE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_SEP})?(?:0[12]\d|0[3-9]\d\d){_SEP}[2-8]\d{{2,3}}{_SEP}\d{{4}}{_END}"
)
# Without its area code a number is a phone only when the text says so.
_LOCAL = re.compile(
    rf"(?:电话|座机|致电|拨打)[:：是为\s]{{0,3}}([2-8]\d{{2,3}}[ \-]?\d{{4}}){_END}"
)
_ID_18 = re.compile(rf"(?<![\dA-Za-z])[1-9](?:{_SEP}\d){{16}}{_SEP}[\dXxＸｘ](?![\dA-Za-z])")
_ID_15 = re.compile(r"(?<![\dA-Za-z])[1-9]\d{14}(?![\dA-Za-z])")
_CARD = re.compile(
    rf"(?<!\d)(?=[3-6]|9558)(?:\d{{16,19}}|\d{{6}}{_SEP}\d{{13}}|"
    rf"\d{{4}}{_SEP}\d{{4}}{_SEP}\d{{4}}{_SEP}\d{{4}}(?:{_SEP}\d{{1,3}})?){_END}"
)

_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
    71, 81, 82, 83,
}  # fmt: skip
_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def is_id_number(digits: str) -> bool:
    """18 digits with their check digit (GB 11643), or the 15 of before 1999, which have none."""
    if int(digits[:2]) not in _PROVINCES:
        return False
    birthday = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}"
    try:
        born = date(int(birthday[:4]), int(birthday[4:6]), int(birthday[6:]))
    except ValueError:
        return False
    if not date(1900, 1, 1) <= born <= date.today():
        return False
    if len(digits) == 15:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return digits[17].upper() == "10X98765432"[total % 11]


def is_card_number(digits: str) -> bool:
    """16 to 19 digits with their check digit (Luhn)."""
    if len(set(digits)) < 3:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


@dataclass(frozen=True)
class Finding:
    """A number of a person in a text: what it is, where, and its digits."""

    kind: str
    start: int
    end: int
    digits: str

    @property
    def is_phone(self) -> bool:
        return self.kind in ("手机号", "电话号码")

    @property
    def is_landline(self) -> bool:
        """Often an office's; what a text says decides, and no keep-time."""
        return self.kind == "电话号码"

    @property
    def masked(self) -> str:
        return f"{self.digits[:3]}****{self.digits[-4:]}"


def _readings(text: str) -> Iterator[str]:
    """The text with every digit as 0 to 9, character by character; then with Chinese ones, too.

    Apart, because 周一 before a number is no part of it.
    """

    def plain(char: str) -> str:
        if char.isascii():
            return char
        digit = unicodedata.digit(char, None)
        return char if digit is None else str(digit)

    western = "".join(map(plain, text))
    yield western
    chinese = "".join(_CHINESE.get(char, char) for char in western)
    if chinese != western:
        yield chinese


def _digits(piece: str) -> str:
    return "".join(
        char for char in piece.translate({0xFF38: "X", 0xFF58: "X"}) if char in "0123456789Xx"
    )


def _shapes(reading: str) -> Iterator[Finding]:
    """Everything in a text that has the shape and the check digit of a number of a person."""
    for pattern, is_one, kind in (
        (_ID_18, is_id_number, "身份证号"),
        (_ID_15, is_id_number, "身份证号"),
        (_CARD, is_card_number, "银行卡号"),
    ):
        for match in pattern.finditer(reading):
            digits = _digits(match[0])
            if is_one(digits):
                yield Finding(kind, match.start(), match.end(), digits)
    for match in _MOBILE.finditer(reading):
        yield Finding("手机号", match.start(), match.end(), _digits(match[0])[-11:])
    for match in _LANDLINE.finditer(reading):
        digits = re.sub(r"^(?:0086|86)", "", _digits(match[0]))
        yield Finding("电话号码", match.start(), match.end(), digits)
    for match in _LOCAL.finditer(reading):
        yield Finding("电话号码", match.start(1), match.end(1), _digits(match[1]))


def find_numbers(text: str) -> list[Finding]:
    """The numbers of people in a text, in their order, each once."""
    found: list[Finding] = []
    taken: set[int] = set()
    for reading in _readings(text):
        for finding in _shapes(reading):
            place = range(finding.start, finding.end)
            if taken.isdisjoint(place):
                taken.update(place)
                found.append(finding)
    return sorted(found, key=lambda finding: finding.start)


# Whose office it is -------------------------------------------------------------------------------


def _office_fields(model) -> list[OfficePhoneField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, OfficePhoneField)]


def _own_phones(row) -> list[str]:
    if row is None:
        return []
    phones = [getattr(row, field.attname) for field in _office_fields(type(row))]
    return [phone for phone in phones if phone]


def _office_phones() -> Iterator[str]:
    """Every office phone of the street."""
    for model in apps.get_models():
        for field in _office_fields(model):
            rows = model._base_manager.exclude(**{field.name: ""})
            yield from rows.values_list(field.name, flat=True).distinct()


def _station_of(row):
    """The station of a row that says its `station_path`, or None while it has none."""
    path = getattr(row, "station_path", "")
    try:
        for name in path.split("__") if path not in ("", "pk") else ():
            row = getattr(row, name)
    except (AttributeError, ObjectDoesNotExist):
        return None
    return row


def _office_digits(row) -> set[str]:
    """The office phones of the street as digits, in full and without the area code."""
    phones = {re.sub(r"\D", "", phone) for phone in (*_own_phones(row), *_office_phones())}
    landlines = {phone for phone in phones if phone.startswith("0")}
    return phones | {phone[3 if phone[1] in "12" else 4 :] for phone in landlines}


# The refusal --------------------------------------------------------------------------------------


def _place(text: str, finding: Finding) -> str:
    """第2句“…请打138****0000找小…”里有手机号"""
    ends = [
        match.end() for match in re.finditer(r"[。！？!?；;\n]+", text.rstrip("。！？!?；;\n "))
    ]
    sentence = sum(end <= finding.start for end in ends)
    start = max([0, *(end for end in ends if end <= finding.start)])
    stop = min([len(text), *(end for end in ends if end >= finding.end)])
    before = text[start : finding.start].lstrip()
    after = text[finding.end : stop].rstrip("。！？!?；;\n ")
    shown = (
        "…" * (len(before) > CONTEXT)
        + before[-CONTEXT:]
        + finding.masked
        + after[:CONTEXT]
        + "…" * (len(after) > CONTEXT)
    )
    # Another number close by is not shown either.
    shown = re.sub(r"\d{5,}", lambda digits: "*" * len(digits[0]), shown)
    return f"{f'第{sentence + 1}句' if ends else ''}“{shown}”里有{finding.kind}"


def refusal(text: str, row=None, *, where: str = "公开的文字里") -> str | None:
    """Why a text cannot be public, and what to do; None when it can.

    `row` is whose text it is: its own office phone may stand in it, its station's is offered.
    `where` is what kind of text it is, in the middle of the sentence.
    """
    found = find_numbers(text)
    if any(finding.is_phone for finding in found):
        offices = _office_digits(row)
        found = [finding for finding in found if finding.digits not in offices]
    if not found:
        return None
    places = "，".join(_place(text, finding) for finding in found[:SHOWN])
    if len(found) > SHOWN:
        places += f"，一共{len(found)}处"
    station = _station_of(row)
    phone = next(iter(_own_phones(station)), "")
    if any(finding.is_phone for finding in found):
        instead = f"可以改成实践所的办公电话{phone}" if phone else "可以改成登记过的办公电话"
        return f"{places}。{where}不写个人号码：请删掉，{instead}。"
    return f"{places}。{where}不写个人号码，请删掉。"


#: How `refusal` calls what staff write and no keep-time ends.
KEPT = "一直留着的文字里"


class _CheckedText:
    """A field of words that are checked for numbers of people."""

    where: str

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if problem := refusal(value or "", model_instance, where=self.where):
            raise ValidationError(problem, code="personal_number")

    def deconstruct(self):
        """To the database it is plain text: a new public field needs no migration for that."""
        name, _, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.plain.__name__}", args, kwargs


class PublicCharField(_CheckedText, models.CharField):
    """A line that the public reads."""

    plain, where = models.CharField, "公开的文字里"


class PublicTextField(_CheckedText, models.TextField):
    """Words that the public reads."""

    plain, where = models.TextField, "公开的文字里"


class KeptCharField(_CheckedText, models.CharField):
    """A line that staff read and that is kept for good: nobody would ever forget a number in it."""

    plain, where = models.CharField, KEPT


class KeptTextField(_CheckedText, models.TextField):
    """Words that staff read and that are kept for good."""

    plain, where = models.TextField, KEPT
