"""The seven-step board of a quarter, read in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.models import User

from ...models import DepartmentPlan, Nudge, OfficerPlan, Quarter
from ...models.officers import Place, places_in
from ...workflow import ANNUAL_REPORT, QuarterState
from ..gathering import Found
from .board import Board, Cell, Row, Step, Total, not_started
from .facts import Papers, reports_of, visit_facts
from .later import LaterCells
from .planning import PlanningCells


def seven_steps(
    quarter: Quarter, user: User, *, places: list[Place] | None = None, reminders: bool = True
) -> Board:
    """The board as ``user`` may read it: eight queries, whatever the number of departments and papers.

    Counts are for everybody who works in the province; names of officers who have not registered or reported only for their
    leaders, the desks and the Standing Committee; links only to what the person may open. ``places`` are those of the
    quarter where a page has read them already; without ``reminders`` it is not asked who was reminded today.
    """
    return _Reader(quarter, user, places, reminders).board()


class _Reader(PlanningCells, LaterCells):
    def __init__(self, quarter: Quarter, user: User, places: list[Place] | None, reminders: bool) -> None:
        super().__init__(quarter, user)
        if reminders:
            sent = Nudge.objects.filter(quarter=quarter, day=self.today)
            self.reminded = set(sent.values_list("department", "step"))
        self.reports: list[Found] = reports_of(quarter, user)
        self.papers = self._papers(places_in(quarter) if places is None else places)
        self.year = self._year(self.reports)

    def _papers(self, places: list[Place]) -> list[Papers]:
        found: dict[int, Papers] = {}
        by_officer: dict[int, Papers] = {}
        for place in places:
            papers = found.setdefault(place.department.pk, Papers(place.department))
            papers.places.append(place)
            by_officer[place.officer.pk] = papers
        plans = OfficerPlan.objects.of(self.quarter).select_related("last_event").defer("last_event__copy")
        for plan in plans:
            if plan.officer_id in by_officer:
                by_officer[plan.officer_id].plans[plan.officer_id] = plan
            if plan.officer_id == self.user.pk:
                self.own_plan = plan
        readable = DepartmentPlan.objects.visible_to(self.user).filter(pk=OuterRef("pk"))
        department_plans = (
            DepartmentPlan.objects.filter(quarter=self.quarter)
            .select_related("department", "last_event__cause")
            .defer("last_event__copy", "last_event__cause__copy")
            .annotate(readable=Exists(readable))
            .order_by("sequence")
        )
        for paper in department_plans:
            if paper.readable:
                self.readable.add(paper.pk)
            papers = found.setdefault(paper.department_id, Papers(paper.department))
            if paper.sequence == 0:
                papers.first = paper
            else:
                papers.supplements.append(paper)
        # a department that has neither officers nor a plan here has no row
        for visit in visit_facts(self.quarter):
            if visit.department_id in found:
                found[visit.department_id].visits.append(visit)
        for report in self.reports:
            if report.kind != ANNUAL_REPORT.kind and report.department_id in found:
                found[report.department_id].reports.append(report)
        return sorted(found.values(), key=lambda p: (p.department.order, p.department.name))

    def board(self) -> Board:
        rows = tuple(self._row(papers) for papers in self.papers)
        return Board(self.quarter, self.steps, rows, tuple(self._total(step, rows) for step in self.steps))

    def _row(self, papers: Papers) -> Row:
        owing = len(papers.owing)
        if not owing and papers.first is None:
            first = (
                Cell(1, "none", _("Nobody to register"), "dash", "history"),
                not_started(2),
                not_started(3),
            )
        else:
            first = (self._registration(papers), self._consolidation(papers), self._decision(papers))
        later = (self._carrying_out(papers), self._telling(papers), self._reporting(papers), self.year)
        return Row(papers.department, owing, len(papers.places) - owing, (*first, *later))

    def _total(self, step: Step, rows: Iterable[Row]) -> Total:
        cells = [row.cells[step.number - 1] for row in rows if row.officers or row.cells[0].status != "none"]
        if step.number == 7:
            return self._total_of_year(step)
        if step.number == 1:
            of = sum(row.officers for row in rows if row.officers or row.cells[0].status != "none")
            done = of - sum(len(p.pending) for p in self.papers)
            count = f"{done}/{of}"
        elif step.number <= 3:
            of, done = len(cells), sum(1 for cell in cells if cell.is_done)
            count = _("%(done)d/%(of)d departments") % {"done": done, "of": of}
        else:
            cells = [row.cells[step.number - 1] for row in rows]
            of, done = sum(cell.of for cell in cells), sum(cell.reached for cell in cells)
            count = _TOTALS[step.number] % {"done": done, "of": of} if of else ""
        late = sum(1 for cell in cells if cell.late)
        begun = [cell for cell in cells if cell.status not in ("none", "missed")]
        if (of and done == of) if step.number <= 3 else (begun and all(cell.is_done for cell in begun)):
            status, word, icon = "done", pgettext("step", "Done"), "check-circle-fill"
        elif self.quarter.is_suspended:
            status, word, icon = "", str(QuarterState.SUSPENDED.label), "pause-circle"
        elif late:
            status, icon = "late", "exclamation-circle-fill"
            word = ngettext("%(count)d overdue", "%(count)d overdue", late) % {"count": late}
        elif done or any(cell.status in ("current", "returned") for cell in cells):
            status, word, icon = "current", pgettext("step", "Running"), "record-circle"
        else:
            status, word, icon = "", pgettext("step", "Not started"), "circle"
        return Total(step, status, word, icon, count, done, of, late)

    def _total_of_year(self, step: Step) -> Total:
        cell = self.year
        status = {"done": "done", "current": "current"}.get(cell.status, "")
        word, icon = (cell.word, cell.icon)
        if status == "current":
            icon = "record-circle"
        return Total(step, status, word, icon, "", int(cell.is_done), 1, 0, cell.url)


#: What the totals of steps 4-6 count.
_TOTALS = {
    4: gettext_lazy("%(done)d/%(of)d visits"),
    5: gettext_lazy("%(done)d/%(of)d units"),
    6: gettext_lazy("%(done)d/%(of)d results"),
}
