"""Finding by words: every word typed has to occur somewhere. Two characters are a word here."""

import re
from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.html import format_html, format_html_join

#: Nobody types more; each word is one more question to the database.
MOST_WORDS = 5


def words_of(text: str) -> list[str]:
    """What was typed, word by word, each once."""
    return list(dict.fromkeys(text.split()))[:MOST_WORDS]


def has_words(text: str, fields: Iterable[str], labels: Mapping[str, type] | None = None) -> Q:
    """That every word occurs in one of the fields, or in the label of what is chosen in one.

    `labels` names fields with choices, each with its choices: 好婆婆 finds good_mother_in_law.
    """
    found = Q()
    for word in words_of(text):
        anywhere = [(f"{field}__icontains", word) for field in fields]
        for field, choices in (labels or {}).items():
            codes = [code for code, label in choices.choices if word in label]
            anywhere.append((f"{field}__in", codes))
        found &= Q(*anywhere, _connector=Q.OR)
    return found


def _pattern(text: str) -> re.Pattern | None:
    # The longest first, so that of 文化 and 文化站 the whole is marked.
    words = sorted(words_of(text), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None


def marked(text: str, words: str) -> str:
    """The text as safe HTML with each of the words in <mark>."""
    pattern = _pattern(words)
    # A pattern in a group splits into what is between and what was found, by turns.
    pieces = re.split(f"({pattern.pattern})", text, flags=pattern.flags) if pattern else [text]
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if number % 2 else piece,)
            for number, piece in enumerate(pieces)
        ),
    )


def excerpt(text: str, words: str, length: int = 70) -> str:
    """So much of a long text that the first of the words is in it, on one line."""
    line = " ".join(text.split())
    pattern = _pattern(words)
    found = pattern.search(line) if pattern else None
    start = max(0, min(found.start() - length // 3, len(line) - length)) if found else 0
    end = start + length
    return "…" * (start > 0) + line[start:end] + "…" * (end < len(line))
