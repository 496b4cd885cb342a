"""The seven-step board of a quarter: where each department stands, who holds it, since when, how late.

One function, ``seven_steps``, reads the papers in a constant number of queries and answers with frozen dataclasses. Steps 4-7
stand there from the beginning, as not started.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts import clock
from accounts.models import Department, Role, User

from ..models import DepartmentPlan, Nudge, OfficerPlan, Quarter
from ..models.officers import Place, places_in
from ..workflow import DepartmentPlanState, OfficerPlanState, QuarterState

#: Most officers named in a cell; the others are counted.
MOST_NAMES = 3

#: States of a plan that the department has agreed on.
AGREED = (
    OfficerPlanState.ENDORSED,
    OfficerPlanState.SENT,
    OfficerPlanState.FORWARDED,
    OfficerPlanState.APPROVED,
    OfficerPlanState.REJECTED,
)


@dataclass(frozen=True)
class Step:
    """One of the seven steps (domain section 2); ``due`` is None while no rule of this page knows a date."""

    number: int
    name: str | Promise
    due: date | None = None


STEPS = (
    Step(1, gettext_lazy("Officers register")),
    Step(2, gettext_lazy("Departments consolidate")),
    Step(3, gettext_lazy("Standing Committee decides")),
    Step(4, gettext_lazy("Visits are carried out")),
    Step(5, gettext_lazy("Host units are notified")),
    Step(6, gettext_lazy("Results are reported")),
    Step(7, gettext_lazy("The year is reported")),
)


@dataclass(frozen=True)
class Cell:
    """Where a department stands in a step.

    ``status``: none (not started), current, returned, done, suspended. ``late`` is in whole days after ``due`` and 0 unless the
    step is overdue; ``with_whom`` is officers, leaders, coordinator, committee or nothing; ``url`` is empty where the
    person who looks may not open what lies behind.
    """

    step: int
    status: str
    word: str
    icon: str
    tone: str
    count: str = ""
    due: date | None = None
    late: int = 0
    with_whom: str = ""
    holder: str = ""
    since: date | None = None
    note: str = ""
    url: str = ""
    reminded: bool = False

    @property
    def is_done(self) -> bool:
        return self.status == "done"

    @property
    def may_be_reminded(self) -> bool:
        """Whether somebody other than the coordinator holds it and has not been reminded today."""
        return self.with_whom in ("officers", "leaders", "committee") and not self.reminded


@dataclass(frozen=True)
class Row:
    """A department: how many officers owe a plan, how many are excused, a cell for each step."""

    department: Department
    officers: int
    excused: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Total:
    """A step over the whole province: ``done`` of ``of`` officers (step 1) or departments (steps 2 and 3).

    ``status`` is late, done, current, or empty while nothing has begun; ``late`` counts the departments that are overdue.
    """

    step: Step
    status: str
    word: str
    icon: str
    count: str
    done: int
    of: int
    late: int


@dataclass(frozen=True)
class Board:
    quarter: Quarter
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]

    def cell(self, department_id: int, step: int) -> Cell | None:
        """The cell of a department and step, if the board has it."""
        return next(
            (c for r in self.rows if r.department.pk == department_id for c in r.cells if c.step == step),
            None,
        )


@dataclass
class _Papers:
    """A department's part of the quarter while the board is read."""

    department: Department
    places: list[Place] = field(default_factory=list)
    plans: dict[int, OfficerPlan] = field(default_factory=dict)
    first: DepartmentPlan | None = None
    supplements: list[DepartmentPlan] = field(default_factory=list)

    @property
    def owing(self) -> list[Place]:
        return [p for p in self.places if not p.excused]

    def count(self, *states: str) -> int:
        return sum(
            1 for p in self.owing if p.officer.pk in self.plans and self.plans[p.officer.pk].state in states
        )

    @property
    def pending(self) -> list[Place]:
        """Officers whose plan is not out of their hands."""
        return [
            p for p in self.owing if p.officer.pk not in self.plans or self.plans[p.officer.pk].is_editable
        ]


