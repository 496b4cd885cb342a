"""The quarter reports as their pages show them (step 6): figures compiled from the papers, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, User

from ..models import (
    ContentGroup,
    DepartmentReport,
    Quarter,
    QuarterReport,
    Recommendation,
    Visit,
    VisitDay,
    VisitResult,
    tally,
)
from ..models.days import REPORTED
from ..models.officers import Place, places_in
from ..workflow import QUARTER_REPORT, QuarterReportState, RecommendationState, VisitState

#: The kinds of figures side by side, never mixed (domain section 3), with their words.
KINDS: tuple[tuple[str, str | Promise], ...] = (
    ("registered", gettext_lazy("registered")),
    ("approved", gettext_lazy("approved")),
    ("done", gettext_lazy("reported")),
    ("accepted", gettext_lazy("accepted")),
    ("confirmed", gettext_lazy("confirmed by the host")),
    ("adhoc", gettext_lazy("accepted, ad-hoc")),
)


@dataclass(frozen=True)
class Figure:
    """Days of one kind; ``then`` is what the report said when it was last sent or decided on, where that differs."""

    label: str | Promise
    days: int
    then: int | None = None


@dataclass(frozen=True)
class VisitRow:
    """A visit of the quarter with what was reported of it. ``readable``: whether the reader may read its result."""

    visit: Visit
    result: VisitResult | None
    readable: bool
    present: int
    counted: int
    confirmed: int
    why_not: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]

    @property
    def reported(self) -> bool:
        return self.result is not None and self.result.state in REPORTED

    @property
    def is_owed(self) -> bool:
        """Over, approved, and nothing reported yet."""
        return self.visit.state == VisitState.APPROVED and self.visit.is_over and not self.reported

    @property
    def was_given_up(self) -> bool:
        return self.visit.state in (VisitState.NOT_DONE, VisitState.CANCELLED)

    @property
    def reason(self) -> str:
        """What was said when it was closed or cancelled."""
        return self.visit.last_event.comment if self.visit.last_event else ""

    @property
    def difficulties(self) -> str:
        return self.result.difficulties if self.result and self.readable else ""

    @property
    def activity(self) -> str:
        return self.result.activity if self.result and self.readable else ""


@dataclass(frozen=True)
class OfficerSheet:
    """An officer's report: the compiled part above what the officer writes."""

    report: QuarterReport
    figures: tuple[Figure, ...]
    rows: tuple[VisitRow, ...]

    @property
    def planned(self) -> list[VisitRow]:
        return [r for r in self.rows if not r.visit.is_adhoc and not r.was_given_up]

    @property
    def adhoc(self) -> list[VisitRow]:
        return [r for r in self.rows if r.visit.is_adhoc and not r.was_given_up]

    @property
    def given_up(self) -> list[VisitRow]:
        return [r for r in self.rows if r.was_given_up]

    @property
    def owed(self) -> list[VisitRow]:
        return [r for r in self.rows if r.is_owed]

    @property
    def recommendations(self) -> list[Recommendation]:
        return [r for row in self.rows for r in row.recommendations]

    @property
    def carried_out(self) -> list[VisitRow]:
        """Those the signed form lists."""
        return [r for r in self.rows if r.reported]


def officer_sheet(report: QuarterReport, reader: User) -> OfficerSheet:
    """The officer's report as ``reader`` may read it; five queries."""
    visits = report.visits()
    return OfficerSheet(
        report, _figures(report.figures(), report), tuple(_visit_rows(visits, reader, report.quarter))
    )


def _figures(now: dict[str, int], report: QuarterReport | DepartmentReport) -> tuple[Figure, ...]:
    copy = None if report.is_editable or report.last_event is None else report.last_event.copy
    then = (copy or {}).get("figures", {})
    return tuple(
        Figure(label, now[kind], then[kind] if then.get(kind, now[kind]) != now[kind] else None)
        for kind, label in KINDS
    )


