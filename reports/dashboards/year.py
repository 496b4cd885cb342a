"""The year of a province at a glance (step 7): who stands where, department by department, and what becomes of its reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Dated, Department, Role, User
from accounts.powers import Powers
from accounts.text import fold
from fieldvisits.models import Officer, OfficerYear, YearRule, years_of
from fieldvisits.pages.years import YearPage, gauge_of, year_of
from fieldvisits.quota import Standing
from fieldvisits.workflow import AnnualReportState

from ..base import Asked, link_to
from ..models import AnnualReport, Version, as_read_by
from .charts import Chart
from .comparison import frozen_years
from .panels import Coverage, Panels

#: The first row of the year's page, as the Standing Committee asks: exceeded counts as met.
COUNTERS = (
    ("met", (Standing.MET, Standing.EXCEEDED)),
    ("on_pace", (Standing.ON_PACE,)),
    ("at_risk", (Standing.AT_RISK,)),
    ("missed", (Standing.MISSED,)),
    ("exempt", (Standing.EXEMPT,)),
)


@dataclass(frozen=True)
class Counter:
    """How many officers stand so, leading to their rows."""

    key: str
    standing: Standing
    number: int
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """An officer's row; ``days_url`` leads to the days that count."""

    year: OfficerYear
    gauge: dict[str, int | None]
    days_url: str = ""


@dataclass(frozen=True)
class Group:
    """A department's rows, and its sums over them."""

    department: Department | None
    lines: tuple[Line, ...]

    @property
    def accepted(self) -> int:
        return sum(line.year.pace.accepted for line in self.lines)

    @property
    def owed(self) -> int:
        return sum(line.year.pace.owed for line in self.lines)


@dataclass(frozen=True)
class ReportCard:
    """One of the year's two reports as the reader may see it: the paper if there is one in sight, what to do, by when.

    ``due`` is the day whose figures it holds; ``late`` the days since it while nothing has been sent; ``why_not`` why it cannot
    be begun yet.
    """

    version: Version
    report: AnnualReport | None
    due: date
    late: int
    next_step: str
    may_start: bool
    why_not: str


@dataclass(frozen=True)
class YearBoard:
    """The province's year as one person may see it."""

    rule: YearRule
    counters: tuple[Counter, ...]
    groups: tuple[Group, ...]
    number: int
    shown: int
    owed: int
    accepted: int
    cards: tuple[ReportCard, ...]
    #: the nearest years that have a rule
    previous: int | None
    following: int | None
    #: more than one's own row is in sight; ``is_whole``: the whole province's
    is_wide: bool
    is_whole: bool
    charts: dict[str, Chart]
    coverage: Coverage | None
    #: the reader's own year day by day, where it is all they see
    own: YearPage | None

    #: departments the reader leads
    led: tuple[Department, ...]
    days_url: str

    @property
    def paper(self) -> AnnualReport | None:
        """The report one may sign and send: approved figures, the final one before the provisional."""
        approved = [card.report for card in self.cards if card.report and card.report.is_frozen]
        return max(approved, key=lambda report: report.version == Version.FINAL, default=None)

    @property
    def officers_place(self) -> str:
        """Beside the other charts where the list is long, above them where it is a department's."""
        return "panel-tall" if self.is_whole else "panel-whole"

    @property
    def is_chosen(self) -> bool:
        """Whether a counter was followed: its rows are then shown."""
        return any(counter.is_chosen for counter in self.counters)

    @property
    def is_narrowed(self) -> bool:
        return self.shown != self.number


#: Roles that answer for the whole province.
WHOLE = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE)


def year_board(rule: YearRule, reader: User, chosen: str = "") -> YearBoard:
    """The year of the rule's province for ``reader``: own row, the department's or the province's; ``chosen`` is a counter's key.

    The numbers are those of the officers in sight. Constant in queries: nothing is asked for an officer, a month or a unit alone.
    """
    powers = reader.powers
    is_whole = rule.province_id in powers.provinces(*WHOLE)
    officers = Officer.objects.of_year(rule).in_sight_of(reader, rule)
    years = years_of(rule, officers)
    wanted = dict(COUNTERS).get(chosen)
    shown = [y for y in years if wanted is None or y.pace.status in wanted]
    known = set(YearRule.objects.visible_to(reader).values_list("year", flat=True))
    departments = {d.pk: d for d in Department.objects.filter(province=rule.province_id)}
    asked = Asked(reader, rule)
    groups = _grouped(asked, shown, departments)
    is_wide = len(years) > 1 or any(y.officer.pk != reader.pk for y in years)
    panels = Panels(asked, years, departments)
    charts = [panels.officers(groups), panels.kinds(), panels.months()] if years else []
    if not is_wide:
        charts = charts[1:]
    if is_whole:
        charts += [panels.departments(), panels.recommendations()]
        charts += [panels.years_beside(frozen_years(_earlier(rule, reader), reader))]
    coverage = panels.coverage() if is_whole else None
    if coverage is not None:
        charts.append(coverage.chart)
    return YearBoard(
        rule,
        tuple(
            Counter(key, of[0], sum(y.pace.status in of for y in years), chosen == key)
            for key, of in COUNTERS
        ),
        groups,
        len(years),
        len(shown),
        sum(y.pace.owed for y in years),
        sum(y.pace.accepted for y in years),
        _cards(rule, powers),
        max((year for year in known if year < rule.year), default=None),
        min((year for year in known if year > rule.year), default=None),
        is_wide,
        is_whole,
        {chart.key: chart for chart in charts if not chart.is_empty},
        coverage,
        year_of(reader, rule, reader) if years and not is_wide else None,
        tuple(departments[pk] for pk in powers.departments(Role.HEAD, Role.DEPUTY) if pk in departments),
        link_to("days", asked, kind="accepted"),
    )


