"""Step 7 for one officer: how the number of the year is made, day by day, and the annual sheet for the yearly evaluation.

Both read everything in a constant number of queries and answer with frozen dataclasses; the number itself is ``years_of``'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts import clock
from accounts.models import Department, User

from ..models import (
    NotCounted,
    Officer,
    OfficerYear,
    QuarterReport,
    Recommendation,
    Variance,
    Visit,
    VisitDay,
    YearRule,
    tally,
    years_of,
)
from ..models.days import REGISTERED
from ..models.regime import ROMAN
from ..workflow import QuarterReportState, RecommendationState, ResultState, VisitState

#: The kinds of days side by side, never mixed (domain section 3), with what each means.
KINDS = (
    (
        "registered",
        gettext_lazy("Registered"),
        gettext_lazy("sent to the department, whatever was decided on them afterwards"),
    ),
    (
        "approved",
        gettext_lazy("Approved"),
        gettext_lazy("approved or consented to by the Standing Committee, carried out or not"),
    ),
    ("done", gettext_lazy("Reported"), gettext_lazy("ticked in a reported result")),
    ("accepted", gettext_lazy("Accepted"), gettext_lazy("the result is accepted: these days count")),
    ("confirmed", gettext_lazy("Confirmed"), gettext_lazy("the host unit confirmed the presence, too")),
)


# --- The year, day by day -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayRow:
    """A day of the year with a visit; ``why`` says why it does not count, empty when it does. ``tone`` is the calendar's."""

    day: VisitDay
    visit: Visit
    counts: bool
    why: str
    tone: str

    @property
    def date(self) -> date:
        return self.day.date

    @property
    def is_open(self) -> bool:
        """Whether it may still count: its visit lies ahead, or its result has not been accepted yet."""
        return self.tone in ("planned", "approved", "done")

    @property
    def label(self) -> str:
        """For the calendar's cell: date, unit, what it is."""
        what = self.why
        if self.counts:
            what = _("counts, confirmed by the host unit") if self.day.confirmed else _("counts")
        return f"{self.date:%d/%m/%Y} · {self.visit.unit or '…'} · {what}"


@dataclass(frozen=True)
class QuarterDays:
    """The days of a quarter; ``counted`` of the quarters add up to the number of the year."""

    number: int
    rows: tuple[DayRow, ...]

    @property
    def roman(self) -> str:
        return ROMAN[self.number - 1]

    @property
    def counted(self) -> int:
        return sum(row.counts for row in self.rows)

    @property
    def not_counted(self) -> int:
        return len(self.rows) - self.counted


@dataclass(frozen=True)
class Cell:
    """A day of the small calendar; ``day`` is None where the month has no such day."""

    day: date | None
    row: DayRow | None = None
    is_off: bool = False
    is_today: bool = False


@dataclass(frozen=True)
class YearPage:
    """How the number of an officer's year is made."""

    rule: YearRule
    year: OfficerYear
    quarters: tuple[QuarterDays, ...]
    months: tuple[tuple[date, tuple[Cell, ...]], ...]
    departments: tuple[Department, ...]

    @property
    def kinds(self) -> list[tuple[str, str, int]]:
        return [(str(name), str(what), self.year.figures[kind]) for kind, name, what in KINDS]

    @property
    def counted(self) -> int:
        """What the table adds up to; the same as accepted."""
        return sum(quarter.counted for quarter in self.quarters)

    @property
    def days_shown(self) -> int:
        return sum(len(quarter.rows) for quarter in self.quarters)

    @property
    def gauge(self) -> dict[str, int | None]:
        return gauge_of(self.year)


def gauge_of(year: OfficerYear) -> dict[str, int | None]:
    """What ``includes/_gauge.html`` draws; the bar grows when the days pass what is owed."""
    pace = year.pace
    done = year.figures["submitted"]
    return {
        "accepted": pace.accepted,
        "done": done,
        "planned": pace.ahead,
        "target": pace.owed,
        "expected": pace.expected if pace.owed else None,
        "scale": max(pace.owed, pace.projection + done, 1),
    }


