"""Step 2 at the department: the head's board, and what the department can send up.

``board_of`` reads everything in a constant number of queries, whatever the number of officers, and answers with frozen
dataclasses. Days are whole calendar days; an officer's days are different dates (``models/officers.py``, Balance).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Department, User
from accounts.powers import Powers

from .. import permissions
from ..models import DepartmentPlan, Officer, OfficerPlan, Quarter, Visit, VisitDay
from ..models.days import ASKED, FILED, REGISTERED
from ..models.officers import Balance, Place, balance_of, places_in, scope_of
from ..workflow import DEPARTMENT_PLAN, OFFICER_PLAN, OfficerPlanState
from .calendars import Calendar, calendar_of
from .department_papers import (
    AGREED,
    PlanView,
    days_late,
    head_of,
    name_of,
    open_paper,
    papers_of,
    plans_to_read,
    view_of,
)

# --- The head's board -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """An officer on the board. ``view`` is their plan unless there is none or it is still a draft, whose text nobody else reads.

    ``under`` counts the officer's days on which the department is under strength, ``overdue`` the days since the due date
    while nothing is registered; ``barred`` says why the reader may not agree with this plan though they lead the department.
    """

    officer: Officer
    plan: OfficerPlan | None
    view: PlanView | None
    excused: str
    balance: Balance
    under: int
    overdue: int
    barred: str
    may_agree: bool

    @property
    def reached(self) -> int:
        """Days of the year towards the required ones: accepted, approved ahead, and planned in this quarter."""
        return self.balance.required - self.balance.missing


@dataclass(frozen=True)
class Board:
    """The head's board of a department in a quarter."""

    quarter: Quarter
    department: Department
    name: str
    members: tuple[Member, ...]
    calendar: Calendar
    places: tuple[Place, ...]
    papers: tuple[DepartmentPlan, ...]
    leads: bool
    head: User | None

    @property
    def expected(self) -> list[Member]:
        """Members of whom a plan is expected."""
        return [m for m in self.members if not m.excused]

    def _in(self, *states: str) -> int:
        return sum(m.plan is not None and m.plan.state in states for m in self.expected)

    @property
    def registered(self) -> int:
        return self._in(*FILED)

    @property
    def agreed(self) -> int:
        return self._in(*AGREED)

    @property
    def waiting(self) -> int:
        return self._in(OfficerPlanState.SUBMITTED)

    @property
    def returned(self) -> int:
        return self._in(OfficerPlanState.RETURNED)

    @property
    def days(self) -> int:
        """Days of the quarter in all registered plans, each officer's dates counted once."""
        return sum(m.balance.this_quarter for m in self.members if m.plan and m.plan.state in REGISTERED)

    @property
    def to_agree(self) -> list[Member]:
        """Members whose plans the reader may agree with now."""
        return [m for m in self.members if m.may_agree]

    @property
    def late(self) -> int:
        """Days since the department's due date while its first plan has not gone up; 0 when not late."""
        return 0 if self.is_sent else days_late(self.quarter, self.quarter.department_due)

    @property
    def days_left(self) -> int:
        """Days until the department's plan is due; negative afterwards."""
        return (self.quarter.department_due - clock.today()).days

    @property
    def is_sent(self) -> bool:
        """Whether a plan of the department has gone up."""
        return any(paper.sent_on for paper in self.papers)

    @property
    def for_paper(self) -> list[PlanView]:
        """The plans a print of the board holds: those registered and not refused, with a line that stands."""
        return [
            m.view for m in self.members if m.view and m.view.plan.state in REGISTERED and m.view.standing
        ]


