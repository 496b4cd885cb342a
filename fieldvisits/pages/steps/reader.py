"""The seven-step board of a quarter, read in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts import clock
from accounts.models import User

from ...models import DepartmentPlan, Nudge, OfficerPlan, Quarter
from ...models.officers import places_in_each
from ...workflow import QuarterState
from .board import Board, Cell, Row, Step, Total, not_started
from .facts import Papers, reports_of, visit_facts
from .later import LaterCells
from .planning import PlanningCells


def seven_steps(quarter: Quarter, user: User, *, reminders: bool = True) -> Board:
    """The board as ``user`` may read it (see ``boards_of``)."""
    (board,) = boards_of([quarter], user, reminders=reminders)
    return board


def boards_of(quarters: Sequence[Quarter], user: User, *, reminders: bool = True) -> list[Board]:
    """The boards of several quarters of one province: eight queries, whatever the number of quarters, departments and papers.

    Counts are for everybody who works in the province; names of officers who have not registered or reported only for their
    leaders, the desks and the Standing Committee; links only to what the person may open. Without ``reminders`` it is not
    asked who was reminded today.
    """
    found = _Found(quarters, user, reminders)
    return [_Reader(quarter, user, found).board() for quarter in quarters]


class _Found:
    """What the boards are made of, by the quarter's id."""

    def __init__(self, quarters: Sequence[Quarter], user: User, reminders: bool) -> None:
        self.reminded: dict[int, set[tuple[int, int]]] = {}
        if reminders:
            sent = Nudge.objects.filter(quarter__in=quarters, day=clock.today())
            for quarter_id, department_id, step in sent.values_list("quarter", "department", "step"):
                self.reminded.setdefault(quarter_id, set()).add((department_id, step))
        self.reports = reports_of(quarters, user)
        self.places = places_in_each(quarters)
        self.plans = _by_quarter(
            OfficerPlan.objects.filter(quarter__in=quarters)
            .select_related("last_event")
            .defer("last_event__copy")
        )
        readable = DepartmentPlan.objects.visible_to(user).filter(pk=OuterRef("pk"))
        self.department_plans = _by_quarter(
            DepartmentPlan.objects.filter(quarter__in=quarters)
            .select_related("department", "last_event__cause")
            .defer("last_event__copy", "last_event__cause__copy")
            .annotate(readable=Exists(readable))
            .order_by("sequence")
        )
        self.visits = visit_facts(quarters)


def _by_quarter(papers: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for paper in papers:
        found.setdefault(paper.quarter_id, []).append(paper)
    return found


class _Reader(PlanningCells, LaterCells):
    def __init__(self, quarter: Quarter, user: User, found: _Found) -> None:
        super().__init__(quarter, user)
        self.reminded = found.reminded.get(quarter.pk, set())
        self.papers = self._papers(found)
        self.year = self._year([r for r in found.reports if r.number == quarter.year])

    def _papers(self, everything: _Found) -> list[Papers]:
        key = self.quarter.pk
        found: dict[int, Papers] = {}
        by_officer: dict[int, Papers] = {}
        for place in everything.places[key]:
            papers = found.setdefault(place.department.pk, Papers(place.department))
            papers.places.append(place)
            by_officer[place.officer.pk] = papers
        for plan in everything.plans.get(key, ()):
            if plan.officer_id in by_officer:
                by_officer[plan.officer_id].plans[plan.officer_id] = plan
            if plan.officer_id == self.user.pk:
                self.own_plan = plan
        for paper in everything.department_plans.get(key, ()):
            if paper.readable:
                self.readable.add(paper.pk)
            papers = found.setdefault(paper.department_id, Papers(paper.department))
            if paper.sequence == 0:
                papers.first = paper
            else:
                papers.supplements.append(paper)
        # a department that has neither officers nor a plan here has no row
        for visit in everything.visits.get(key, ()):
            if visit.department_id in found:
                found[visit.department_id].visits.append(visit)
        for report in everything.reports:
            if report.quarter_id == key and report.department_id in found:
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
        overdue = [cell for cell in cells if cell.late]
        late = sum(cell.overdue or 1 for cell in overdue)
        begun = [cell for cell in cells if cell.status not in ("none", "missed")]
        if (of and done == of) if step.number <= 3 else (begun and all(cell.is_done for cell in begun)):
            status, word, icon = "done", pgettext("step", "Done"), "check-circle-fill"
        elif self.quarter.is_suspended:
            status, word, icon = "", str(QuarterState.SUSPENDED.label), "pause-circle"
        elif late:
            status, icon = "late", "exclamation-circle-fill"
            word = _overdue(step, late, any(cell.overdue for cell in overdue))
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


def _overdue(step: Step, late: int, counted: bool) -> str:
    """How many papers are overdue; which ones, where they are not those whose number stands beside it."""
    if step.number == 4:
        words = ngettext("%(count)d consent overdue", "%(count)d consents overdue", late)
    elif step.number == 6 and not counted:
        words = ngettext("%(count)d department report overdue", "%(count)d department reports overdue", late)
    else:
        words = ngettext("%(count)d overdue", "%(count)d overdue", late)
    return words % {"count": late}


#: What the totals of steps 4-6 count.
_TOTALS = {
    4: gettext_lazy("%(done)d/%(of)d visits"),
    5: gettext_lazy("%(done)d/%(of)d units"),
    6: gettext_lazy("%(done)d/%(of)d results"),
}
