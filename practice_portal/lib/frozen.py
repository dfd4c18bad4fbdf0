"""Months whose summaries are approved: the app that freezes them says which, any form may ask."""

from collections.abc import Callable, Iterable

from practice_portal.lib.months import Month

_answers: list[Callable[[Iterable[int], Iterable[Month]], Iterable[Month]]] = []


def says_what_is_frozen(
    answer: Callable[[Iterable[int], Iterable[Month]], Iterable[Month]],
) -> None:
    """Ask this from now on."""
    if answer not in _answers:
        _answers.append(answer)


def warning(station_ids: Iterable[int], months: Iterable[Month]) -> str:
    """What whoever edits rows of these months is told; empty while nothing is frozen."""
    station_ids, months = set(station_ids), set(months)
    if not months:
        return ""
    found = sorted({month for answer in _answers for month in answer(station_ids, months)})
    if not found:
        return ""
    labels = "、".join(month.label for month in found)
    return f"{labels}的总结已通过：改动会作为更正显示，冻结的数字不变。"
