"""The vendor sheet that is served is what tools/trim_bootstrap.py makes of the templates today."""

from tools import trim_bootstrap


def test_trim_bootstrap_was_run_after_the_last_new_class():
    served = trim_bootstrap.TRIMMED.read_text("utf-8")

    assert served == trim_bootstrap.build(), "a template uses another class: run `make css`"


def test_trim_bootstrap_keeps_only_what_can_match():
    css = (
        "h1,.card h1{margin:0}.card{padding:0}.btn:not(.card){border:0}"
        "@media (min-width:768px){.card{padding:1px}}@media print{.btn,.card{color:#000}}"
        "[data-bs-theme=dark] .btn{color:#fff}"
    )

    assert trim_bootstrap.trim(css, {"btn"}) == (
        "h1{margin:0}.btn:not(.card){border:0}@media print{.btn{color:#000}}"
    )


def test_trim_bootstrap_drops_variables_that_nothing_reads():
    css = ":root{--a:1px;--b:var(--a);--c:2px;--d:0}p{margin:var(--c)}"

    assert trim_bootstrap.drop_unread_variables(css, "i{top:var(--d)}") == (
        ":root{--c:2px;--d:0}p{margin:var(--c)}"
    )
