"""Two versions of an annual report's figures against each other: what was approved, and what the data say now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import ContentGroup, Level, Variance
from fieldvisits.models.regime import ROMAN
from fieldvisits.quota import Standing

from .figures import CARRIED_LABELS, FATE_LABELS, KIND_LABELS, PAPER_LABELS, Figures


@dataclass(frozen=True)
class Difference:
    """A figure that is not what it was: where, then, now."""

    where: str
    then: str
    now: str


#: Where the differences are, in words: the parts of the report, then what stands in them. What is not named is shown by its code.
PARTS = {
    "totals": gettext_lazy("Totals"),
    "officers": gettext_lazy("By officer"),
    "departments": gettext_lazy("By department"),
    "groups": gettext_lazy("By content group"),
    "levels": gettext_lazy("By level of the host unit"),
    "units": gettext_lazy("By host unit"),
    "adhoc": gettext_lazy("Ad-hoc visits"),
    "carried_out": gettext_lazy("Planned and carried out"),
    "variances": gettext_lazy("Reasons why visits were not carried out"),
    "recommendations": gettext_lazy("Recommendations"),
    "timeliness": gettext_lazy("In time and late"),
    "window": gettext_lazy("Counting period"),
    "required_days": gettext_lazy("required days a year"),
    "visit_list": gettext_lazy("Visits one by one"),
}
PLACES = {
    "quarters": gettext_lazy("quarter"),
    "standings": gettext_lazy("Result"),
    "required": gettext_lazy("Required"),
    "total": gettext_lazy("Total"),
    "owed": gettext_lazy("Owed"),
    "percent": gettext_lazy("Percent"),
    "visits": gettext_lazy("Visits"),
    "days": gettext_lazy("Days"),
    "missing": gettext_lazy("Missing"),
    "status": gettext_lazy("Result"),
    "late": gettext_lazy("Late"),
    "in_time": gettext_lazy("In time"),
    "name": gettext_lazy("name"),
    "post": gettext_lazy("post"),
    "order": gettext_lazy("order in lists"),
    "window": gettext_lazy("days of the counting period"),
    "units": gettext_lazy("Units"),
    "officers": gettext_lazy("Officers"),
    "departments": gettext_lazy("Department"),
    "computation": gettext_lazy("How the days owed are computed"),
    "in_scope": gettext_lazy("days in scope"),
    "asked": gettext_lazy("asked of a whole year"),
    "with_quota": gettext_lazy("officers with days to do"),
    "units_visited": gettext_lazy("host units visited"),
    "visited": gettext_lazy("Visited"),
    "parts": gettext_lazy("Days asked for at hosts of one level"),
    "not_carried_out": gettext_lazy("Not carried out"),
    "starts": gettext_lazy("From"),
    "ends": gettext_lazy("Until"),
    "officer": gettext_lazy("Officer"),
    "department": gettext_lazy("Department"),
    "unit": gettext_lazy("Host unit"),
    "level": gettext_lazy("Level"),
    "group": gettext_lazy("Content group"),
    "content": gettext_lazy("What for"),
    "fate": gettext_lazy("Result"),
    "reason": gettext_lazy("Reason"),
    "recommendations": gettext_lazy("Recommendations"),
    **KIND_LABELS,
    **{name: label for name, label in FATE_LABELS.items() if name != "total"},
    **CARRIED_LABELS,
    **PAPER_LABELS,
    **{s.value: s.label for s in Standing},
}
#: What a list's rows are known by, whichever of them they have.
_KEYS = ("id", "group", "level", "reason", "kind")
#: Sentences that follow from the numbers: their wording may change with the software, the numbers beside them are compared.
_WORDS = frozenset({"explanation"})
#: What the paper prints beside the figures.
_BESIDE = frozenset({"paper"})


def differences(then: Figures, now: Figures) -> list[Difference]:
    """Every figure of ``now`` that is not what it was ``then``, in the order of the report.

    A part or a figure that one of them does not keep at all - it was frozen before the software told it - is no difference.
    """
    return list(_compare((), then, now))


def _compare(path: tuple[str, ...], then: Any, now: Any) -> Iterable[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in now:
            if key in then and key not in (_WORDS if path else _BESIDE):
                place = str((PLACES if path else PARTS).get(key, key))
                yield from _compare((*path, place), then[key], now[key])
    elif isinstance(then, list) and isinstance(now, list) and any(isinstance(r, dict) for r in (*then, *now)):
        before, after = {_key(r): r for r in then}, {_key(r): r for r in now}
        for key in dict.fromkeys([*before, *after]):
            row = before.get(key) or after[key]
            if key in before and key in after:
                yield from _compare((*path, _name(row)), before[key], after[key])
            else:
                there = _("in the report"), _("not there")
                yield Difference(" › ".join((*path, _name(row))), *(there if key in before else there[::-1]))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now) == 4:
        for n in range(4):
            yield from _compare((*path[:-1], f"{path[-1]} {ROMAN[n]}"), then[n], now[n])
    elif then != now:
        yield Difference(" › ".join(path), _shown(then), _shown(now))


def _key(row: Figures) -> Any:
    return next(row[name] for name in _KEYS if name in row)


def _name(row: Figures) -> str:
    if "name" in row:
        return row["name"]
    if "starts" in row:  # a visit
        return f"{date.fromisoformat(row['starts']):%d/%m/%Y} {row['officer']}, {row['unit']}"
    if "group" in row:
        return str(ContentGroup(row["group"]).label)
    if "level" in row:
        return str(Level(row["level"]).label)
    return (
        str(Variance(row["reason"]).label)
        if "reason" in row
        else str(PAPER_LABELS.get(row["kind"], row["kind"]))
    )


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(str(v) for v in value) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels = {s.value: s.label for s in Standing} | CARRIED_LABELS
    return str(labels.get(value, value))
