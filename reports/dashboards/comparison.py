"""The provinces side by side, for the Central Union: by the figures frozen in the reports they have sent, and only by those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Func, JSONField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.text import fold

from ..base import percent
from ..models import SECTIONS, AnnualReport, Version, as_read_by, once_moved
from .charts import Chart, Label, Number, column

#: Long lists of the frozen figures that stay in the database.
LISTS = ("officers", "units", "visit_list", "departments", "timeliness", "variances", "carried_out")


class WithoutLists(Func):
    """Frozen figures without ``LISTS``: each is read once, whatever is taken from it, and little travels."""

    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        names = ", ".join(f"'{name}'" for name in LISTS)
        return self.as_sql(compiler, connection, template=f"(%(expressions)s - ARRAY[{names}])", **more)

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        names = ", ".join(f"'$.{name}'" for name in LISTS)
        return self.as_sql(compiler, connection, template=f"JSON_REMOVE(%(expressions)s, {names})", **more)


@dataclass(frozen=True)
class Year:
    """A province's year as an annual report froze it. Shares are whole per cent, means days to one place; None when there is
    nothing to divide by."""

    report: AnnualReport
    officers: int
    met: int
    owed: int
    accepted: int
    visits: int
    units: int
    visited: int
    adhoc: int
    recommendations: int
    settled: int

    @property
    def met_share(self) -> int | None:
        return percent(self.met, self.officers)

    @property
    def mean(self) -> float | None:
        return mean(self.accepted, self.officers)

    @property
    def mean_owed(self) -> float | None:
        return mean(self.owed, self.officers)

    @property
    def accepted_share(self) -> int | None:
        return percent(self.accepted, self.owed)

    @property
    def visited_share(self) -> int | None:
        return percent(self.visited, self.units)

    @property
    def adhoc_share(self) -> int | None:
        return percent(self.adhoc, self.accepted)

    @property
    def settled_share(self) -> int | None:
        return percent(self.settled, self.recommendations)


def mean(days: int, people: int) -> float | None:
    return round(days / people, 1) if people else None


def frozen_years(reports: Any, reader: User) -> list[Year]:
    """The years frozen in ``reports`` (a queryset of annual reports) as ``reader`` may read them, one for each province and year:
    the final report before the provisional one. One query, one more where a report has been reopened."""
    found = reports.select_related("province").defer("figures", *SECTIONS)
    kept: dict[tuple[int, int], AnnualReport] = {}
    for report in as_read_by(reader, found.annotate(frozen=WithoutLists("figures"))):
        if not report.is_frozen:
            continue
        key = (report.province_id, report.year)
        if key not in kept or report.version == Version.FINAL:
            kept[key] = report
    return [_year(report) for report in kept.values()]


def _year(report: Any) -> Year:
    figures = report.figures if report.is_earlier else report.frozen
    totals, levels = figures["totals"], figures["levels"]
    return Year(
        report,
        officers=totals["with_quota"],
        met=totals["standings"]["met"] + totals["standings"]["exceeded"],
        owed=totals["owed"],
        accepted=totals["accepted"],
        visits=totals["visits"],
        units=sum(level["units"] for level in levels),
        visited=sum(level["visited"] for level in levels),
        adhoc=figures["adhoc"]["days"],
        recommendations=figures["recommendations"]["total"],
        settled=figures["recommendations"]["settled"],
    )


#: What provinces are compared by: name in the address, label, unit, the number.
MEASURES: tuple[tuple[str, Any, str, Callable[[Year], Number]], ...] = (
    ("met", gettext_lazy("Officers that met"), "%", lambda y: y.met_share),
    ("mean", gettext_lazy("Days per officer"), "", lambda y: y.mean),
    ("accepted_share", gettext_lazy("Accepted of owed"), "%", lambda y: y.accepted_share),
    ("units", gettext_lazy("Units visited"), "%", lambda y: y.visited_share),
    ("adhoc", gettext_lazy("Ad-hoc days"), "%", lambda y: y.adhoc_share),
    ("settled", gettext_lazy("Recommendations settled"), "%", lambda y: y.settled_share),
)
#: Plain sizes that stand beside them.
SIZES: tuple[tuple[str, Any, Callable[[Year], Number]], ...] = (
    ("officers", gettext_lazy("Officers with days to do"), lambda y: y.officers),
    ("owed", gettext_lazy("Days owed"), lambda y: y.owed),
    ("accepted", gettext_lazy("Days accepted"), lambda y: y.accepted),
    ("visits", gettext_lazy("Visits"), lambda y: y.visits),
)


@dataclass(frozen=True)
class Heading:
    """A column one may sort by."""

    name: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A province: its numbers in the order of the headings."""

    year: Year
    cells: tuple[tuple[Heading, str], ...]


@dataclass(frozen=True)
class Comparison:
    """The provinces of a year that have sent their report, in the order asked for, drawn by what they are sorted by."""

    year: int
    years: tuple[int, ...]
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    chart: Chart | None


def comparison_of(reader: User, year: int, sort: str = "") -> Comparison:
    """The provinces that have sent their report on ``year``, best first by ``sort`` (a measure's or a size's name). Two queries."""
    sent = AnnualReport.objects.visible_to(reader).filter(pk__in=once_moved("send"))
    years = tuple(sent.order_by("-year").values_list("year", flat=True).distinct())
    known = {name: (label, unit, number) for name, label, unit, number in MEASURES}
    known |= {name: (label, "", number) for name, label, number in SIZES}
    chosen = sort if sort in known else "met"
    label, unit, number = known[chosen]
    found = sorted(frozen_years(sent.filter(year=year), reader), key=lambda y: fold(y.report.province.name))
    found.sort(key=lambda y: -1 if number(y) is None else number(y), reverse=True)
    headings = tuple(
        Heading(name, str(known[name][0]), name == chosen)
        for name in (
            "officers",
            "met",
            "owed",
            "accepted",
            "accepted_share",
            "mean",
            "visits",
            "units",
            "adhoc",
            "settled",
        )
    )
    return Comparison(
        year,
        years,
        headings,
        tuple(
            Row(
                y,
                tuple(
                    (h, column("", [y], known[h.name][2], unit=known[h.name][1]).values[0].text)
                    for h in headings
                ),
            )
            for y in found
        ),
        _chart(found, str(label), unit, number) if found else None,
    )


def _chart(found: list[Year], label: str, unit: str, number: Callable[[Year], Number]) -> Chart:
    def url(y: Year) -> str:
        return y.report.get_absolute_url()

    shown = column(label, found, number, url, unit, tone="green")
    return Chart(
        "provinces",
        label,
        _("One bar for each province: %(what)s.") % {"what": label.lower()},
        _("Province"),
        tuple(Label(y.report.province.name, url(y)) for y in found),
        (shown,),
        unit=unit,
        ends=tuple(value.text for value in shown.values),
    )
