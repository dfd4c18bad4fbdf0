"""The published scoring rules of the MDN HTTP Observatory (algorithm 5), for the answers of tests.

https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring: every answer begins with
100; a result adds its modifier; bonuses count only for those who have 90 without them. What the
test client cannot see (certificates, the preload list) scores nothing here.
"""

import re

BASE = 100
NEEDED_FOR_BONUS = 90

MODIFIERS = {
    "csp-implemented-with-no-unsafe-default-src-none": 10,
    "csp-implemented-with-no-unsafe": 5,
    "csp-implemented-with-unsafe-inline-in-style-src-only": 0,
    "csp-implemented-with-insecure-scheme-in-passive-content-only": -10,
    "csp-implemented-with-unsafe-eval": -10,
    "csp-implemented-with-unsafe-inline": -20,
    "csp-implemented-with-insecure-scheme": -20,
    "csp-not-implemented": -25,
    "cookies-secure-with-httponly-sessions-and-samesite": 5,
    "cookies-secure-with-httponly-sessions": 0,
    "cookies-not-found": 0,
    "cookies-without-secure-flag-but-protected-by-hsts": -5,
    "cookies-session-without-secure-flag-but-protected-by-hsts": -10,
    "cookies-without-secure-flag": -20,
    "cookies-samesite-flag-invalid": -20,
    "cookies-anticsrf-without-samesite-flag": -20,
    "cookies-session-without-httponly-flag": -30,
    "cookies-session-without-secure-flag": -40,
    "cross-origin-resource-sharing-not-implemented": 0,
    "cross-origin-resource-sharing-implemented-with-public-access": 0,
    "cross-origin-resource-sharing-implemented-with-restricted-access": 0,
    "cross-origin-resource-sharing-implemented-with-universal-access": -50,
    "redirection-to-https": 0,
    "redirection-off-host-from-http": -5,
    "redirection-not-to-https": -20,
    "redirection-missing": -20,
    "referrer-policy-private": 5,
    "referrer-policy-not-implemented": 0,
    "referrer-policy-unsafe": -5,
    "referrer-policy-header-invalid": -5,
    "hsts-implemented-max-age-at-least-six-months": 0,
    "hsts-implemented-max-age-less-than-six-months": -10,
    "hsts-not-implemented": -20,
    "hsts-header-invalid": -20,
    "sri-implemented-and-all-scripts-loaded-securely": 5,
    "sri-not-implemented-response-not-html": 0,
    "sri-not-implemented-but-no-scripts-loaded": 0,
    "sri-not-implemented-but-all-scripts-loaded-from-secure-origin": 0,
    "sri-not-implemented-but-external-scripts-loaded-securely": -5,
    "sri-not-implemented-and-external-scripts-not-loaded-securely": -50,
    "x-content-type-options-nosniff": 0,
    "x-content-type-options-not-implemented": -5,
    "x-content-type-options-header-invalid": -5,
    "x-frame-options-implemented-via-csp": 5,
    "x-frame-options-sameorigin-or-deny": 0,
    "x-frame-options-not-implemented": -20,
    "x-frame-options-header-invalid": -20,
    "cross-origin-resource-policy-implemented-with-same-origin": 10,
    "cross-origin-resource-policy-implemented-with-same-site": 10,
    "cross-origin-resource-policy-implemented-with-cross-origin": 0,
    "cross-origin-resource-policy-not-implemented": 0,
    "cross-origin-resource-policy-header-invalid": -5,
}

SIX_MONTHS = 15_552_000
BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}