def _visit_rows(visits, reader: User, quarter: Quarter) -> Iterable[VisitRow]:
    """``visits`` with their results, their days in the quarter, and the recommendations made; three queries."""
    may_read = VisitResult.objects.visible_to(reader).filter(visit=OuterRef("pk"))
    made = (
        Recommendation.objects.visible_to(reader)
        .exclude(state=RecommendationState.NOTED)
        .select_related("unit")
        .order_by("pk")
    )
    found = (
        visits.select_related("unit", "officer", "result", "adhoc", "last_event")
        .defer("last_event__copy")
        .annotate(readable=Exists(may_read))
        .prefetch_related(
            Prefetch(
                "days", VisitDay.objects.filter(date__range=(quarter.starts, quarter.ends)).order_by("date")
            ),
            Prefetch("result__recommendations", made, to_attr="raised"),
        )
    )
    for visit in found:
        if visit.quarter_id == quarter.pk:
            visit.quarter = quarter
        result = getattr(visit, "result", None)
        if result is not None:
            result.visit = visit
        days = list(visit.days.all()) if result is not None and result.state in REPORTED else []
        yield VisitRow(
            visit,
            result,
            visit.readable,
            sum(day.present for day in days),
            sum(day.counted for day in days),
            sum(day.confirmed is True for day in days),
            tuple(dict.fromkeys(str(d.get_not_counted_display()) for d in days if d.not_counted)),
            tuple(getattr(result, "raised", ())),
        )


# --- The department ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfficerLine:
    """One officer in the department's report: days by kind, visits approved, carried out and given up, late papers."""

    officer: User
    excused: str
    days: dict[str, int]
    approved: int
    carried_out: int
    given_up: int
    adhoc: int
    late: int
    report: QuarterReport | None


@dataclass(frozen=True)
class GroupLine:
    """One content group: days by kind and visits carried out."""

    label: str | Promise
    days: dict[str, int]
    visits: int


@dataclass(frozen=True)
class DepartmentSheet:
    """A department's report: the compiled part, and what its officers say to read beside it.

    ``missing`` are officers who owe a report that is not accepted.
    """

    report: DepartmentReport
    name: str
    figures: tuple[Figure, ...]
    officers: tuple[OfficerLine, ...]
    groups: tuple[GroupLine, ...]
    rows: tuple[VisitRow, ...]
    said: tuple[QuarterReport, ...]

    @property
    def given_up(self) -> list[VisitRow]:
        return [r for r in self.rows if r.was_given_up]

    @property
    def adhoc(self) -> list[VisitRow]:
        return [r for r in self.rows if r.visit.is_adhoc and not r.was_given_up]

    @property
    def recommendations(self) -> list[Recommendation]:
        return [r for row in self.rows for r in row.recommendations]

    @property
    def late(self) -> list[VisitRow]:
        return [r for r in self.rows if r.result is not None and r.result.late]

    @property
    def owed(self) -> list[VisitRow]:
        return [r for r in self.rows if r.is_owed]

    @property
    def totals(self) -> dict[str, int]:
        names = ("approved", "carried_out", "given_up", "adhoc", "late")
        return {name: sum(getattr(line, name) for line in self.officers) for name in names}

    @property
    def days(self) -> dict[str, int]:
        return {kind: sum(line.days[kind] for line in self.officers) for kind, _label in KINDS}

    @property
    def missing(self) -> list[OfficerLine]:
        return [
            line
            for line in self.officers
            if not line.excused and (line.report is None or line.report.state != QuarterReportState.ACCEPTED)
        ]


