"""Papers against their time: every step by department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import CharField, Value
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, User
from fieldvisits.models import (
    DepartmentPlan,
    DepartmentReport,
    OfficerPlan,
    QuarterReport,
    Visit,
    VisitResult,
)

from ..base import Column, Report, Status, link_to, percent
from ..timeliness import FILED_STEPS, STEPS, DuePaper, Punctuality, Timeliness

STEP_ORDER = {step: number for number, step in enumerate(STEPS)}


#: Beside the names of pages: visits one may know of.
KNOWN = "known"
#: What the page of a paper shows (``timeliness.DuePaper.at``).
PAPERS: dict[str, Any] = {
    "plan-detail": OfficerPlan,
    "department-plan-detail": DepartmentPlan,
    "quarter-report-detail": QuarterReport,
    "department-report-detail": DepartmentReport,
    "result-detail": VisitResult,
    "visit-detail": Visit,
}


@dataclass(frozen=True)
class StepRow:
    """A step of a department's papers."""

    department: Department
    step: str
    papers: Punctuality


class TimelinessReport(Report):
    """What came in time, late or not at all, step by step and department by department."""

    slug = "timeliness"
    title = gettext_lazy("Timeliness of every step")
    about = gettext_lazy("What came in time, what late, and what is missing although its time is over.")
    icon = "alarm"
    filters = ("quarter", "department", "step", "status")
    statuses = (
        ("late", gettext_lazy("something late")),
        ("missing", gettext_lazy("something missing")),
        ("in_time", gettext_lazy("all in time")),
    )
    choices: ClassVar = {"step": list(STEPS.items())}

    def rows(self) -> list[StepRow]:
        return [row for row in self._all if self._matches(row.papers)]

    def _matches(self, papers: Punctuality) -> bool:
        match self.asked.status:
            case "late":
                return papers.late > 0
            case "missing":
                return papers.missing > 0
            case "in_time":
                return not papers.late and not papers.missing
        return True

    @cached_property
    def _all(self) -> list[StepRow]:
        asked = self.asked
        steps = (asked.step,) if asked.step else tuple(STEPS)
        found = Timeliness(asked.reader, asked.rule, asked.window, asked.quarter, steps).by_department()
        departments = Department.objects.filter(province=asked.rule.province_id).order_by(
            "order", "name", "pk"
        )
        if asked.department:
            departments = departments.filter(pk=asked.department.pk)
        return [
            StepRow(department, step, found[department.pk, step])
            for department in departments
            for step in steps
            if (department.pk, step) in found and found[department.pk, step].due
        ]

    def columns(self) -> Sequence[Column]:
        return [
            Column("department", _("Department"), lambda r: r.department.name, width=28, is_heading=True),
            Column(
                "step",
                _("Step"),
                lambda r: STEPS[r.step],
                width=44,
                sort_by=lambda r: STEP_ORDER[r.step],
                is_key=True,
            ),
            *(
                Column(
                    name,
                    title,
                    lambda r, name=name: getattr(r.papers, name),
                    "number",
                    10,
                    total=True,
                    url=lambda r, name=name: self._behind(r, name),
                    is_key=name != "due",
                )
                for name, title in (
                    ("due", _("Due by today")),
                    ("in_time", _("In time")),
                    ("late", _("Late")),
                    ("missing", _("Missing")),
                )
            ),
            Column(
                "share", _("In time, %"), lambda r: percent(r.papers.in_time, r.papers.due), "percent", 10
            ),
            Column("delay", _("Mean days late"), lambda r: r.papers.mean_delay, "decimal", 10),
        ]

    def _behind(self, row: StepRow, what: str) -> str | None:
        """The papers behind a number."""
        if not getattr(row.papers, what):
            return None
        status = "" if what == "due" else what
        return link_to("papers", self.asked, status=status, department=row.department, step=row.step)

    def totals(self) -> dict:
        found = super().totals()
        if found:
            found["share"] = percent(found["in_time"], found["due"])
        return found

    def notes(self) -> Iterable[str]:
        yield _("Due by today is what has come or should have come; nobody is late in a suspended quarter.")
        yield _(
            "Step 3 goes by the day on which the record of the decision was closed; supplements have no due date of their own."
        )
        yield _(
            "Step 5 asks for an answer of the unit on a day before the visit; ad-hoc visits leave no time for it."
        )


STATUSES = {
    "late": Status(gettext_lazy("Late"), "waiting", "clock-history"),
    "missing": Status(gettext_lazy("Missing"), "refused", "exclamation-circle"),
    "in_time": Status(gettext_lazy("In time"), "approved", "check-circle"),
}


