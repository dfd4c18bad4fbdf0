"""What tidies and reads people's words bears any words: it answers or refuses, and never breaks.

Made up by hypothesis, the same ones each time.
"""

from itertools import pairwise

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.forms import ActivityFilter, PageForm
from practice_portal.forms import FiguresForm, LargeTextForm
from practice_portal.lib.codes import grouped_code, tidy_code
from practice_portal.lib.months import Month, MonthFormField
from practice_portal.lib.phones import (
    mask_name,
    mask_phone,
    tidy_mobile,
    tidy_office_phone,
)
from practice_portal.lib.public_text import find_numbers
from services.forms import ForgetForm, MyForm

steady = settings(derandomize=True, max_examples=150, deadline=None, database=None)

#: Any characters, and rather those that come with numbers: digits of many scripts, what stands
#: between them, what is not seen.
any_text = st.text(max_size=300)
digits = st.characters(categories=["Nd", "No", "Nl"])
between = st.sampled_from([*" -—–()（）.．+＋\u200b\u202e\ufeff\u3000\u0301", "86", "0086"])
ascii_digits = st.sampled_from("0123456789")
like_a_number = st.lists(ascii_digits | digits | between, max_size=40).map("".join)
like_a_code = st.lists(
    st.sampled_from("23456789ABCDEFGHJKMNPQRSTUVWXYZabcxyzＡＢＺｚ２９ -") | digits, max_size=14
).map("".join)
words = any_text | like_a_number | like_a_code

many = [
    "",
    "\0",
    "\ud800",
    "１５４１２３４５６７８",
    "٠١٢",
    "²",
    "㉈",
    "1" * 100_000,
    "ﬁﬃ" * 4,
    "ŉ" * 8,
    "2026-02",
]


def each_of(values):
    """The test with each of these too, whatever hypothesis makes up."""

    def decorate(test):
        for value in values:
            test = example(value)(test)
        return test

    return decorate


def tidied(tidy, text: str) -> str | None:
    try:
        return tidy(text)
    except ValidationError as error:
        assert error.messages
        return None


@each_of(many)
@given(words)
@steady
def test_tidy_code_answers_a_code_or_refuses(text):
    code = tidied(tidy_code, text)

    if code is not None:
        assert len(code) == 8
        assert code.isascii()
        assert tidy_code(code) == tidy_code(grouped_code(code)) == code


@each_of(many)
@given(words | like_a_number.map("15{}".format))
@steady
def test_tidy_mobile_answers_eleven_digits_or_refuses(text):
    phone = tidied(tidy_mobile, text)

    if phone is not None:
        assert len(phone) == 11
        assert phone.isascii() and phone.isdigit()
        assert tidy_mobile(phone) == phone


@given(st.lists(ascii_digits, min_size=9, max_size=9), st.lists(between, min_size=11, max_size=11))
@steady
def test_tidy_mobile_takes_every_way_of_parting_the_digits(nine, parts):
    number = "15" + "".join(nine)
    parted = "".join(
        part + digit if part not in ("86", "0086", "+", "＋", "．", ".", "\u0301") else digit
        for part, digit in zip(parts, number, strict=True)
    )

    assert tidy_mobile(parted) == number


@each_of(many)
@given(words | like_a_number.map("0937{}".format))
@steady
def test_tidy_office_phone_answers_a_number_or_refuses(text):
    phone = tidied(tidy_office_phone, text)

    if phone is not None:
        assert phone.isascii()
        assert tidy_office_phone(phone) == phone


@each_of(many[:-4])
@given(words)
@steady
def test_masks_show_seven_characters_at_most(text):
    assert len(mask_phone(text).replace("*", "")) <= 7 + text.count("*")
    assert len(mask_name(text)) in (0, 3)


@example("三天以后打15412345678")  # found in both readings, shown once
@each_of([text * 3000 for text in ("1", "13", "1 ", "6222", "(", "电话", "一三")])
@given(st.lists(any_text | like_a_number, max_size=5).map("".join))
@steady
def test_find_numbers_finds_places_in_their_order(text):
    found = find_numbers(text)

    places = [(each.start, each.end) for each in found]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(end <= start for (_, end), (start, _) in pairwise(places)), "two findings overlap"


@given(st.text(max_size=50), st.text(max_size=50))
@steady
def test_find_numbers_finds_a_number_wherever_it_stands(before, after):
    """Unless what stands beside it makes it another number."""
    found = find_numbers(f"{before}，请打15412345678找我，{after}")

    assert "15412345678" in {each.digits for each in found}


@each_of(many)
@given(words | st.from_regex(r"[0-9]{4}-[0-9]{1,2}", fullmatch=True))
@steady
def test_month_parse_answers_a_month_or_refuses(text):
    try:
        month = Month.parse(text)
    except ValueError:
        assert tidied(MonthFormField(required=False).clean, text) is None
    else:
        assert Month.parse(str(month)) == month


# Forms --------------------------------------------------------------------------------------------

FORMS = {
    "figures": FiguresForm,
    "large text": LargeTextForm,
    "activities": lambda data: ActivityFilter(data, []),
    "page": PageForm,
    "my": MyForm,
    "forget": ForgetForm,
}
names = st.sampled_from(
    ["on", "next", "station", "platform", "days", "page", "code", "phone", "demand", "is_sure"]
)
values = (
    words | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True) | st.integers().map(str)
)


def queries(names, values):
    """Keys may come more than once."""

    def query(pairs) -> QueryDict:
        data = QueryDict(mutable=True)
        for name, value in pairs:
            data.appendlist(name, value)
        return data

    return st.lists(st.tuples(names, values), max_size=8).map(query)


@given(st.sampled_from(sorted(FORMS)), queries(names, values))
@settings(steady, max_examples=400)
def test_forms_answer_or_refuse(name, data):
    form: forms.Form = FORMS[name](data)

    is_valid = form.is_valid()

    assert is_valid is not bool(form.errors)
    assert all(len(str(value)) <= 2000 for value in form.cleaned_data.values())
