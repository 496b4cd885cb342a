"""The year of a province at a glance (step 7): who stands where, department by department, and what becomes of its reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Dated, Department, Role, User
from accounts.powers import Powers
from accounts.text import fold
from fieldvisits.models import Officer, OfficerYear, YearRule, years_of
from fieldvisits.pages.years import gauge_of
from fieldvisits.quota import Standing
from fieldvisits.workflow import AnnualReportState

from .models import AnnualReport, Version

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
    """An officer's row."""

    year: OfficerYear
    gauge: dict[str, int | None]


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
    previous: int | None
    following: int | None
    is_wide: bool


def year_board(rule: YearRule, reader: User, chosen: str = "") -> YearBoard:
    """The year of the rule's province for ``reader``: own row, the department's or the province's; ``chosen`` is a counter's key."""
    officers = Officer.objects.of_year(rule).in_sight_of(reader, rule)
    years = years_of(rule, officers)
    wanted = dict(COUNTERS).get(chosen)
    shown = [y for y in years if wanted is None or y.pace.status in wanted]
    known = set(YearRule.objects.visible_to(reader).values_list("year", flat=True))
    return YearBoard(
        rule,
        tuple(
            Counter(key, of[0], sum(y.pace.status in of for y in years), chosen == key)
            for key, of in COUNTERS
        ),
        _grouped(rule, shown),
        len(years),
        len(shown),
        sum(y.pace.owed for y in years),
        sum(y.pace.accepted for y in years),
        _cards(rule, reader.powers),
        rule.year - 1 if rule.year - 1 in known else None,
        rule.year + 1 if rule.year + 1 in known else None,
        len(years) > 1 or any(y.officer.pk != reader.pk for y in years),
    )


def _grouped(rule: YearRule, years: list[OfficerYear]) -> tuple[Group, ...]:
    """By the department the officer belongs to at the day looked at, or belonged to last in the year."""
    day = min(max(clock.today(), rule.window_from), rule.window_to)
    departments = {d.pk: d for d in Department.objects.filter(province=rule.province_id)}

    def place(year: OfficerYear) -> Department | None:
        memberships: list[Dated] = sorted(year.officer.memberships_of_year, key=lambda m: m.valid_from)
        begun = [m for m in memberships if m.valid_from <= day] or memberships[:1]
        return departments.get(begun[-1].department_id) if begun else None

    def order(pair: tuple[Department | None, OfficerYear]) -> tuple:
        department = pair[0]
        return (department.order, fold(department.name), department.pk) if department else (32767, "", 0)

    placed = sorted(((place(y), y) for y in years), key=order)
    return tuple(
        Group(department, tuple(Line(year, gauge_of(year)) for _d, year in rows))
        for department, rows in groupby(placed, key=lambda pair: pair[0])
    )


def _cards(rule: YearRule, powers: Powers) -> tuple[ReportCard, ...]:
    """The two reports of the year, for whoever may read or begin them."""
    papers = AnnualReport.objects.visible_to(powers.user).filter(province=rule.province_id, year=rule.year)
    found = {paper.version: paper for paper in papers.select_related("province", "last_event")}
    writes = rule.province_id in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK)
    readable = rule.province_id in powers.provinces(Role.COMMITTEE, Role.EXECUTIVE) or writes
    if not (readable or found):
        return ()
    return tuple(_card(version, found.get(version), rule, powers, writes) for version in Version)


def _card(
    version: Version, report: AnnualReport | None, rule: YearRule, powers: Powers, writes: bool
) -> ReportCard:
    due = rule.cut_off if version == Version.PROVISIONAL else date(rule.year, 12, 31)
    today = clock.today()
    sent = report is not None and report.state == AnnualReportState.SENT
    why_not = ""
    if report is None and date(rule.year, 1, 1) > today:
        why_not = _("The year has not begun.")
    return ReportCard(
        version,
        report,
        due,
        0 if sent else max(0, (today - due).days),
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
