"""Log lines that tell what happened and where, and of nobody.

A log is copied, mailed and kept for long, so it holds no phone, no name, no code, nothing that
was typed or asked (DESIGN §2.2): a page is its route (`activities/<int:pk>/`), an exception its
type and place without its words, and what else is written goes through `scrub`. Log in English:
Chinese characters are taken for somebody's name or words.
"""

import json
import logging
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

GONE = "..."
FRAMES_KEPT = 20
#: What is longer was typed by somebody, and is cut: looking through it would take long.
LONGEST = 4_000

_ROOT = Path(__file__).resolve().parent.parent.parent
_SECRETS = re.compile(
    r"(?i)\b([\w-]*(?:cookie|session|csrf|passw(?:or)?d|secret|token|code|authorization)[\w-]*)"
    r"(['\"]?\s*[=:]\s*)(?:bearer\s+|basic\s+)?[^\s,;}\]]+"
)
_RULES = [
    (re.compile(r"\?[^\s'\"]+"), f"?{GONE}"),  # query strings
    # Mail addresses; looked for from the start of a word only, or a long one takes for ever.
    (re.compile(r"(?<![^\s@'\"<>])[^\s@'\"<>]+@[^\s@'\"<>]+"), GONE),
    # Phones, ID and card numbers, however they are broken up.
    (re.compile(r"\+?\d(?:[\s().\-\u2010-\u2015]{0,2}\d){6,}[Xx]?"), GONE),
    # Codes and tokens: letters and digits mixed, as no English word is.
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{6,}"), GONE),
    # Names, and any other Chinese, also as Django's own lines escape it.
    (
        re.compile(r"(?:\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff·])+"),
        GONE,
    ),
]
_WORD_OF_A_PATH = re.compile(r"[a-z_.-]{1,24}")


def scrub(text: str) -> str:
    """A text without numbers of people, codes, names, query strings and secrets."""
    if len(text) > LONGEST:  # to the last whole word: half a number would not look like one
        text = f"{text[:LONGEST].rpartition(' ')[0]} {GONE}"
    text = "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf"
    )
    text = _SECRETS.sub(rf"\1\2{GONE}", text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def shown_path(request) -> str:
    """The route of a page; of an address that is none of ours the plain words alone."""
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return f"/{match.route}"
    words = request.path.split("/")
    return "/".join(
        word if _WORD_OF_A_PATH.fullmatch(word) else GONE * bool(word) for word in words
    )


def _place(path: str) -> str:
    """A file as the repository or the package knows it."""
    path = Path(path)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return path.relative_to(_ROOT).as_posix()
    parts = path.parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
    return "/".join(parts[-4:])


def described(error: BaseException) -> dict:
    """An exception's type and place and that of its causes; never its words, which quote input."""
    frames = []
    traceback = error.__traceback__
    while traceback:
        code = traceback.tb_frame.f_code
        frames.append(f"{_place(code.co_filename)}:{traceback.tb_lineno} {code.co_qualname}")
        traceback = traceback.tb_next
    found = {"type": type(error).__qualname__, "at": frames[-FRAMES_KEPT:]}
    # What a database or a disk calls it says nothing of anybody, and whoever mends it needs it.
    sign = (
        getattr(error, "pgcode", None)
        or getattr(error, "sqlite_errorname", None)
        or (error.strerror if isinstance(error, OSError) else None)
    )
    if sign:
        found["sign"] = str(sign)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        found["cause"] = described(cause)
    return found


def _message(record: logging.LogRecord, request) -> str:
    """The words of a line; Django's own quote the path, which becomes its route."""
    args = record.args
    if request is not None and isinstance(args, tuple):
        paths = (request.path, request.get_full_path())
        quoted = {*paths, *(path.encode("unicode_escape").decode() for path in paths)}
        args = tuple(shown_path(request) if arg in quoted else arg for arg in args)
    try:
        message = str(record.msg) % args if args else str(record.msg)
    except Exception:  # a line with the wrong number of words is a line all the same
        message = str(record.msg)
    return scrub(message)


def tidy(record: logging.LogRecord) -> dict:
    """A log line as it may be written."""
    request = getattr(record, "request", None)
    if not hasattr(request, "get_full_path"):
        request = None  # the development server puts its socket there
    line = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record, request),
    }
    if request is not None:
        line |= {"method": request.method, "path": shown_path(request)}
    if isinstance(getattr(record, "status_code", None), int):
        line["status"] = record.status_code
    if record.exc_info and record.exc_info[1]:
        line["error"] = described(record.exc_info[1])
    return line


class JsonFormatter(logging.Formatter):
    """One line of JSON per event."""

    def format(self, record):
        return json.dumps(tidy(record), ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """The same for eyes: one line, and under it where an exception came from."""

    def format(self, record):
        line = tidy(record)
        lines = [f"{line['at']} {line['level']} {line['logger']}: {line['message']}"]
        error = line.get("error")
        while error:
            lines += [f"  {error['type']} {error.get('sign', '')}".rstrip()]
            lines += [f"    {frame}" for frame in error["at"]]
            error = error.get("cause")
        return "\n".join(lines)
