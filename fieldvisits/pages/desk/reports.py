"""Step 6: results and reports to accept, to write, to check, to take note of; recommendations to follow up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from ...models import Quarter
from ...models.visits import dates_text
from ...workflow import DepartmentPlanState, DepartmentReportState, QuarterReportState
from ..gathering import Found
from .rows import Rows, quarter_page
from .tasks import Task

#: For how long after a quarter (days) a report that nobody has begun is still asked for; then the year says that it is missing.
ASKED_FOR = 120


class ReportTasks(Rows):
    """What waits after the visits."""

    def _papers(self) -> Iterator[tuple[str, Task]]:
        """Results and reports to accept, reports to write, to check, to take note of; recommendations in one's charge."""
        for row, quarter in self._of("results"):
            if {"accept", "put_up"} & row.rows(self.powers).keys():
                own = self._own_hint(row)
                hint = f"{row.unit} · {dates_text(row.starts, row.ends)}" + (f" · {own}" if own else "")
                url = reverse("result-detail", args=[row.pk])
                yield (
                    "results",
                    self._task(row, quarter, row.officer or "", url, 6, hint=hint),
                )
        begun: set[int] = set()
        for row, quarter in self._of("quarter-reports"):
            url = reverse("quarter-report-detail", args=[row.pk])
            if row.officer_id == self.user.pk:
                begun.add(quarter.pk)
                yield from self._own_report(row, quarter, url)
            if {"accept", "put_up"} & row.rows(self.powers).keys():
                hint = self._own_hint(row)
                yield "reports", self._task(row, quarter, row.officer or "", url, 6, hint=hint)
        for quarter in self._to_report():
            if quarter.pk not in begun and (home := self._home(quarter)) is not None:
                due = quarter.report_due
                late = self._late(quarter, due)
                url = quarter.url("quarter-report-mine")
                yield (
                    "report",
                    Task(_("My report"), quarter, url, 6, home, _("Not begun"), quarter.ends, due, late),
                )
        yield from self._department_reports()
        for row in self.rows.get("recommendations", ()):
            if quarter := self.all.get(row.quarter_id or 0):
                late = (self.today - row.due).days if row.due else 0
                url = reverse("recommendation-detail", args=[row.pk])
                more = {"due": row.due, "late": late, "hint": row.text or ""}
                yield "recommendations", self._task(row, quarter, row.unit or "", url, 6, **more)

    def _own_hint(self, row: Found) -> str:
        mine = row.officer_id == self.user.pk and not row.own
        return _("my own: a deputy decides, or it is passed on") if mine else ""

    def _to_report(self) -> list[Quarter]:
        """Quarters that are over, and not for so long that only the year still tells."""
        first = self.today - timedelta(days=ASKED_FOR)
        return [q for q in self.open.values() if first <= q.ends <= self.today]

    def _own_report(self, row: Found, quarter: Quarter, url: str) -> Iterator[tuple[str, Task]]:
        due = quarter.report_due
        late = 0 if row.sent else self._late(quarter, due)
        if row.state == QuarterReportState.RETURNED:
            more = {"hint": row.comment or "", "due": due}
            yield "returned", self._task(row, quarter, _("My report"), url, 6, **more)
        elif row.state == QuarterReportState.DRAFT and quarter.ends <= self.today:
            more = {
                "hint": _("Draft, not sent yet"),
                "due": due,
                "late": late,
                "since": row.since or quarter.ends,
            }
            yield "report", self._task(row, quarter, _("My report"), url, 6, **more)

    def _department_reports(self) -> Iterator[tuple[str, Task]]:
        """A leader's department report to write or complete; those at the results desk; those before the committee."""
        begun = set()
        for row, quarter in self._of("department-reports"):
            what, url, due = (
                row.department or "",
                reverse("department-report-detail", args=[row.pk]),
                quarter.report_due,
            )
            late = 0 if row.sent else self._late(quarter, due)
            if row.department_id in self.led:
                begun.add((quarter.pk, row.department_id))
                if row.state in (DepartmentReportState.DRAFT, DepartmentReportState.RETURNED):
                    back = row.state == DepartmentReportState.RETURNED
                    hint = (row.comment or "") if back else _("Draft, not sent yet")
                    more = {"hint": hint, "due": due, "late": late, "since": row.since or quarter.ends}
                    if back or quarter.ends <= self.today:
                        yield "department_report", self._task(row, quarter, what, url, 6, **more)
            verbs = row.rows(self.powers).keys()
            if "forward" in verbs:
                yield "forward", self._task(row, quarter, what, url, 6)
            if "note" in verbs:
                yield "note", self._task(row, quarter, what, url, 6)
        asked = {q.pk for q in self._to_report()}
        for row, quarter in self._of("department-plans"):
            key = (quarter.pk, row.department_id)
            decided = row.state == DepartmentPlanState.APPROVED and row.department_id in self.led
            if decided and quarter.pk in asked and key not in begun:
                begun.add(key)
                due = quarter.report_due
                more = {
                    "hint": _("Not begun"),
                    "due": due,
                    "late": self._late(quarter, due),
                    "since": quarter.ends,
                }
                url = quarter_page(quarter, "department-report-open", row.department_id)
                yield "department_report", self._task(row, quarter, row.department or "", url, 6, **more)
