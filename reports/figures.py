"""Reading the figures of an annual report: as tables, and as a draft of its text.

Everything here reads the JSON of ``annual.compile_figures`` - just compiled or frozen years ago - and asks the database nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import ContentGroup, Level, Variance
from fieldvisits.models.regime import ROMAN
from fieldvisits.quota import Standing

from .base import PAGE, Cell, Column, Value, percent

Figures = dict[str, Any]
Read = Callable[[Figures], Value]


@dataclass(frozen=True)
class Table:
    """A part of the report as a table: its columns and its rows (of the figures), the sums below it.

    ``annex`` is its letter in domain section 6, empty for what the summary shows. ``totals`` are sums that are not those of the
    rows, by column. ``is_kept`` is false when the edition was frozen before its figures told this part.
    ``is_endless`` is a list of which a page shows no more than its beginning.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    items: Sequence[Figures]
    annex: str = ""
    totals: Figures = field(default_factory=dict)
    note: str = ""
    folded: bool = False
    is_kept: bool = True
    is_endless: bool = False

    @cached_property
    def rows(self) -> tuple[tuple[Value, ...], ...]:
        return tuple(tuple(column.value(item) for column in self.columns) for item in self.items)

    @cached_property
    def total(self) -> tuple[Value, ...]:
        """The row of sums; empty when nothing is added up."""
        if not self.rows or not any(column.total for column in self.columns):
            return ()
        sums: list[Value] = [_("Total")]
        for number, column in enumerate(self.columns[1:], start=1):
            if column.total:
                sums.append(sum(row[number] or 0 for row in self.rows))  # type: ignore[misc]
            else:
                sums.append(self.totals.get(column.name))
        return tuple(sums)

    @property
    def lines(self) -> list[list[Cell]]:
        """The rows as the page shows them, each value with its column: of a list without end the first ``PAGE`` ones."""
        return [
            [Cell(c, v) for c, v in zip(self.columns, row, strict=True)] for row in self.rows[: self.shown]
        ]

    @property
    def shown(self) -> int:
        """How many rows the page shows; the papers have all of them."""
        return min(len(self.rows), PAGE) if self.is_endless else len(self.rows)

    @property
    def sums(self) -> list[Cell]:
        return [Cell(c, v) for c, v in zip(self.columns, self.total, strict=True)] if self.total else []


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


def headline_table(figures: Figures) -> Table:
    """The same as a table of the papers."""
    return Table(
        "headline",
        _("Main figures"),
        (_text("what", _("Figure"), 46), _number("number", _("Number"), total=False, width=14)),
        [{"what": capfirst(label), "number": number} for label, number in headline(figures)],
    )


def tables(figures: Figures) -> list[Table]:
    """The parts of the report as its page, its Word document and its workbook show them: the annexes (a) to (g) of domain section
    6, with the kinds of days, planned against done and what came in time."""
    return [
        _kinds(figures),
        _officers(figures),
        *_parts(figures),
        _departments(figures),
        _groups(figures),
        _levels(figures),
        _visited(figures),
        _not_visited(figures),
        _adhoc(figures),
        _adhoc_list(figures),
        _recommendations(figures),
        _carried_out(figures),
        _timeliness(figures),
        _visit_list(figures),
    ]


def _text(name: str, title: str | Promise, width: int = 24, value: Read | None = None) -> Column:
    return Column(name, title, value or itemgetter(name), "text", width)


def _number(
    name: str, title: str | Promise, *, total: bool = True, width: int = 10, value: Read | None = None
) -> Column:
    return Column(name, title, value or itemgetter(name), "number", width, total)


def _quarters() -> tuple[Column, ...]:
    return tuple(
        _number(f"q{n}", ROMAN[n], width=8, value=lambda row, n=n: row["quarters"][n]) for n in range(4)
    )


def _sum(rows: Iterable[Figures], name: str) -> int:
    return sum(row[name] for row in rows)


def _level(row: Figures) -> str:
    return str(Level(row["level"]).label) if row["level"] else ""


def _kinds(figures: Figures) -> Table:
    return Table(
        "kinds",
        _("Kinds of days side by side"),
        tuple(_number(kind, label, total=False, width=14) for kind, label in KIND_LABELS.items()),
        [figures["totals"]],
        note=_("Days up to the date of the figures; the quota is met by accepted days."),
    )


