"""Reading the figures of an annual report: as tables, as a draft of its text, and two versions of them against each other.

Everything here reads the JSON of ``annual.compile_figures`` - just compiled or frozen years ago - and asks the database nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import ContentGroup, Level, Variance
from fieldvisits.models.regime import ROMAN
from fieldvisits.quota import Standing

Figures = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table; a number stands right."""

    label: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """One annex: its columns, its rows of texts and numbers, its sums."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] = ()
    note: str = ""
    folded: bool = False

    @property
    def lines(self) -> list[list[tuple[Column, Any]]]:
        """The rows, each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def sums(self) -> list[tuple[Column, Any]]:
        return list(zip(self.columns, self.total, strict=True)) if self.total else []


KIND_LABELS = {
    "registered": gettext_lazy("Registered"),
    "approved": gettext_lazy("Approved"),
    "done": gettext_lazy("Reported"),
    "accepted": gettext_lazy("Accepted"),
    "confirmed": gettext_lazy("Confirmed by hosts"),
    "adhoc": gettext_lazy("On ad-hoc visits"),
}
FATE_LABELS = {
    "total": gettext_lazy("Recommendations in all"),
    "settled": gettext_lazy("Settled"),
    "in_progress": gettext_lazy("In progress"),
    "open": gettext_lazy("Open"),
    "passed_up": gettext_lazy("Passed up"),
    "dropped": gettext_lazy("Dropped"),
}
PAPER_LABELS = {
    "plans": gettext_lazy("Officers' plans"),
    "department_plans": gettext_lazy("Department plans"),
    "results": gettext_lazy("Results of visits"),
    "quarter_reports": gettext_lazy("Officers' quarter reports"),
    "department_reports": gettext_lazy("Department reports"),
}
CARRIED_LABELS = {
    "planned": gettext_lazy("Approved in the plans"),
    "reported": gettext_lazy("Carried out and reported"),
    "waiting": gettext_lazy("No result reported yet"),
    "not_done": gettext_lazy("Not carried out"),
    "cancelled": gettext_lazy("Cancelled"),
}


def headline(figures: Figures) -> list[tuple[str, int]]:
    """The few numbers above the tables."""
    totals = figures["totals"]
    met = totals["standings"]["met"] + totals["standings"]["exceeded"]
    return [
        (_("officers with days to do"), totals["with_quota"]),
        (_("of them met or exceeded"), met),
        (_("days owed"), totals["owed"]),
        (_("days accepted"), totals["accepted"]),
        (_("visits"), totals["visits"]),
        (_("host units visited"), totals["units_visited"]),
    ]


def tables(figures: Figures) -> list[Table]:
    """The annexes of the report, (a) to (f) of domain section 6, with planned against done and what came in time."""
    return [
        _kinds(figures),
        _officers(figures),
        _departments(figures),
        _groups(figures),
        _levels(figures),
        _not_visited(figures),
        _visited(figures),
        _adhoc(figures),
        _carried_out(figures),
        _recommendations(figures),
        _timeliness(figures),
    ]


def _text(label: Any) -> Column:
    return Column(str(label), False)


def _numbers(*labels: Any) -> tuple[Column, ...]:
    return tuple(Column(str(label)) for label in labels)


def _sum(rows: Iterable[Figures], name: str) -> int:
    return sum(row[name] for row in rows)


def _quarter_sums(rows: list[Figures]) -> list[int]:
    return [sum(row["quarters"][n] for row in rows) for n in range(4)]


def _kinds(figures: Figures) -> Table:
    totals = figures["totals"]
    return Table(
        "kinds",
        _("Kinds of days side by side"),
        _numbers(*KIND_LABELS.values()),
        (tuple(totals[kind] for kind in KIND_LABELS),),
        note=_("Days up to the date of the figures; the quota is met by accepted days."),
    )


