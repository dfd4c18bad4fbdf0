"""Query codes (查询码): what a resident keeps to look up later what they asked for.

Eight characters that nobody can guess (31⁸, about 850,000 million) and that can be read aloud:
no 0 and O, no 1, I and L. Shown in two groups.
"""

import secrets
import unicodedata

from django.core.exceptions import ValidationError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


class CodeConverter:
    """`<code:nomination>` in a URL: what cannot be a code is no address of ours."""

    regex = f"[{ALPHABET}]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class KeyConverter(CodeConverter):
    """`<key:key>` in a URL: 128 bits as `secrets.token_urlsafe(16)` writes them."""

    regex = "[A-Za-z0-9_-]{22}"


def new_code() -> str:
    """A code for a new row; the unique column refuses the one in millions that is taken."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def tidy_code(text: str) -> str:
    """A code as it is stored, however it was typed; raises ValidationError when it is none."""
    plain = unicodedata.normalize("NFKC", text).upper()
    code = "".join(character for character in plain if character.isalnum())
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise ValidationError(
            "查询码是8位字母和数字，里面没有0、1和字母O、I、L，请再看一遍。", code="invalid_code"
        )
    return code


def grouped_code(code: str) -> str:
    """ABCD EFGH, as it is shown and read aloud."""
    return f"{code[:4]} {code[4:]}".strip()


def short_code(number: int, of: int) -> str:
    """A code of three characters, from 961 on of four, for a line of a printed sheet (签到表).

    The last one checks the others: one that is mistyped, two that have changed places, and mostly
    one that stands on another sheet (`of`) name nobody.
    """
    digits = [number % len(ALPHABET)]
    while number >= len(ALPHABET):
        number //= len(ALPHABET)
        digits.insert(0, number % len(ALPHABET))
    if len(digits) == 1:
        digits.insert(0, 0)
    return "".join(ALPHABET[digit] for digit in [*digits, _check(digits, of)])


def _check(digits: list[int], of: int) -> int:
    weighed = sum(weight * digit for weight, digit in enumerate(digits, start=2))
    return (weighed + of) % len(ALPHABET)