def board_of(quarter: Quarter, department: Department, reader: User) -> Board:
    """The board of ``department`` in ``quarter`` as ``reader`` may see it."""
    powers = reader.powers
    places = places_in(quarter, department)
    plans = plans_to_read(OfficerPlan.objects.filter(quarter=quarter, department=department))
    views = {plan.officer_id: view_of(plan, quarter, powers) for plan in plans}
    # who has a plan here and belongs elsewhere by now stands on the board, too
    people = {plan.officer_id: plan.officer for plan in plans} | {p.officer.pk: p.officer for p in places}
    officers = sorted(people.values(), key=lambda person: (person.sort_name, person.pk))
    excused = {place.officer.pk: place.excused for place in places}
    for officer in officers:
        officer.__class__ = Officer
    prefetch_related_objects(officers, *scope_of(quarter.rule))
    days: dict[int, list[tuple]] = {}
    for officer, *row in (
        VisitDay.objects.in_window(quarter.rule).filter(officer__in=people).balance_rows("officer")
    ):
        days.setdefault(officer, []).append(tuple(row))
    calendar = calendar_of(
        quarter,
        [(officer, "") for officer in officers if not excused.get(officer.pk)],
        Visit.objects.filter(
            Q(plan__state__in=REGISTERED) | Q(adhoc__state__in=ASKED), department=department
        ),
        reader,
    )
    under = {row.person.pk: row.under for row in calendar.rows}
    leads = any(
        True for _h in permissions.leader(powers, DepartmentPlan(quarter=quarter, department=department))
    )
    members = []
    for officer in officers:
        view = views.get(officer.pk)
        plan = view and view.plan
        text = view if plan and plan.state != OfficerPlanState.DRAFT else None
        why_excused = excused.get(officer.pk, "")
        members.append(
            Member(
                officer,
                plan,
                text,
                why_excused,
                balance_of(days.get(officer.pk, []), officer.target(quarter.rule).days, text and plan),
                under.get(officer.pk, 0),
                0 if why_excused else _overdue(plan, quarter),
                _why_barred(plan, powers) if plan else "",
                bool(plan) and any(not a.obstacle for a in plan.actions(powers, ["endorse"])),
            )
        )
    return Board(
        quarter,
        department,
        name_of(department, quarter),
        tuple(members),
        calendar,
        tuple(places),
        tuple(papers_of(quarter, reader, department)),
        leads,
        head_of(department),
    )


def _overdue(plan: OfficerPlan | None, quarter: Quarter) -> int:
    """Days since the officers' due date while nothing has been registered yet."""
    registered = plan is not None and plan.submitted_on is not None
    return 0 if registered else days_late(quarter, quarter.officer_due)


def _why_barred(plan: OfficerPlan, powers: Powers) -> str:
    """Why somebody who leads the department may not decide on a plan that waits: it is their own, or whom they stand in for."""
    rows = OFFICER_PLAN.rows("endorse")
    if plan.state != OfficerPlanState.SUBMITTED or any(row.capacity(powers, plan) for row in rows):
        return ""
    if not any(row.is_only_barred_as_own(powers, plan) for row in rows):
        return ""
    if plan.officer_id != powers.user.pk:
        return _("You stand in for %(name)s, whose plan this is: another leader must decide on it.") % {
            "name": plan.officer
        }
    if any(True for _h in permissions.head_with_own_paper(powers, plan)):
        return _("Your own plan: a deputy decides on it, or you put it up marked as the head's own.")
    return _("Your own plan: another leader of the department must decide on it.")


# --- Sending up -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dispatch:
    """What can be sent up now: the open paper (saved or not), why it cannot go yet, what its note must explain."""

    paper: DepartmentPlan
    gone: bool
    agreed: int
    waiting: int
    obstacle: str
    explain: str

    @property
    def is_idle(self) -> bool:
        """Everything has gone up and nothing new is on the department's desk."""
        return self.gone and not self.agreed and not self.waiting and self.paper.pk is None


def dispatch_of(board: Board, powers: Powers) -> Dispatch:
    """What the leader of ``board``'s department can send to the coordinator now.

    The day of the meeting is typed together with sending: its guard does not speak here, the others do.
    """
    # its leader sees every one of the papers
    paper = copy(open_paper(board.quarter, board.department, board.papers))
    paper.places = list(board.places)
    paper.known_plans = [m.plan for m in board.members if m.plan]
    supposed = copy(paper)
    supposed.met_on = clock.today()
    row = next(t for t in DEPARTMENT_PLAN.rows("send") if not t.internal)
    states = [m.plan.state for m in board.members if m.plan]
    return Dispatch(
        paper,
        any(p.sequence < paper.sequence for p in board.papers),
        states.count(OfficerPlanState.ENDORSED),
        states.count(OfficerPlanState.SUBMITTED),
        str(row.obstacle(supposed) or ""),
        paper.must_explain("send") or "",
    )
