"""Papers against their time: every step by department."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department

from ..base import Column, Report, link_to, percent
from ..timeliness import FILED_STEPS, STEPS, Punctuality, Timeliness

STEP_ORDER = {step: number for number, step in enumerate(STEPS)}

#: All steps in which a department hands in a paper, as one choice: what its late papers are counted from.
FILED = "filed"
#: Reports that list what is late or missing in a step, and their status.
BEHIND = {
    ("results", "late"): ("visits", "late"),
    ("results", "missing"): ("visits", "overdue"),
    ("answers", "missing"): ("visits", "unanswered"),
    ("consents", "late"): ("adhoc", "late"),
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
    choices: ClassVar = {"step": [*STEPS.items(), (FILED, gettext_lazy("Papers"))]}

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
        steps = FILED_STEPS if asked.step == FILED else [asked.step] if asked.step else STEPS
        found = Timeliness(asked.reader, asked.rule, asked.window, asked.quarter).by_department()
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
            Column("due", _("Due by today"), lambda r: r.papers.due, "number", 9, total=True),
            Column(
                "in_time", _("In time"), lambda r: r.papers.in_time, "number", 10, total=True, is_key=True
            ),
            Column(
                "late",
                _("Late"),
                lambda r: r.papers.late,
                "number",
                9,
                total=True,
                url=lambda r: self._behind(r, "late") if r.papers.late else None,
                is_key=True,
            ),
            Column(
                "missing",
                _("Missing"),
                lambda r: r.papers.missing,
                "number",
                9,
                total=True,
                url=lambda r: self._behind(r, "missing") if r.papers.missing else None,
                is_key=True,
            ),
            Column(
                "share", _("In time, %"), lambda r: percent(r.papers.in_time, r.papers.due), "percent", 10
            ),
            Column("delay", _("Mean days late"), lambda r: r.papers.mean_delay, "decimal", 10),
        ]

    def _behind(self, row: StepRow, what: str) -> str | None:
        """The visits behind a number, where it is one of visits."""
        if (row.step, what) not in BEHIND:
            return None
        slug, status = BEHIND[row.step, what]
        return link_to(slug, self.asked, status=status, department=row.department)

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