def standings_table(figures: Figures) -> Table:
    """How many officers came to which result, for the papers: the page shows each officer's."""
    standings = figures["totals"]["standings"]
    return Table(
        "standings",
        _("Officers by result"),
        (_text("result", _("Result"), 46), _number("officers", _("Officers"), width=14)),
        [
            {"result": str(s.label), "officers": standings[s.value]}
            for s in Standing
            if standings.get(s.value)
        ],
    )


def _officers(figures: Figures) -> Table:
    rows = figures["officers"]

    def why(row: Figures) -> str:
        return " ".join(row["explanation"]) if row["required"] != figures["required_days"] else ""

    return Table(
        "officers",
        _("By officer"),
        (
            _text("name", _("Officer"), 26),
            _text("departments", _("Department"), 28, lambda row: " → ".join(row["departments"])),
            _number("required", _("Required")),
            *_quarters(),
            _number("total", _("Total")),
            Column("percent", _("Percent"), itemgetter("percent"), "percent", 10),
            _number("visits", _("Visits"), width=14),
            _text("status", _("Result"), 14, lambda row: str(Standing(row["status"]).label)),
            _text("why", _("Note"), 42, why),
        ),
        rows,
        "a",
        {"percent": percent(_sum(rows, "total"), _sum(rows, "required"))},
    )


def _parts(figures: Figures) -> list[Table]:
    """Only where the year asks for days at hosts of one level."""
    rows = [{"name": row["name"], **part} for row in figures["officers"] for part in row["parts"]]
    table = Table(
        "parts",
        _("Days asked for at hosts of one level"),
        (
            _text("name", _("Officer"), 26),
            _text("level", _("Level"), 28, _level),
            _number("required", _("Required")),
            _number("accepted", _("Accepted")),
            _number("missing", _("Missing")),
        ),
        rows,
        "a",
        folded=len(rows) > 10,
    )
    return [table] if rows else []


def _departments(figures: Figures) -> Table:
    return Table(
        "departments",
        _("By department"),
        (
            _text("name", _("Department"), 34),
            _number("officers", _("Officers"), total=False),
            *_quarters(),
            _number("accepted", _("Accepted")),
            _number("registered", _("Registered")),
            _number("approved", _("Approved")),
            _number("done", _("Reported")),
            _number("visits", _("Visits"), total=False, width=14),
        ),
        figures["departments"],
        "b",
        note=_("A day belongs to the department the officer worked in on that date."),
    )


def _groups(figures: Figures) -> Table:
    rows = figures["groups"]
    total = _sum(rows, "total")
    return Table(
        "groups",
        _("By content group"),
        (
            _text("group", _("Content group"), 46, lambda row: str(ContentGroup(row["group"]).label)),
            *_quarters(),
            _number("total", _("Days")),
            Column("percent", _("Percent"), lambda row: percent(row["total"], total), "percent", 10),
            _number("visits", _("Visits"), width=14),
        ),
        rows,
        "c",
    )


def _levels(figures: Figures) -> Table:
    return Table(
        "levels",
        _("By level of the host unit"),
        (
            _text("level", _("Level"), 38, _level),
            _number("units", _("Units")),
            _number("visited", _("Visited")),
            _number("unvisited", _("Not visited"), value=lambda row: row["units"] - row["visited"]),
            _number("visits", _("Visits"), width=14),
            _number("days", _("Days")),
        ),
        figures["levels"],
        "d",
    )


def _not_visited(figures: Figures) -> Table:
    rows = [row for row in figures["units"] if not row["days"]]
    return Table(
        "not-visited",
        _("Units not visited in the year"),
        (_text("name", _("Host unit"), 46), _text("level", _("Level"), 38, _level)),
        rows,
        "d",
        folded=len(rows) > 10,
    )


def _visited(figures: Figures) -> Table:
    rows = sorted((row for row in figures["units"] if row["days"]), key=lambda row: -row["days"])
    return Table(
        "units",
        _("By host unit"),
        (
            _text("name", _("Host unit"), 46),
            _text("level", _("Level"), 38, _level),
            _number("visits", _("Visits"), width=14),
            _number("days", _("Days")),
        ),
        rows,
        "d",
        folded=len(rows) > 10,
    )


