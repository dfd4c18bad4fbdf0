"""Write the part of Bootstrap's sheet that our pages use: `make css`.

A resident's first visit is at most 40 KB, and Bootstrap alone is 31 KB. So the whole sheet stays
here, beside this script, and the pages get the rules whose classes stand in a template or a form.
Whoever uses another of Bootstrap's classes runs `make css`; tests/tools/ notices if they do not.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ROOT / "tools/bootstrap-5.3.9.min.css"
TRIMMED = ROOT / "static/vendor/bootstrap/bootstrap.min.css"
#: What crispy-forms draws our staff's forms with stands in its package, not in our templates.
CRISPY = {
    "form-control form-select form-label form-text form-check form-check-input form-check-label",
    "is-valid is-invalid invalid-feedback alert alert-danger mb-3 m-0",
}


def classes_in_use() -> set[str]:
    """Every class that a template, a widget or crispy-forms may write on a page."""
    found = set()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        html = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", path.read_text("utf-8"), flags=re.DOTALL)
        found.update(*(value.split() for value in re.findall(r'\bclass="([^"]*)"', html)))
    for path in sorted(ROOT.glob("*/**/*.py")):
        if path.relative_to(ROOT).parts[0] in {"tests", "tools", "var"} or ".venv" in path.parts:
            continue
        for value in re.findall(r'"class": "([^"]*)"', path.read_text("utf-8")):
            found.update(value.split())
    return found.union(*(words.split() for words in CRISPY))


def blocks(css: str):
    """The sheet's rules as (prelude, body); an at-rule's body is rules again."""
    place = 0
    while (start := css.find("{", place)) >= 0:
        depth, end = 1, start + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[place:start].strip(), css[start + 1 : end - 1]
        place = end


def selectors(prelude: str) -> list[str]:
    """Split at the commas that do not stand in brackets."""
    return re.split(r",(?![^(]*\))", prelude)


def trim(css: str, used: set[str]) -> str:
    """The rules that can match a page on which no class but these is used."""
    kept = []
    for prelude, body in blocks(css):
        if prelude.startswith("@media"):
            if inner := trim(body, used):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        elif wanted := [one for one in selectors(prelude) if _can_match(one, used)]:
            kept.append(f"{','.join(wanted)}{{{body}}}")
    return "".join(kept)


def _can_match(selector: str, used: set[str]) -> bool:
    if "data-bs-theme=dark" in selector:
        return False
    needed = re.sub(r":not\([^)]*\)", "", selector)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", needed)) <= used


def drop_unread_variables(css: str, readers: str) -> str:
    """Leave out the variables that nothing reads, and what only these read."""
    read = set(re.findall(r"var\((--[\w-]+)", css + readers))

    def kept(variable: re.Match) -> str:
        return variable[0] if variable[1] in read else ""

    smaller = re.sub(r"(?<=[{;])(--[\w-]+):[^;}]*(;|(?=}))", kept, css)
    smaller = re.sub(r"(?<=[}{])[^{}@]+\{\}", "", smaller)
    return css if smaller == css else drop_unread_variables(smaller, readers)


def build() -> str:
    whole = WHOLE.read_text("utf-8")
    licence = re.match(r'@charset "UTF-8";(/\*!.*?\*/)', whole, re.DOTALL)[1]
    rules = re.sub(r"/\*.*?\*/", "", whole.removeprefix('@charset "UTF-8";'), flags=re.DOTALL)
    own = "".join(p.read_text("utf-8") for p in sorted((ROOT / "static").glob("*.css")))
    css = drop_unread_variables(trim(rules, classes_in_use()), own)
    return f'@charset "UTF-8";{licence}{css}\n'


if __name__ == "__main__":
    TRIMMED.write_text(build(), "utf-8")
    sys.stdout.write(f"{TRIMMED.relative_to(ROOT)}: {TRIMMED.stat().st_size} bytes\n")
