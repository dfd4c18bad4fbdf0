import pytest
from django.core.exceptions import ValidationError

from practice_portal.lib import codes


def test_code_can_be_read_aloud_and_not_guessed():
    made = {codes.new_code() for _ in range(2000)}

    assert len(made) == 2000
    assert set("".join(made)) == set(codes.ALPHABET)
    assert not set(codes.ALPHABET) & set("0O1IL")
    assert len(codes.ALPHABET) ** codes.LENGTH > 8 * 10**11
    assert {len(code) for code in made} == {8}


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD2345",
        "abcd 2345",
        " ab cd-23 45 ",
        "ＡＢＣＤ　２３４５",
        "ABCD—2345",
        "ABCD\u200b2345。",
    ],
)
def test_code_is_understood_however_it_is_typed(typed):
    assert codes.tidy_code(typed) == "ABCD2345"


@pytest.mark.parametrize(
    "typed", ["", "ABCD234", "ABCD23456", "ABCD234O", "ABCD2340", "甲乙丙丁2345"]
)
def test_code_that_cannot_be_one_is_refused(typed):
    with pytest.raises(ValidationError, match="查询码是8位字母和数字"):
        codes.tidy_code(typed)


def test_code_is_shown_in_two_groups():
    assert codes.grouped_code("ABCD2345") == "ABCD 2345"
    assert codes.grouped_code("") == ""


def test_short_codes_are_short_different_and_of_their_sheet():
    made = [codes.short_code(number, of=7) for number in range(1, 1200)]

    assert made[:3] == ["23C", "24F", "25J"]
    assert (len(made[959]), len(made[960])) == (3, 4)
    assert len(set(made)) == 1199
    assert set("".join(made)) <= set(codes.ALPHABET)
    assert not set(made[:200]) & {codes.short_code(number, of=8) for number in range(1, 200)}


def test_short_code_mistyped_or_turned_round_names_nobody():
    made = {codes.short_code(number, of=7) for number in range(1, 300)}
    for code in made:
        for place in range(3):
            for other in codes.ALPHABET.replace(code[place], ""):
                assert code[:place] + other + code[place + 1 :] not in made
        if code[0] != code[1]:
            assert code[1] + code[0] + code[2] not in made