def _earlier(rule: YearRule, reader: User) -> QuerySet[AnnualReport]:
    """The province's reports on the years before, as far as the reader may see them: the last five years."""
    found = AnnualReport.objects.visible_to(reader).filter(province=rule.province_id)
    return found.filter(year__range=(rule.year - 5, rule.year - 1))


def _grouped(asked: Asked, years: list[OfficerYear], departments: dict[int, Department]) -> tuple[Group, ...]:
    """By the department the officer belongs to at the day looked at, or belonged to last in the year."""
    rule = asked.rule
    day = min(max(clock.today(), rule.window_from), rule.window_to)

    def place(year: OfficerYear) -> Department | None:
        memberships: list[Dated] = sorted(year.officer.memberships_of_year, key=lambda m: m.valid_from)
        begun = [m for m in memberships if m.valid_from <= day] or memberships[:1]
        return departments.get(begun[-1].department_id) if begun else None

    def order(pair: tuple[Department | None, OfficerYear]) -> tuple:
        department = pair[0]
        return (department.order, fold(department.name), department.pk) if department else (32767, "", 0)

    placed = sorted(((place(y), y) for y in years), key=order)
    return tuple(
        Group(
            department,
            tuple(
                Line(year, gauge_of(year), link_to("days", asked, kind="accepted", officer=year.officer))
                for _d, year in rows
            ),
        )
        for department, rows in groupby(placed, key=lambda pair: pair[0])
    )


def _cards(rule: YearRule, powers: Powers) -> tuple[ReportCard, ...]:
    """The two reports of the year, for whoever may read or begin them."""
    papers = AnnualReport.objects.visible_to(powers.user).filter(province=rule.province_id, year=rule.year)
    found = {paper.version: paper for paper in as_read_by(powers.user, papers.with_totals())}
    writes = rule.province_id in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK)
    readable = rule.province_id in powers.provinces(Role.COMMITTEE, Role.EXECUTIVE) or writes
    if not (readable or found):
        return ()
    over = any(p.version == Version.FINAL and p.state == AnnualReportState.SENT for p in found.values())
    return tuple(_card(version, found.get(version), rule, powers, writes, over) for version in Version)


def _card(
    version: Version, report: AnnualReport | None, rule: YearRule, powers: Powers, writes: bool, over: bool
) -> ReportCard:
    """``over``: the final report has been sent, so nothing is late any more."""
    due = rule.annual_dues[version]
    today = clock.today()
    sent = report is not None and report.state == AnnualReportState.SENT
    why_not = ""
    if report is None and date(rule.year, 1, 1) > today:
        why_not = _("The year has not begun.")
    return ReportCard(
        version,
        report,
        due,
        0 if sent or over else max(0, (today - due).days),
        _next_step(report, powers, writes),
        writes and report is None and not why_not,
        why_not,
    )


def _next_step(report: AnnualReport | None, powers: Powers, writes: bool) -> str:
    """What the reader has to do, else what the report waits for."""
    if report is None:
        return (
            _("Begin the report: its figures are compiled by themselves.") if writes else _("Not begun yet.")
        )
    mine = report.province_id in powers.provinces(Role.COMMITTEE)
    return {
        AnnualReportState.DRAFT: _("Write the five sections, then submit it to the Standing Committee.")
        if writes
        else _("It is being written."),
        AnnualReportState.SUBMITTED: _("It waits for your decision: approve it, or return it with a comment.")
        if mine
        else _("It waits for the Standing Committee."),
        AnnualReportState.APPROVED: _("Send it to the Central Union, then record its number and date here.")
        if writes
        else _("Approved; it is being sent to the Central Union."),
        AnnualReportState.SENT: _("Sent. Nothing is left to do."),
    }[AnnualReportState(report.state)]