def parse_policy(header: str) -> dict[str, set[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name.lower(): set(sources) or {"'none'"} for name, *sources in parts}


def policy(response) -> str:
    header = response.headers.get("Content-Security-Policy", "")
    if not header:
        return "csp-not-implemented"
    csp = parse_policy(header)
    default = csp.get("default-src", {"*"})
    script, style, plugin = (
        csp.get(name, default) for name in ("script-src", "style-src", "object-src")
    )
    passive = csp.get("img-src", default) | csp.get("media-src", default)
    active = set().union(*(v for k, v in csp.items() if k not in ("img-src", "media-src")), script)

    def is_plain(sources):
        return any(source.startswith(("http:", "ftp:")) for source in sources)

    if script & (BROAD | INLINE) or plugin & BROAD:
        return "csp-implemented-with-unsafe-inline"
    if is_plain(active):
        return "csp-implemented-with-insecure-scheme"
    if "'unsafe-eval'" in script | style:
        return "csp-implemented-with-unsafe-eval"
    if is_plain(passive):
        return "csp-implemented-with-insecure-scheme-in-passive-content-only"
    if style & (BROAD | INLINE):
        return "csp-implemented-with-unsafe-inline-in-style-src-only"
    if csp.get("default-src") == {"'none'"}:
        return "csp-implemented-with-no-unsafe-default-src-none"
    return "csp-implemented-with-no-unsafe"


def cookies(response) -> str:
    """The worst that one of the cookies is."""
    if not response.cookies:
        return "cookies-not-found"
    is_protected = MODIFIERS[transport(response)] == 0
    found = []
    for name, cookie in response.cookies.items():
        is_session = any(word in name.lower() for word in ("login", "sess"))
        if cookie["samesite"] and cookie["samesite"].lower() not in ("lax", "strict", "none"):
            found.append("cookies-samesite-flag-invalid")
        if not cookie["secure"]:
            kind = "cookies-session" if is_session else "cookies"
            rest = "-but-protected-by-hsts" if is_protected else ""
            found.append(f"{kind}-without-secure-flag{rest}")
        if "csrf" in name.lower() and not cookie["samesite"]:
            found.append("cookies-anticsrf-without-samesite-flag")
        if is_session and not cookie["httponly"]:
            found.append("cookies-session-without-httponly-flag")
        if not cookie["samesite"]:
            found.append("cookies-secure-with-httponly-sessions")
    best = "cookies-secure-with-httponly-sessions-and-samesite"
    return min([*found, best], key=MODIFIERS.get)


def sharing(response) -> str:
    allowed = response.headers.get("Access-Control-Allow-Origin")
    if allowed is None:
        return "cross-origin-resource-sharing-not-implemented"
    if allowed == "*":
        return "cross-origin-resource-sharing-implemented-with-public-access"
    if response.headers.get("Access-Control-Allow-Credentials", "").lower() == "true":
        return "cross-origin-resource-sharing-implemented-with-universal-access"
    return "cross-origin-resource-sharing-implemented-with-restricted-access"


def redirection(plain_answer, host: str) -> str:
    """By what the same address answers on plain http."""
    if plain_answer.status_code not in (301, 302, 307, 308):
        return "redirection-missing"
    scheme, _, rest = plain_answer.headers["Location"].partition("://")
    if scheme != "https":
        return "redirection-not-to-https"
    is_same = rest.partition("/")[0] == host
    return "redirection-to-https" if is_same else "redirection-off-host-from-http"


def referrer(response) -> str:
    header = response.headers.get("Referrer-Policy")
    if header is None:
        return "referrer-policy-not-implemented"
    last = header.split(",")[-1].strip().lower()
    if last in ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"):
        return "referrer-policy-private"
    unsafe = ("origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")
    return "referrer-policy-unsafe" if last in unsafe else "referrer-policy-header-invalid"


def transport(response) -> str:
    header = response.headers.get("Strict-Transport-Security")
    if header is None:
        return "hsts-not-implemented"
    age = re.search(r"max-age=(\d+)", header)
    if not age:
        return "hsts-header-invalid"
    is_long = int(age[1]) >= SIX_MONTHS
    return f"hsts-implemented-max-age-{'at-least' if is_long else 'less-than'}-six-months"


def integrity(response) -> str:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return "sri-not-implemented-response-not-html"
    html = response.content.decode()
    scripts = [tag for tag in re.findall(r"<script\b[^>]*>", html) if "src=" in tag]
    foreign = [tag for tag in scripts if re.search(r'src="(?:https?:)?//', tag)]
    if not re.search(r"<script\b", html):
        return "sri-not-implemented-but-no-scripts-loaded"
    if any(not re.search(r'src="https://', tag) for tag in foreign):
        return "sri-not-implemented-and-external-scripts-not-loaded-securely"
    if any("integrity=" not in tag for tag in foreign):
        return "sri-not-implemented-but-external-scripts-loaded-securely"
    if any("integrity=" in tag for tag in scripts):
        return "sri-implemented-and-all-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def sniffing(response) -> str:
    header = response.headers.get("X-Content-Type-Options")
    if header is None:
        return "x-content-type-options-not-implemented"
    is_right = header.strip().lower() == "nosniff"
    return f"x-content-type-options-{'nosniff' if is_right else 'header-invalid'}"


def framing(response) -> str:
    if "frame-ancestors" in parse_policy(response.headers.get("Content-Security-Policy", "")):
        return "x-frame-options-implemented-via-csp"
    header = response.headers.get("X-Frame-Options")
    if header is None:
        return "x-frame-options-not-implemented"
    is_right = header.strip().lower() in ("deny", "sameorigin")
    return f"x-frame-options-{'sameorigin-or-deny' if is_right else 'header-invalid'}"


def resource(response) -> str:
    header = response.headers.get("Cross-Origin-Resource-Policy")
    if header is None:
        return "cross-origin-resource-policy-not-implemented"
    word = header.strip().lower()
    if word not in ("same-origin", "same-site", "cross-origin"):
        return "cross-origin-resource-policy-header-invalid"
    return f"cross-origin-resource-policy-implemented-with-{word}"


def results(response, plain_answer, host: str) -> list[str]:
    """What the ten tests find of an answer, given what plain http answers in its place."""
    tests = [policy, cookies, sharing, referrer, transport, integrity, sniffing, framing, resource]
    return [*(test(response) for test in tests), redirection(plain_answer, host)]


def score(found: list[str]) -> int:
    modifiers = [MODIFIERS[result] for result in found]
    without_bonus = BASE + sum(modifier for modifier in modifiers if modifier < 0)
    return BASE + sum(modifiers) if without_bonus >= NEEDED_FOR_BONUS else without_bonus