def department_sheet(report: DepartmentReport, reader: User) -> DepartmentSheet:
    """The department's report as ``reader`` may read it; eight queries, whatever the number of officers and visits.

    Days belong to the department its officer served on the date, as in the year; visits and papers to the one they were sent in.
    """
    quarter, department = report.quarter, report.department
    visits = Visit.objects.touching(quarter).decided().filter(department=department)
    rows = tuple(_visit_rows(visits.in_order(), reader, quarter))
    window = (quarter.starts, quarter.ends)
    here = {"served": department.pk, "officer__province": quarter.province_id}
    by_officer = tally(window, "officer", **here)
    by_group = tally(window, "visit__group", **here)
    visible = QuarterReport.objects.visible_to(reader).filter(pk=OuterRef("pk"))
    papers = QuarterReport.objects.filter(quarter=quarter, department=department).select_related("officer")
    reports = {r.officer_id: r for r in papers.annotate(readable=Exists(visible)).by_name()}
    # whoever came or left, and has visits, a report or days here, stays in the table, or it would not add up
    places = {p.officer.pk: p for p in report.places()}
    people = {pk: p.officer for pk, p in places.items()}
    people |= {row.visit.officer_id: row.visit.officer for row in rows if row.visit.officer_id not in people}
    people |= {pk: r.officer for pk, r in reports.items() if pk not in people}
    others = [pk for (pk,), days in by_officer.items() if pk not in people and any(days.values())]
    people |= User.objects.in_bulk(others) if others else {}
    lines = tuple(
        _officer_line(person, places.get(pk), by_officer, rows, reports)
        for pk, person in sorted(people.items(), key=lambda item: (item[1].sort_name, item[0]))
    )
    groups = tuple(
        GroupLine(
            group.label,
            by_group[(group.value,)],
            sum(1 for r in rows if r.visit.group == group and r.reported),
        )
        for group in ContentGroup
        if (group.value,) in by_group
    )
    figures = {kind: sum(line.days[kind] for line in lines) for kind, _label in KINDS}
    for paper in reports.values():
        paper.quarter, paper.department = quarter, department
    said = tuple(r for r in reports.values() if r.readable and r.state != QuarterReportState.DRAFT)
    name = department.name_on(quarter.starts)
    return DepartmentSheet(report, name, _figures(figures, report), lines, groups, rows, said)


def _officer_line(
    person: User,
    place: Place | None,
    days: dict[tuple, dict[str, int]],
    rows: tuple[VisitRow, ...],
    reports: dict[int, QuarterReport],
) -> OfficerLine:
    mine = [row for row in rows if row.visit.officer_id == person.pk]
    report = reports.get(person.pk)
    return OfficerLine(
        person,
        place.excused if place else "",
        days.get((person.pk,)) or dict.fromkeys((kind for kind, _label in KINDS), 0),
        sum(1 for r in mine if not r.visit.is_adhoc),
        sum(1 for r in mine if r.reported),
        sum(1 for r in mine if r.was_given_up),
        sum(1 for r in mine if r.visit.is_adhoc and not r.was_given_up),
        sum(1 for r in mine if r.result is not None and r.result.late)
        + (1 if report is not None and report.late else 0),
        report,
    )


# --- The list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportRow:
    """An officer and the report owed: ``late`` in whole days after the due date while nothing has been sent."""

    officer: User
    excused: str
    report: QuarterReport | None
    readable: bool
    may_accept: bool
    late: int


@dataclass(frozen=True)
class DepartmentRows:
    """A department's officers, and its own report as far as the reader may know of it.

    ``url`` leads to the report, or to where a leader begins it; ``late`` as of its officers.
    """

    department: Department
    report: DepartmentReport | None
    url: str
    leads: bool
    late: int
    rows: tuple[ReportRow, ...]

    @property
    def sent(self) -> int:
        return sum(1 for r in self.rows if r.report is not None and r.report.submitted_on)

    @property
    def accepted(self) -> int:
        return sum(1 for r in self.rows if r.report and r.report.state == QuarterReportState.ACCEPTED)

    @property
    def owing(self) -> int:
        return sum(1 for r in self.rows if not r.excused)