def _adhoc(figures: Figures) -> Table:
    return Table(
        "adhoc",
        _("Ad-hoc visits"),
        (
            _number("visits", _("Visits"), total=False, width=16),
            _number("days", _("Days accepted"), total=False, width=16),
            _number("late", _("Consented to or registered late"), total=False, width=20),
            _number("not_carried_out", _("Not carried out"), total=False, width=16),
        ),
        [figures["adhoc"]],
        "e",
    )


def _carried_out(figures: Figures) -> Table:
    fates = figures["carried_out"]
    rows = [{"what": str(label), **fates[fate]} for fate, label in CARRIED_LABELS.items()]
    rows += [
        {**row, "what": f"{CARRIED_LABELS['not_done']}: {Variance(row['reason']).label}"}
        for row in figures["variances"]
        if row["visits"]
    ]
    return Table(
        "carried-out",
        _("Planned and carried out"),
        (
            _text("what", _("Visits of the plans"), 46),
            _number("visits", _("Visits"), total=False, width=14),
            _number("days", _("Planned days"), total=False, width=14),
        ),
        rows,
        note=_("The reasons count ad-hoc visits, too."),
    )


def _recommendations(figures: Figures) -> Table:
    return Table(
        "recommendations",
        _("Recommendations"),
        tuple(_number(fate, label, total=False, width=16) for fate, label in FATE_LABELS.items()),
        [figures["recommendations"]],
        "f",
    )


def _timeliness(figures: Figures) -> Table:
    return Table(
        "timeliness",
        _("In time and late"),
        (
            _text("kind", _("Papers"), 46, lambda row: str(PAPER_LABELS[row["kind"]])),
            _number("in_time", _("In time"), total=False, width=12),
            _number("late", _("Late"), total=False, width=14),
        ),
        figures["timeliness"],
    )


# -- the visits one by one ---------------------------------------------------------------------------------------------------


def _visit_list(figures: Figures) -> Table:
    return _visits("visits", _("Visits one by one"), _kept_visits(figures), "g")


def _adhoc_list(figures: Figures) -> Table:
    kept = _kept_visits(figures)
    rows = None if kept is None else [row for row in kept if row["adhoc"]]
    return _visits("adhoc-visits", _("Ad-hoc visits one by one"), rows, "e")


def _kept_visits(figures: Figures) -> list[Figures] | None:
    """Annex g; None of an edition frozen before the visits were kept."""
    kept: list[Figures] | None = figures.get("visit_list")
    return kept


def _visits(key: str, title: str, rows: list[Figures] | None, annex: str) -> Table:
    return Table(
        key,
        title,
        (
            Column("starts", _("From"), lambda row: date.fromisoformat(row["starts"]), "date", 23),
            Column("ends", _("Until"), lambda row: date.fromisoformat(row["ends"]), "date", 23),
            _text("officer", _("Officer"), 28),
            _text("department", _("Department"), 27),
            _text("unit", _("Host unit"), 33),
            _number("group_number", _("Content group"), total=False, width=15, value=itemgetter("group")),
            _text("content", _("What for"), 46, _content),
            _text("adhoc", _("Ad-hoc"), 15, _is_adhoc),
            _number("planned", _("Days approved"), width=14),
            _number("accepted", _("Days accepted"), width=14),
            _number("recommendations", _("Recommendations"), width=14),
            _text("fate", _("Result"), 26, lambda row: str(CARRIED_LABELS[row["fate"]])),
        ),
        rows or [],
        annex,
        note="" if rows is not None else _("Not part of this edition: its figures were frozen without it."),
        folded=len(rows or ()) > 10,
        is_kept=rows is not None,
        is_endless=True,
    )


def _is_adhoc(row: Figures) -> str:
    if not row["own"]:
        return _("see beside")
    return _("yes") if row["adhoc"] else _("no")


def _content(row: Figures) -> str:
    """What a visit was for, and what is particular about it."""
    notes = []
    if row["reason"]:
        notes.append(str(Variance(row["reason"]).label))
    if row["late"]:
        notes.append(_("Consented to or registered late"))
    if not row["own"]:
        notes.append(_("Begun before the counting period or in another province"))
    return " ".join(filter(None, [row["content"], f"({'; '.join(notes)})" if notes else ""]))


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
        + (f" (đạt {percent(totals['accepted'], totals['owed'])} %)." if totals["owed"] else "."),
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