@dataclass(frozen=True)
class PaperRow:
    """A paper with the names that stand for its keys; ``url`` where the reader may open it.

    Of a visit the reader may not know of before it is approved, only the department and what became of the paper is told.
    """

    paper: DuePaper
    department: Department
    officer: User | None
    is_known: bool
    url: str | None

    @property
    def due(self) -> date | None:
        return self.paper.due if self.is_known else None

    @property
    def about(self) -> str:
        """The quarter; for a visit the unit and the day on which it begins."""
        paper = self.paper
        if not self.is_known:
            return _("a visit not approved yet")
        if paper.starts:
            return ", ".join(filter(None, [paper.unit, f"{paper.starts:%d/%m/%Y}"]))
        return str(paper.quarter)

    @property
    def place(self) -> tuple:
        """Where it stands in the usual order, which is the same every time."""
        paper = self.paper
        name = self.officer.sort_name if self.officer else ""
        return (
            paper.due,
            STEP_ORDER[paper.step],
            self.department.order,
            self.department.pk,
            name,
            paper.at or ("", 0),
            paper.officer or 0,
        )


class PaperReport(Report):
    """The papers of a step, one by one: what every number of the timeliness leads to."""

    slug = "papers"
    title = gettext_lazy("Papers, one by one")
    about = gettext_lazy("Whose papers came in time, whose late, and whose are missing.")
    icon = "files"
    filters = ("quarter", "department", "step", "status")
    statuses = tuple((name, status.label) for name, status in STATUSES.items())
    choices: ClassVar = {"step": list(STEPS.items())}
    empties: ClassVar = {"step": gettext_lazy("plans, results and reports")}

    def rows(self) -> list[PaperRow]:
        """By the day on which they were due. Without a step chosen those that officers and departments hand in."""
        asked = self.asked
        steps = (asked.step,) if asked.step else FILED_STEPS
        department = asked.department and asked.department.pk
        found = [
            paper
            for paper in Timeliness(asked.reader, asked.rule, asked.window, asked.quarter, steps).papers
            if asked.status in (None, paper.status) and department in (None, paper.department)
        ]
        departments = {one.pk: one for one in asked.rule.province.departments.all()}
        officers = User.objects.in_bulk({paper.officer for paper in found if paper.officer})
        opened, known = self._readable(found)
        rows = []
        for paper in found:
            is_known = paper.visit is None or paper.visit in known
            officer = officers.get(paper.officer) if is_known else None
            url = reverse(paper.at[0], args=[paper.at[1]]) if paper.at in opened else None
            rows.append(PaperRow(paper, departments[paper.department], officer, is_known, url))
        return sorted(rows, key=lambda row: row.place)

    def _readable(self, papers: Iterable[DuePaper]) -> tuple[set[tuple[str, int]], set[int]]:
        """Which of their pages the reader may open, and of which visits they may know; one query."""
        reader, pages, visits = self.asked.reader, defaultdict(set), set()
        for paper in papers:
            if paper.at:
                pages[paper.at[0]].add(paper.at[1])
            if paper.visit:
                visits.add(paper.visit)
        asked = {page: (PAPERS[page].objects.visible_to(reader), keys) for page, keys in pages.items()}
        if visits:
            asked[KNOWN] = (Visit.objects.known_to(reader), visits)
        found = [
            rows.filter(pk__in=keys)
            .order_by()
            .annotate(page=Value(page, CharField()))
            .values_list("page", "pk")
            for page, (rows, keys) in asked.items()
        ]
        readable = set(found[0].union(*found[1:], all=True)) if found else set()
        return readable, {pk for page, pk in readable if page == KNOWN}

    def columns(self) -> Sequence[Column]:
        return [
            Column("due", _("Due on"), lambda r: r.due, "date", 12, is_heading=True),
            Column(
                "step",
                _("Step"),
                lambda r: STEPS[r.paper.step],
                width=36,
                sort_by=lambda r: STEP_ORDER[r.paper.step],
            ),
            Column("department", _("Department"), lambda r: r.department.name, width=26),
            Column(
                "officer",
                _("Officer"),
                lambda r: r.officer and r.officer.full_name,
                width=24,
                sort_by=lambda r: r.officer and r.officer.sort_name,
                is_key=True,
            ),
            Column("about", _("About"), lambda r: r.about, width=36, url=lambda r: r.url, is_key=True),
            Column("came", _("Came on"), lambda r: r.paper.came, "date", 12, is_key=True),
            Column(
                "status",
                _("Status"),
                lambda r: str(STATUSES[r.paper.status].label),
                width=12,
                state=lambda r: STATUSES[r.paper.status],
                is_key=True,
            ),
            Column("delay", _("Days late"), lambda r: r.paper.delay, "number", 10),
        ]
