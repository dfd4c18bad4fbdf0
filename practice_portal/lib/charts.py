"""Charts as SVG made on the server: no script, the same on the screen and on paper.

A chart shows one thing against its own past: a bar for each time, the last one solid (now), the
earlier ones hollow (was), every value written beside its bar. Sizes are in em and per cent, so
that a chart grows with the large type and keeps to the width it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from practice_portal.lib.metrics import Number, grouped

#: Of the chart's width, for the longest bar; the rest is for the words at both ends.
LONGEST = 42

#: In em: how high a row is, how thick its bar, and where the bars begin.
ROW, BAR, LEFT = 1.75, 1.1, 6


@dataclass(frozen=True)
class Bar:
    """What it was at one time; unknown is None, and has no bar."""

    label: str
    value: Number

    @property
    def words(self) -> str:
        return "未填" if self.value is None else grouped(self.value)


@dataclass(frozen=True)
class Chart:
    """A thing and its own past, the latest bar last; `code` keeps the ids of a page apart."""

    code: str
    title: str
    unit: str
    bars: Sequence[Bar]

    @property
    def description(self) -> str:
        """The same in words, for whoever cannot see it."""
        return "，".join(
            f"{bar.label}{bar.words}{'' if bar.value is None else self.unit}" for bar in self.bars
        )

    def _width(self, bar: Bar) -> str:
        """In per cent of the chart."""
        most = max((each.value or 0 for each in self.bars), default=0)
        share = float(bar.value or 0) / float(most) if most else 0
        return f"{LONGEST * share:.4g}"

    def _row(self, place: int, bar: Bar) -> SafeString:
        is_now = place == len(self.bars) - 1
        width = self._width(bar)
        top = ROW * place
        base = f"{top + 1.15:.4g}em"
        drawn = (
            format_html(
                '<rect class="{}" x="{}em" y="{}em" width="{}%" height="{}em"/>',
                "now" if is_now else "was",
                LEFT,
                f"{top + (ROW - BAR) / 2:.4g}",
                width,
                BAR,
            )
            if bar.value
            else ""
        )
        return format_html(
            '<text x="0" y="{}">{}</text>{}<text{} x="{}%" dx="{}em" y="{}">{}</text>',
            base,
            bar.label,
            drawn,
            SafeString(' class="is-now"') if is_now else "",
            width,
            LEFT + 0.4,
            base,
            bar.words,
        )

    @property
    def svg(self) -> SafeString:
        return format_html(
            '<svg class="chart bars" role="img" aria-labelledby="{0}-t {0}-d" width="100%" '
            'height="{1}em" xmlns="http://www.w3.org/2000/svg">'
            '<title id="{0}-t">{2}</title><desc id="{0}-d">{3}</desc>{4}</svg>',
            self.code,
            f"{ROW * len(self.bars):.4g}",
            f"{self.title}（{self.unit}）",
            self.description,
            format_html_join("", "{}", ((self._row(*each),) for each in enumerate(self.bars))),
        )