@dataclass(frozen=True)
class ReportList:
    """The reports of a quarter as one person may know of them; ``mine`` is the reader's own."""

    quarter: Quarter
    mine: ReportRow | None
    departments: tuple[DepartmentRows, ...]

    @property
    def to_accept(self) -> int:
        return sum(1 for d in self.departments for r in d.rows if r.may_accept)


def report_list(quarter: Quarter, reader: User) -> ReportList:
    """Whose report stands where: the departments one leads, every department for the desks and the Standing Committee, accepted
    ones for executive members. That a draft exists is known, its text is not. Four queries."""
    powers, province = reader.powers, quarter.province_id
    led = powers.departments(Role.HEAD, Role.DEPUTY)
    wide = province in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
    executive = province in powers.provinces(Role.EXECUTIVE)
    visible = QuarterReport.objects.visible_to(reader).filter(pk=OuterRef("pk"))
    reports = {
        r.officer_id: r
        for r in QuarterReport.objects.filter(quarter=quarter)
        .select_related("officer", "department", "last_event")
        .defer("last_event__copy")
        .annotate(readable=Exists(visible))
    }
    seen = DepartmentReport.objects.visible_to(reader).filter(pk=OuterRef("pk"))
    papers = {
        d.department_id: d
        for d in DepartmentReport.objects.filter(quarter=quarter)
        .select_related("department", "last_event")
        .defer("last_event__copy")
        .annotate(readable=Exists(seen))
    }
    late = max(0, (clock.today() - quarter.report_due).days) if quarter.is_late(quarter.report_due) else 0
    found: dict[int, tuple[Department, list[ReportRow]]] = {}
    mine = None
    for officer, department, excused, report in _everybody(quarter, reports):
        if report is not None:
            report.quarter = quarter
        row = ReportRow(
            officer,
            excused,
            report,
            report is not None and report.readable,
            report is not None and _may_accept(report, reader),
            0 if excused or (report is not None and report.submitted_on) else late,
        )
        if officer.pk == reader.pk:
            mine = row
        if wide or department.pk in led or (executive and row.readable and officer.pk != reader.pk):
            found.setdefault(department.pk, (department, []))[1].append(row)
    for pk, paper in papers.items():
        if pk not in found and paper.readable:
            found[pk] = (paper.department, [])
    shown = []
    for pk, (department, rows) in found.items():
        paper, leads = papers.get(pk), pk in led
        known = paper if paper is not None and (paper.readable or wide) else None
        if known is not None:
            known.quarter = quarter
        opens = reverse("department-report-open", args=[quarter.year, quarter.number, pk]) if leads else ""
        url = paper.get_absolute_url() if paper is not None and paper.readable else opens
        unsent = paper is None or paper.sent_on is None
        shown.append(
            DepartmentRows(department, known, url, leads, late if unsent and rows else 0, tuple(rows))
        )
    shown.sort(key=lambda d: (d.department.order, d.department.name))
    return ReportList(quarter, mine, tuple(shown))


def _everybody(
    quarter: Quarter, reports: dict[int, QuarterReport]
) -> Iterable[tuple[User, Department, str, QuarterReport | None]]:
    """Whoever owes a report or has one, by given name."""
    people = [
        (p.officer, reports[p.officer.pk].department if p.officer.pk in reports else p.department, p.excused)
        for p in places_in(quarter)
    ]
    there = {officer.pk for officer, _d, _e in people}
    people += [(r.officer, r.department, "") for pk, r in reports.items() if pk not in there]
    for officer, department, excused in sorted(people, key=lambda p: (p[0].sort_name, p[0].pk)):
        yield officer, department, excused, reports.get(officer.pk)


def _may_accept(report: QuarterReport, reader: User) -> bool:
    return any(
        t.verb == "accept" and t.stands_for(report) and t.capacity(reader.powers, report) is not None
        for t in QUARTER_REPORT.leaving(report.state)
    )