def year_of(officer: User, rule: YearRule, reader: User) -> YearPage:
    """The officer's year as ``reader`` may see it: the counted days, and those of visits the reader may know of."""
    year = years_of(rule, Officer.objects.filter(pk=officer.pk))[0]
    known = Visit.objects.known_to(reader).filter(officer=officer.pk)
    days = (
        VisitDay.objects.filter(officer=officer.pk, date__year=rule.year)
        .filter(Q(visit__in=known) | Q(counted=True))
        .select_related("visit__unit", "visit__result", "visit__plan", "visit__adhoc", "visit__quarter")
        .order_by("date", "-counted", "visit__starts", "pk")
    )
    counting = {day.date: day.pk for day in days if day.counted}
    rows = [_row(day, _why_never(day, rule, year.officer, counting), rule) for day in days]
    quarters = tuple(
        QuarterDays(number, tuple(r for r in rows if (r.date.month + 2) // 3 == number))
        for number in range(1, 5)
    )
    return YearPage(rule, year, quarters, _months(rule, rows), _served(officer, rule))


def _served(officer: User, rule: YearRule) -> tuple[Department, ...]:
    """The departments the officer belonged to in the year, in order."""
    memberships = (
        officer.memberships.between(*rule.window).select_related("department").order_by("valid_from")
    )
    return tuple({m.department_id: m.department for m in memberships}.values())


def _row(day: VisitDay, never: str, rule: YearRule) -> DayRow:
    counts = day.counted and day.countable and rule.window_from <= day.date <= rule.window_to
    why = "" if counts else _why_not_counted(day, never)
    tone = ("confirmed" if day.confirmed else "accepted") if counts else _tone(day, never)
    return DayRow(day, day.visit, counts, why, tone)


def _why_never(day: VisitDay, rule: YearRule, officer: Officer, counting: Mapping[date, int]) -> str:
    """Why a day cannot count, for people, whatever becomes of its visit, as ``recount`` would find; ``counting`` says which day
    counts on each date. Empty for one that counts or may do so, and where the fate of its visit says more."""
    if not rule.window_from <= day.date <= rule.window_to:
        return _("outside the counting period")
    if not day.countable:
        return _("weekends or public holidays do not count")
    if not day.visit.is_standing:
        return ""
    reliefs = officer.exemptions_of_year
    if any(relief.is_full and relief.holds_on(day.date) for relief in reliefs):
        return str(NotCounted.EXEMPT.label)
    if counting.get(day.date, day.pk) != day.pk:
        return str(NotCounted.TWICE.label)
    return ""


def _why_not_counted(day: VisitDay, never: str) -> str:
    """Why a day does not count (yet), for people: what was recorded when its result was accepted, else why it never will
    (``_why_never``), else what it waits for."""
    visit = day.visit
    if day.not_counted:
        return day.get_not_counted_display()
    if never:
        return never
    if visit.state == VisitState.NOT_DONE and visit.variance:
        return f"{visit.get_state_display()}: {visit.get_variance_display()}"
    if visit.state == VisitState.PLANNED:
        registered = visit.is_adhoc or visit.plan.state in REGISTERED
        return _("the visit is not approved yet") if registered else _("the visit is not registered yet")
    if visit.state != VisitState.APPROVED:
        return visit.get_state_display()
    if day.date > clock.today():
        return _("still to come")
    return _why_result(day)


def _why_result(day: VisitDay) -> str:
    result = getattr(day.visit, "result", None)
    if result is None:
        return _("no result yet")
    if result.state == ResultState.ACCEPTED or (not day.present and result.state == ResultState.SUBMITTED):
        return _("not there on that day, says the result")
    return {
        ResultState.DRAFT: _("the result is being written"),
        ResultState.SUBMITTED: _("the result is not accepted yet"),
        ResultState.RETURNED: _("the result was returned for completion"),
    }[ResultState(result.state)]


def _tone(day: VisitDay, never: str) -> str:
    visit, result = day.visit, getattr(day.visit, "result", None)
    if never:
        return "refused"
    if visit.state == VisitState.PLANNED:
        return "planned"
    if visit.state != VisitState.APPROVED or day.not_counted:
        return "refused"
    if result is not None and result.state == ResultState.SUBMITTED and day.present:
        return "done"
    return "refused" if result is not None and result.state == ResultState.ACCEPTED else "approved"


def _months(rule: YearRule, rows: list[DayRow]) -> tuple[tuple[date, tuple[Cell, ...]], ...]:
    """Twelve months of 31 cells. Where two visits share a date, the one that counts is shown."""
    by_day: dict[date, DayRow] = {}
    for row in rows:
        if row.date not in by_day or row.counts:
            by_day[row.date] = row
    months = []
    for month in range(1, 13):
        first = date(rule.year, month, 1)
        following = date(rule.year + month // 12, month % 12 + 1, 1)
        cells = []
        for n in range(1, 32):
            if n > (following - first).days:
                cells.append(Cell(None))
                continue
            day = date(rule.year, month, n)
            off = day.weekday() >= 5 or not rule.window_from <= day <= rule.window_to
            cells.append(Cell(day, by_day.get(day), off, day == clock.today()))
        months.append((first, tuple(cells)))
    return tuple(months)


# --- The annual sheet -------------------------------------------------------------------------------------------------------


#: The kinds of days on the sheet.
SHEET_KINDS = ("registered", "approved", "accepted", "adhoc")


@dataclass(frozen=True)
class SheetVisit:
    """A visit on the sheet, with its accepted days in the time with the department served."""

    visit: Visit
    accepted: int

    @property
    def is_carried_out(self) -> bool:
        return self.visit.state == VisitState.APPROVED


@dataclass(frozen=True)
class SheetQuarter:
    """A quarter on the sheet: days of the kinds, the visits of the plan, the officer's own assessment."""

    number: int
    figures: dict[str, int]
    visits: tuple[SheetVisit, ...]
    assessment: str

    @property
    def roman(self) -> str:
        return ROMAN[self.number - 1]

    @property
    def is_told(self) -> bool:
        """Whether it has visits, or the officer said something of it: each stands under its own quarter."""
        return bool(self.visits or self.assessment)


@dataclass(frozen=True)
class Sheet:
    """The annual sheet of an officer for one department served, from ``first`` to ``last`` (inclusive)."""

    officer: User
    department: Department
    name: str
    first: date
    last: date
    year: OfficerYear
    quarters: tuple[SheetQuarter, ...]
    adhoc: tuple[SheetVisit, ...]
    not_done: tuple[tuple[SheetVisit, str], ...]
    recommendations: tuple[Recommendation, ...]
    is_only: bool

    @property
    def days(self) -> int:
        """Accepted days in the time with this department."""
        return self.totals["accepted"]

    @property
    def totals(self) -> dict[str, int]:
        return {kind: sum(quarter.figures[kind] for quarter in self.quarters) for kind in SHEET_KINDS}

    @property
    def result(self) -> str:
        """How the year stands, as papers say it: "38/60 ngày (63 %) – Có nguy cơ"."""
        pace = self.year.pace
        if self.year.target.is_exempt:
            return f"{pace.accepted} ngày – {pace.status.label}, không phải đi ngày nào"
        return f"{pace.accepted}/{pace.owed} ngày ({pace.percent} %) – {pace.status.label}"

    @property
    def has_planned(self) -> bool:
        """Whether there is anything to say of planned visits, quarter by quarter."""
        return any(quarter.is_told for quarter in self.quarters)


def sheets_of(officer: User, rule: YearRule, reader: User) -> list[Sheet]:
    """One sheet for each department the officer served in the year, by the days of membership; in Vietnamese as all papers.

    Days and visits belong to the department of the date; a visit across a transfer stands on both sheets with the days of each.
    """
    with override("vi"):
        return _Sheets(officer, rule, reader).sheets()


class _Sheets:
    """What all sheets of an officer's year are made of, read once."""

    def __init__(self, officer: User, rule: YearRule, reader: User) -> None:
        self.officer, self.rule = officer, rule
        self.memberships = list(
            officer.memberships.between(*rule.window)
            .select_related("department")
            .prefetch_related("department__former_names")
            .order_by("valid_from", "pk")
        )
        self.year = years_of(rule, Officer.objects.filter(pk=officer.pk))[0]
        self.accepted: dict[tuple[int, int, int], int] = defaultdict(int)
        #: the dates of each kind, by department served and quarter
        self.dates: dict[tuple[int, int, str], set[date]] = defaultdict(set)
        by_date = tally(rule.window, "served", "date__quarter", "visit", "date", officer=officer.pk)
        for (served, quarter, visit, day), figures in by_date.items():
            self.accepted[served, quarter, visit] += figures["accepted"]
            for kind in SHEET_KINDS:
                if figures[kind]:
                    self.dates[served, quarter, kind].add(day)
        found = {visit for _served, _quarter, visit in self.accepted}
        visits = Visit.objects.decided().filter(pk__in=found)
        known = visits.filter(pk__in=Visit.objects.known_to(reader).values("pk"))
        known = known.select_related("unit", "quarter", "last_event").prefetch_related("changes")
        self.visits = {visit.pk: visit for visit in known.in_order()}
        self.reports = {
            (report.department_id, report.quarter.number): report
            for report in QuarterReport.objects.visible_to(reader)
            .filter(officer=officer.pk, quarter__year=rule.year)
            .filter(state__in=(QuarterReportState.SUBMITTED, QuarterReportState.ACCEPTED))
            .select_related("quarter")
        }
        self.recommendations = list(
            Recommendation.objects.visible_to(reader)
            .filter(result__visit__in=list(self.visits))
            .exclude(state=RecommendationState.NOTED)
            .select_related("result__visit", "unit")
            .order_by("pk")
        )

    def sheets(self) -> list[Sheet]:
        departments = list({m.department_id: m.department for m in self.memberships}.values())
        return [self._sheet(department, len(departments) == 1) for department in departments]

    def _sheet(self, department: Department, is_only: bool) -> Sheet:
        spans = [m for m in self.memberships if m.department_id == department.pk]
        first = max(spans[0].valid_from, self.rule.window_from)
        last = min(spans[-1].valid_to or self.rule.window_to, self.rule.window_to)
        mine = [
            (quarter, SheetVisit(self.visits[visit], accepted))
            for (served, quarter, visit), accepted in self.accepted.items()
            if served == department.pk and visit in self.visits
        ]
        mine.sort(key=lambda pair: (pair[1].visit.starts, pair[1].visit.pk, pair[0]))
        of_visits = {entry.visit.pk for _quarter, entry in mine}
        return Sheet(
            self.officer,
            department,
            department.name_on(last),
            first,
            last,
            self.year,
            tuple(self._quarter(department, number, mine) for number in range(1, 5)),
            tuple(_merged(e for _q, e in mine if e.visit.is_adhoc and e.is_carried_out)),
            tuple((e, _reason(e.visit)) for e in _merged(e for _q, e in mine if not e.is_carried_out)),
            tuple(r for r in self.recommendations if r.result.visit_id in of_visits),
            is_only,
        )

    def _quarter(
        self, department: Department, number: int, mine: list[tuple[int, SheetVisit]]
    ) -> SheetQuarter:
        report = self.reports.get((department.pk, number))
        planned = (
            e for quarter, e in mine if quarter == number and e.is_carried_out and not e.visit.is_adhoc
        )
        return SheetQuarter(
            number,
            {kind: len(self.dates[department.pk, number, kind]) for kind in SHEET_KINDS},
            tuple(planned),
            report.self_assessment if report else "",
        )


def _merged(entries: Iterable[SheetVisit]) -> list[SheetVisit]:
    """Visits that reach into a second quarter once, with the days of both."""
    found: dict[int, SheetVisit] = {}
    for entry in entries:
        before = found.get(entry.visit.pk)
        if before:
            entry = SheetVisit(entry.visit, before.accepted + entry.accepted)
        found[entry.visit.pk] = entry
    return list(found.values())


def _reason(visit: Visit) -> str:
    """Why a visit was not carried out: the reason chosen or asked for, and what was written about it."""
    parts = [str(Variance(visit.variance).label)] if visit.variance else []
    cancelled = [c.reason for c in visit.changes.all() if c.kind == "cancel" and c.state == "granted"]
    written = cancelled[-1] if cancelled else visit.last_event.comment if visit.last_event else ""
    return ": ".join([*parts, *([written] if written else [])]) or visit.get_state_display()