def _officers(figures: Figures) -> Table:
    rows = figures["officers"]
    return Table(
        "officers",
        _("By officer"),
        (
            _text(_("Officer")),
            _text(_("Department")),
            *_numbers(_("Required"), *ROMAN, _("Total"), "%", _("Visits")),
            _text(_("Result")),
        ),
        tuple(
            (
                row["name"],
                " → ".join(row["departments"]),
                row["required"],
                *row["quarters"],
                row["total"],
                "–" if row["percent"] is None else row["percent"],
                row["visits"],
                str(Standing(row["status"]).label),
            )
            for row in rows
        ),
        (
            _("Total"),
            "",
            _sum(rows, "required"),
            *_quarter_sums(rows),
            _sum(rows, "total"),
            _percent(_sum(rows, "total"), _sum(rows, "required")),
            _sum(rows, "visits"),
            "",
        ),
    )


def _percent(part: int, whole: int) -> int | str:
    return 100 * part // whole if whole else "–"


def _departments(figures: Figures) -> Table:
    rows = figures["departments"]
    return Table(
        "departments",
        _("By department"),
        (
            _text(_("Department")),
            *_numbers(
                _("Officers"),
                *ROMAN,
                _("Accepted"),
                _("Registered"),
                _("Approved"),
                _("Reported"),
                _("Visits"),
            ),
        ),
        tuple(
            (
                row["name"],
                row["officers"],
                *row["quarters"],
                row["accepted"],
                row["registered"],
                row["approved"],
                row["done"],
                row["visits"],
            )
            for row in rows
        ),
        (
            _("Total"),
            "",
            *_quarter_sums(rows),
            *(_sum(rows, name) for name in ("accepted", "registered", "approved", "done")),
            "",
        ),
        _("A day belongs to the department the officer worked in on that date."),
    )


def _groups(figures: Figures) -> Table:
    rows = figures["groups"]
    return Table(
        "groups",
        _("By content group"),
        (_text(_("Content group")), *_numbers(*ROMAN, _("Days"), "%", _("Visits"))),
        tuple(
            (
                str(ContentGroup(row["group"]).label),
                *row["quarters"],
                row["total"],
                _percent(row["total"], _sum(rows, "total")),
                row["visits"],
            )
            for row in rows
        ),
        (_("Total"), *_quarter_sums(rows), _sum(rows, "total"), "", _sum(rows, "visits")),
    )


def _levels(figures: Figures) -> Table:
    rows = figures["levels"]
    return Table(
        "levels",
        _("By level of the host unit"),
        (_text(_("Level")), *_numbers(_("Units"), _("Visited"), _("Not visited"), _("Visits"), _("Days"))),
        tuple(
            (
                str(Level(row["level"]).label),
                row["units"],
                row["visited"],
                row["units"] - row["visited"],
                row["visits"],
                row["days"],
            )
            for row in rows
        ),
        (
            _("Total"),
            _sum(rows, "units"),
            _sum(rows, "visited"),
            _sum(rows, "units") - _sum(rows, "visited"),
            _sum(rows, "visits"),
            _sum(rows, "days"),
        ),
    )


def _not_visited(figures: Figures) -> Table:
    rows = [row for row in figures["units"] if not row["days"]]
    return Table(
        "not-visited",
        _("Units not visited in the year"),
        (_text(_("Host unit")), _text(_("Level"))),
        tuple((row["name"], str(Level(row["level"]).label)) for row in rows),
        folded=len(rows) > 10,
    )


def _visited(figures: Figures) -> Table:
    rows = sorted((row for row in figures["units"] if row["days"]), key=lambda row: -row["days"])
    return Table(
        "units",
        _("By host unit"),
        (_text(_("Host unit")), _text(_("Level")), *_numbers(_("Visits"), _("Days"))),
        tuple((row["name"], str(Level(row["level"]).label), row["visits"], row["days"]) for row in rows),
        (_("Total"), "", _sum(rows, "visits"), _sum(rows, "days")),
        folded=len(rows) > 10,
    )


def _adhoc(figures: Figures) -> Table:
    row = figures["adhoc"]
    return Table(
        "adhoc",
        _("Ad-hoc visits"),
        _numbers(_("Visits"), _("Days accepted"), _("Consented to or registered late"), _("Not carried out")),
        ((row["visits"], row["days"], row["late"], row["not_carried_out"]),),
    )