def seven_steps(quarter: Quarter, user: User) -> Board:
    """The board as ``user`` may read it: six queries, whatever the number of departments and papers.

    Counts are for everybody who works in the province; names of officers who have not registered only for their leaders, the
    desks and the Standing Committee; links only to what the person may open.
    """
    return _Reader(quarter, user).board()


class _Reader:
    def __init__(self, quarter: Quarter, user: User) -> None:
        self.quarter, self.user, self.today = quarter, user, clock.today()
        powers, province = user.powers, quarter.province_id
        self.led = powers.departments(Role.HEAD, Role.DEPUTY)
        self.wide = province in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        self.decides = province in powers.provinces(Role.COMMITTEE)
        dues = {1: quarter.officer_due, 2: quarter.department_due, 3: quarter.committee_due}
        self.steps = tuple(Step(s.number, s.name, dues.get(s.number)) for s in STEPS)
        self.readable = set(
            DepartmentPlan.objects.visible_to(user).filter(quarter=quarter).values_list("pk", flat=True)
        )
        self.reminded = set(
            Nudge.objects.filter(quarter=quarter, day=self.today).values_list("department", "step")
        )
        self.own_plan: OfficerPlan | None = None
        self.papers = self._papers()

    def _papers(self) -> list[_Papers]:
        found: dict[int, _Papers] = {}
        by_officer: dict[int, _Papers] = {}
        for place in places_in(self.quarter):
            papers = found.setdefault(place.department.pk, _Papers(place.department))
            papers.places.append(place)
            by_officer[place.officer.pk] = papers
        plans = OfficerPlan.objects.of(self.quarter).select_related("last_event").defer("last_event__copy")
        for plan in plans:
            if plan.officer_id in by_officer:
                by_officer[plan.officer_id].plans[plan.officer_id] = plan
            if plan.officer_id == self.user.pk:
                self.own_plan = plan
        department_plans = (
            DepartmentPlan.objects.filter(quarter=self.quarter)
            .select_related("department", "last_event__cause")
            .defer("last_event__copy", "last_event__cause__copy")
            .order_by("sequence")
        )
        for paper in department_plans:
            papers = found.setdefault(paper.department_id, _Papers(paper.department))
            if paper.sequence == 0:
                papers.first = paper
            else:
                papers.supplements.append(paper)
        return sorted(found.values(), key=lambda p: (p.department.order, p.department.name))

    def board(self) -> Board:
        rows = tuple(self._row(papers) for papers in self.papers)
        return Board(self.quarter, self.steps, rows, tuple(self._total(step, rows) for step in self.steps))

    def _row(self, papers: _Papers) -> Row:
        owing = len(papers.owing)
        later = tuple(_not_started(step.number) for step in self.steps[3:])
        if not owing and papers.first is None:
            nobody = _("Nobody to register")
            cells = (Cell(1, "none", nobody, "dash", "history"), _not_started(2), _not_started(3), *later)
        else:
            cells = (self._registration(papers), self._consolidation(papers), self._decision(papers), *later)
        return Row(papers.department, owing, len(papers.places) - owing, cells)

    # -- the three steps that run -----------------------------------------------------------------------------------

    def _registration(self, papers: _Papers) -> Cell:
        pending = papers.pending
        of, registered = len(papers.owing), len(papers.owing) - len(pending)
        plans = [papers.plans[p.officer.pk] for p in pending if p.officer.pk in papers.plans]
        returned = [p for p in plans if p.state == OfficerPlanState.RETURNED]
        count = _("%(done)d/%(of)d registered") % {"done": registered, "of": of}
        url = self._plans_url(papers)
        if not pending:
            sent = [p.submitted_on for p in papers.plans.values() if p.submitted_on]
            return self._done(1, _("All registered"), count, max(sent, default=None), url)
        never_sent = any(
            p.officer.pk not in papers.plans or papers.plans[p.officer.pk].submitted_on is None
            for p in pending
        )
        if len(returned) == len(pending):
            word, icon, tone, status = (
                OfficerPlanState.RETURNED.label,
                "arrow-return-left",
                "returned",
                "returned",
            )
        elif registered:
            word, icon, tone, status = _("Registering"), "hourglass-split", "waiting", "current"
        else:
            word, icon, tone, status = pgettext("step", "Nothing yet"), "circle", "draft", "current"
        opened = self.quarter.since
        dates = [p.since for p in plans if p.since] + (
            [opened] if opened and len(plans) < len(pending) else []
        )
        note = (
            ngettext("%(count)d returned", "%(count)d returned", len(returned)) % {"count": len(returned)}
            if returned and status != "returned"
            else ""
        )
        return self._running(
            papers,
            Cell(
                1,
                status,
                str(word),
                icon,
                tone,
                count,
                with_whom="officers",
                holder=self._officers(papers, pending),
                since=min(dates, default=opened),
                note=note,
                url=url,
            ),
            overdue=never_sent,
        )

    def _consolidation(self, papers: _Papers) -> Cell:
        paper, agreed = papers.first, papers.count(*AGREED)
        registered = len(papers.owing) - len(papers.pending)
        count = _("%(done)d/%(of)d agreed") % {"done": agreed, "of": len(papers.owing)}
        note = self._supplements(papers)
        url = self._department_url(papers)
        if paper and paper.state in (DepartmentPlanState.FORWARDED, DepartmentPlanState.APPROVED):
            since = paper.since if paper.state == DepartmentPlanState.FORWARDED else None
            return self._done(2, pgettext("step", "Submitted"), count, since, url, note)
        if not registered and (paper is None or paper.state == DepartmentPlanState.DRAFT):
            return self._running(papers, _not_started(2), overdue=True)
        state = DepartmentPlan.flow.state(paper.state if paper else DepartmentPlanState.DRAFT)
        at_leaders = state.holder == "desk_of_leaders"
        held = [p.since for p in papers.plans.values() if not p.is_editable and p.since]
        since = paper.since if paper and paper.since and not _is_at_home(paper) else min(held, default=None)
        return self._running(
            papers,
            Cell(
                2,
                "returned" if state.code == DepartmentPlanState.RETURNED else "current",
                str(state.label),
                state.icon if state.code != DepartmentPlanState.DRAFT else "hourglass-split",
                "waiting" if state.code == DepartmentPlanState.DRAFT else state.tone,
                count,
                with_whom="leaders" if at_leaders else "coordinator",
                holder=_("Department leaders") if at_leaders else _("Coordinator"),
                since=since,
                note=note,
                url=url,
            ),
            overdue=True,
        )

    def _decision(self, papers: _Papers) -> Cell:
        paper = papers.first
        if paper is None or paper.state not in (DepartmentPlanState.FORWARDED, DepartmentPlanState.APPROVED):
            # the committee cannot be late with what has not reached it: step 2 carries the lateness
            return self._running(papers, _not_started(3), overdue=False)
        count = _("%(done)d/%(of)d approved") % {
            "done": papers.count(OfficerPlanState.APPROVED),
            "of": len(papers.owing),
        }
        if paper.state == DepartmentPlanState.APPROVED:
            cause = paper.last_event and paper.last_event.cause
            url = reverse("decision-detail", args=[cause.object_id]) if cause else ""
            return self._done(3, str(DepartmentPlanState.APPROVED.label), count, paper.since, url)
        cell = Cell(
            3,
            "current",
            _("Awaiting decision"),
            "people",
            "waiting",
            count,
            with_whom="committee",
            holder=_("Standing Committee"),
            since=paper.since,
            url=self.quarter.url("meeting") if self.decides else self._department_url(papers),
        )
        return self._running(papers, cell, overdue=True)

    # -- pieces ---------------------------------------------------------------------------------------------------------

    def _running(self, papers: _Papers, cell: Cell, *, overdue: bool) -> Cell:
        """The cell of an unfinished step with its due date and lateness; nobody holds anything while the quarter is not open."""
        due = self.steps[cell.step - 1].due
        changes: dict[str, object] = {"due": due}
        if self.quarter.state == QuarterState.SUSPENDED:
            changes |= {
                "status": "suspended",
                "word": str(QuarterState.SUSPENDED.label),
                "icon": "pause-circle",
                "tone": "history",
                "with_whom": "",
                "holder": "",
                "since": None,
                "due": None,
            }
        elif self.quarter.state == QuarterState.SCHEDULED:
            word = QuarterState.SCHEDULED.label if cell.step == 1 else cell.word
            changes |= {
                "status": "none",
                "word": str(word),
                "icon": "circle",
                "tone": "history",
                "with_whom": "",
                "holder": "",
                "since": None,
            }
        elif overdue and due and self.quarter.is_late(due):
            changes["late"] = (self.today - due).days
        reminded = (papers.department.pk, cell.step) in self.reminded
        return Cell(**{**cell.__dict__, **changes, "reminded": reminded})

    def _done(self, step: int, word: str, count: str, since: date | None, url: str, note: str = "") -> Cell:
        return Cell(
            step, "done", str(word), "check-circle-fill", "approved", count, since=since, url=url, note=note
        )

    def _officers(self, papers: _Papers, pending: list[Place]) -> str:
        """Names for those who may read them, a number for everybody else."""
        if not self._opens_department(papers):
            return ngettext("%(count)d officer", "%(count)d officers", len(pending)) % {"count": len(pending)}
        names = ", ".join(str(p.officer) for p in pending[:MOST_NAMES])
        more = len(pending) - MOST_NAMES
        return names if more <= 0 else _("%(names)s and %(count)d more") % {"names": names, "count": more}

    def _supplements(self, papers: _Papers) -> str:
        return "; ".join(
            _("Supplement %(number)d: %(state)s") % {"number": s.sequence, "state": s.current.label}
            for s in papers.supplements
        )

    def _opens_department(self, papers: _Papers) -> bool:
        return self.wide or papers.department.pk in self.led

    def _board_url(self, papers: _Papers) -> str:
        return reverse(
            "department-board", args=[self.quarter.year, self.quarter.number, papers.department.pk]
        )

    def _plans_url(self, papers: _Papers) -> str:
        """The department's board, or one's own plan in one's own department."""
        if self._opens_department(papers):
            return self._board_url(papers)
        if self.own_plan is not None and self.own_plan.officer_id in papers.plans:
            return self.own_plan.get_absolute_url()
        return ""

    def _department_url(self, papers: _Papers) -> str:
        """The department plan; the department's board while there is none to read, or its leaders have it in hand."""
        paper = papers.first
        at_home = paper is None or paper.state in (DepartmentPlanState.DRAFT, DepartmentPlanState.RETURNED)
        if papers.department.pk in self.led and at_home:
            return self._board_url(papers)
        if paper is not None and paper.pk in self.readable:
            return paper.get_absolute_url()
        return self._board_url(papers) if self._opens_department(papers) else ""

    def _total(self, step: Step, rows: Iterable[Row]) -> Total:
        cells = [
            (row, row.cells[step.number - 1]) for row in rows if row.officers or row.cells[0].status != "none"
        ]
        if step.number > 3:
            return Total(step, "", pgettext("step", "Not started"), "circle", "", 0, 0, 0)
        if step.number == 1:
            of = sum(row.officers for row, _cell in cells)
            done = of - sum(len(p.pending) for p in self.papers)
            count = f"{done}/{of}"
        else:
            of, done = len(cells), sum(1 for _row, cell in cells if cell.is_done)
            count = _("%(done)d/%(of)d departments") % {"done": done, "of": of}
        late = sum(1 for _row, cell in cells if cell.late)
        if of and done == of:
            status, word, icon = "done", pgettext("step", "Done"), "check-circle-fill"
        elif self.quarter.is_suspended:
            status, word, icon = "", str(QuarterState.SUSPENDED.label), "pause-circle"
        elif late:
            status, icon = "late", "exclamation-circle-fill"
            word = ngettext("%(count)d overdue", "%(count)d overdue", late) % {"count": late}
        elif done or any(cell.status in ("current", "returned") for _row, cell in cells):
            status, word, icon = "current", pgettext("step", "Running"), "record-circle"
        else:
            status, word, icon = "", pgettext("step", "Not started"), "circle"
        return Total(step, status, word, icon, count, done, of, late)


def _not_started(step: int) -> Cell:
    return Cell(step, "none", pgettext("step", "Not started"), "circle", "history")


def _is_at_home(paper: DepartmentPlan) -> bool:
    """Whether the department plan is still being consolidated: its officers' plans say since when."""
    return paper.state == DepartmentPlanState.DRAFT