def _carried_out(figures: Figures) -> Table:
    fates = figures["carried_out"]
    reasons = [row for row in figures["variances"] if row["visits"]]
    return Table(
        "carried-out",
        _("Planned and carried out"),
        (_text(_("Visits of the plans")), *_numbers(_("Visits"), _("Planned days"))),
        (
            *(
                (str(label), fates[fate]["visits"], fates[fate]["days"])
                for fate, label in CARRIED_LABELS.items()
            ),
            *(
                (f"{CARRIED_LABELS['not_done']}: {Variance(row['reason']).label}", row["visits"], row["days"])
                for row in reasons
            ),
        ),
        note=_("The reasons count ad-hoc visits, too."),
    )


def _recommendations(figures: Figures) -> Table:
    row = figures["recommendations"]
    return Table(
        "recommendations",
        _("Recommendations"),
        _numbers(*FATE_LABELS.values()),
        (tuple(row[fate] for fate in FATE_LABELS),),
    )


def _timeliness(figures: Figures) -> Table:
    return Table(
        "timeliness",
        _("In time and late"),
        (_text(_("Papers")), *_numbers(_("In time"), _("Late"))),
        tuple((str(PAPER_LABELS[row["kind"]]), row["in_time"], row["late"]) for row in figures["timeliness"]),
    )


# --- A draft of the text ----------------------------------------------------------------------------------------------------


def proposed_text(figures: Figures) -> str:
    """A short draft of section II from the figures, in Vietnamese as the report is; the writer may take it over."""
    totals, adhoc, advice = figures["totals"], figures["adhoc"], figures["recommendations"]
    standings = totals["standings"]
    met, exceeded = standings["met"], standings["exceeded"]
    year, month, day = figures["as_of"].split("-")
    lines = [
        f"Tính đến ngày {day}/{month}/{year}, {totals['with_quota']} cán bộ thuộc diện thực hiện đã đi cơ sở "
        f"{totals['visits']} chuyến, {totals['accepted']} ngày được tính trên tổng số {totals['owed']} ngày phải thực hiện"
        + (f" (đạt {_percent(totals['accepted'], totals['owed'])} %)." if totals["owed"] else "."),
        f"Có {met + exceeded} cán bộ đạt chỉ tiêu, trong đó {exceeded} cán bộ vượt; {standings['missed']} cán bộ chưa đạt.",
        f"Theo quý: {'; '.join(f'quý {ROMAN[n]} {days} ngày' for n, days in enumerate(totals['quarters']))}.",
        "Theo nhóm nội dung: "
        + "; ".join(f"nhóm {row['group']} {row['total']} ngày" for row in figures["groups"])
        + ".",
        f"Đã đến {totals['units_visited']} trên {len(figures['units'])} đơn vị cơ sở; "
        f"đi đột xuất {adhoc['visits']} chuyến với {adhoc['days']} ngày được tính.",
        f"Qua đi cơ sở đã ghi nhận {advice['total']} kiến nghị: giải quyết xong {advice['settled']}, "
        f"đang giải quyết {advice['in_progress']}, chưa giải quyết {advice['open']}, "
        f"chuyển cấp trên {advice['passed_up']}, không tiếp thu {advice['dropped']}.",
    ]
    return "\n".join(lines)


# --- Two versions against each other -----------------------------------------------------------------------------------------


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


def differences(then: Figures, now: Figures) -> list[Difference]:
    """Every figure of ``now`` that is not what it was ``then``, in the order of the report."""
    return list(_compare((), then, now))


def _compare(path: tuple[str, ...], then: Any, now: Any) -> Iterable[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*now, *then]):
            if key not in _WORDS:
                place = str((PLACES if path else PARTS).get(key, key))
                yield from _compare((*path, place), then.get(key), now.get(key))
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
    return str(Standing(value).label) if value in Standing.values else str(value)
