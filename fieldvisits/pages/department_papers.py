"""Step 2 on paper: an officer's plan as its readers meet it, the department plan, the coordinator's list of department plans.

Functions read everything in a constant number of queries, whatever the number of officers and papers, and answer with frozen
dataclasses. Days are whole calendar days; of one officer, different dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.functional import cached_property

from accounts import clock
from accounts.models import Department, Role, RoleGrant, User
from accounts.powers import Powers

from .. import permissions
from ..models import DepartmentPlan, Event, Officer, OfficerPlan, Quarter, Remark, Visit, VisitDay
from ..models.days import FILED
from ..models.officers import Place, places_in
from ..workflow import DepartmentPlanState, OfficerPlanState, VisitState
from .written_lines import WrittenLine, different_days, registered, sendings

#: Roles that see every department of their province at work.
WIDE = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
LEADERS = (Role.HEAD, Role.DEPUTY)
#: States of a plan the department has agreed on.
AGREED = FILED[1:]
#: States of a department plan that lies at the department, its officers' plans with it.
AT_HOME = (DepartmentPlanState.DRAFT, DepartmentPlanState.RETURNED)


def departments_open_to(user: User) -> QuerySet[Department]:
    """The departments whose board one may open: those one leads or stands in for; all of the province for its desks."""
    powers = user.powers
    return (
        Department.objects.filter(province=user.province_id)
        .filter(Q(pk__in=powers.departments(*LEADERS)) | Q(province__in=powers.provinces(*WIDE)))
        .prefetch_related("former_names")
    )


def name_of(department: Department, quarter: Quarter) -> str:
    """The name the department bore in the quarter, as its papers print it."""
    return department.name_on(min(quarter.ends, max(quarter.starts, clock.today())))


def head_of(department: Department) -> User | None:
    """Who signs for the department today."""
    held = RoleGrant.objects.on(clock.today()).filter(role=Role.HEAD, department=department)
    grant = held.select_related("user").order_by("-valid_from", "pk").first()
    return grant.user if grant else None


def days_late(quarter: Quarter, due: date) -> int:
    """Days since ``due`` has passed; 0 while it has not, and in a suspended quarter."""
    return (clock.today() - due).days if quarter.is_late(due) else 0


def may_open(department: Department, powers: Powers) -> bool:
    """Whether the department's board opens for this person (``departments_open_to``, without a query)."""
    return department.pk in powers.departments(*LEADERS) or department.province_id in powers.provinces(*WIDE)


# --- Officers' plans as step 2 reads them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanView:
    """An officer's plan to be read: its lines in order, its days, what is wrong with it, and whether one may comment."""

    plan: OfficerPlan
    may_remark: bool
    #: What keeps the version registered last, where the page prints a department plan that has gone up (``sendings``).
    sending: Event | None = None

    @property
    def lines(self) -> list[Visit]:
        return list(self.plan.lines.all())

    @property
    def standing(self) -> list[Visit]:
        """Lines neither struck nor refused."""
        return [line for line in self.lines if line.is_standing]

    @property
    def days(self) -> int:
        """Different dates of the standing lines."""
        return different_days(self.standing)

    @cached_property
    def agreed(self) -> list[WrittenLine]:
        """What the department agreed on, as its paper says it, whatever became of it since."""
        return registered(self.plan, self.lines, self.sending)

    @property
    def agreed_days(self) -> int:
        """Different dates of what the department agreed on."""
        return different_days(self.agreed)

    @property
    def may_strike(self) -> bool:
        """Whether lines may be struck or restored at all now; who may is the table's business."""
        return self.plan.state == OfficerPlanState.SUBMITTED

    @cached_property
    def problems(self) -> list[tuple[int, str]]:
        """(number of the line, what is wrong with it) of the lines still to be decided."""
        return [
            (number, problem)
            for number, line in enumerate(self.lines, start=1)
            if line.state == VisitState.PLANNED and (problem := line.problem())
        ]


def plans_to_read(plans: QuerySet[OfficerPlan]) -> QuerySet[OfficerPlan]:
    """``plans`` by name, with the lines and everything that is printed of them: six queries."""
    lines = (
        Visit.objects.whole()
        .select_related("last_event__actor", "last_event__on_behalf_of")
        .prefetch_related(
            "unit__successors", Prefetch("remarks", Remark.objects.select_related("author").order_by("pk"))
        )
        .in_order()
    )
    return (
        plans.select_related("officer", "department", "last_event")
        .by_name()
        .prefetch_related(Prefetch("lines", lines))
    )


def view_of(plan: OfficerPlan, quarter: Quarter, powers: Powers, sending: Event | None = None) -> PlanView:
    """``plan`` as fetched by ``plans_to_read``, with the quarter it belongs to; no query."""
    plan.quarter = quarter
    for line in plan.lines.all():
        line.quarter = quarter
    return PlanView(plan, any(True for _h in permissions.remarker(powers, plan)), sending)


# --- Department plans -----------------------------------------------------------------------------------------------------


def open_paper(
    quarter: Quarter, department: Department, known: Iterable[DepartmentPlan] | None = None
) -> DepartmentPlan:
    """The department plan still at the department, saved or not; no query when all of the department are ``known``."""
    paper = DepartmentPlan.objects.open_for(quarter, department, known)
    paper.quarter, paper.department = quarter, department
    return paper


def papers_of(quarter: Quarter, reader: User, department: Department | None = None) -> list[DepartmentPlan]:
    """The department plans of the quarter that ``reader`` may see, with ``plan_count``, the officers' plans inside."""
    found = (
        DepartmentPlan.objects.visible_to(reader)
        .filter(quarter=quarter)
        .select_related("department", "sent_by", "last_event__actor", "last_event__on_behalf_of")
        .annotate(plan_count=Count("officer_plans"))
        .order_by("department__order", "department__name", "department", "sequence")
    )
    papers = list(found if department is None else found.filter(department=department))
    for paper in papers:
        paper.quarter = quarter
    return papers


@dataclass(frozen=True)
class PaperView:
    """A department plan as the coordinator and the Standing Committee read it: whose plans it holds, what is missing.

    ``missing`` are officers of whom no plan is in hand or up; ``excused`` the relieved ones with the reason.
    """

    paper: DepartmentPlan
    name: str
    plans: tuple[PlanView, ...]
    missing: tuple[Officer, ...]
    excused: tuple[Place, ...]
    expected: int
    head: User | None
    may_open: bool

    @property
    def days(self) -> int:
        return sum(view.days for view in self.plans)

    @property
    def lines(self) -> int:
        """Lines that stand."""
        return sum(len(view.standing) for view in self.plans)

    @property
    def listed(self) -> int:
        """All lines shown, also those that were struck, refused, called off or not carried out."""
        return sum(len(view.lines) for view in self.plans)

    @property
    def with_problems(self) -> list[PlanView]:
        return [view for view in self.plans if view.problems]

    @property
    def heads_own(self) -> list[PlanView]:
        """Plans that went up without anybody's agreement, marked as the head's own."""
        return [view for view in self.plans if view.plan.heads_own]

    @property
    def late_plans(self) -> list[PlanView]:
        return [view for view in self.plans if view.plan.late]

    @property
    def is_at_home(self) -> bool:
        """Whether it lies at the department, its plans having gone back with it."""
        return self.paper.state in AT_HOME

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.with_problems or self.heads_own)

    @property
    def for_paper(self) -> list[PlanView]:
        """The plans a print holds: those with a line the department agreed on."""
        return [view for view in self.plans if view.agreed]


def paper_view(paper: DepartmentPlan, reader: User) -> PaperView:
    """``paper`` with everything its page shows."""
    quarter = paper.quarter
    inside = plans_to_read(OfficerPlan.objects.visible_to(reader))
    prefetch_related_objects([paper], Prefetch("officer_plans", inside))
    plans = list(paper.officer_plans.all())
    sent = {} if paper.state in AT_HOME else sendings(plans)
    places = paper.places
    return PaperView(
        paper,
        name_of(paper.department, quarter),
        tuple(view_of(plan, quarter, reader.powers, sent.get(plan.pk)) for plan in plans),
        tuple(paper.missing()),
        tuple(p for p in places if p.excused),
        sum(not p.excused for p in places),
        head_of(paper.department),
        may_open(paper.department, reader.powers),
    )


# --- All departments of a quarter -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DepartmentRow:
    """A department on the coordinator's list: its papers, and how far its officers' plans have come.

    ``days`` are those of each paper (different dates of each officer), in the papers' order.
    """

    department: Department
    name: str
    papers: tuple[tuple[DepartmentPlan, int], ...]
    expected: int
    registered: int
    agreed: int
    inside: int
    late: int
    may_open: bool

    @property
    def is_unsent(self) -> bool:
        return not any(paper.sent_on for paper, _days in self.papers)

    @property
    def waits_for_agreement(self) -> int:
        return self.registered - self.agreed


@dataclass(frozen=True)
class Desk:
    """The department plans of a quarter, department by department."""

    rows: tuple[DepartmentRow, ...]
    to_forward: frozenset[int]

    @property
    def sent(self) -> int:
        """Departments that have sent something up."""
        return sum(not row.is_unsent for row in self.rows)

    @property
    def waiting(self) -> int:
        return len(self.to_forward)


def desk_of_papers(quarter: Quarter, reader: User) -> Desk | None:
    """All departments of the quarter for the desks and the Standing Committee, their own for leaders, approved plans for
    executive members; None for whoever has no such role."""
    powers = reader.powers
    wide = quarter.province_id in powers.provinces(*WIDE)
    led = powers.departments(*LEADERS)
    if not (wide or led or quarter.province_id in powers.provinces(Role.EXECUTIVE)):
        return None
    papers = papers_of(quarter, reader)
    days = _days_of(papers)
    places = places_in(quarter) if wide or led else []
    expected = _count(p.department.pk for p in places if not p.excused)
    states = OfficerPlan.objects.filter(quarter=quarter).values_list("department", "state", "department_plan")
    plans = list(states) if wide or led else []
    shown = {p.department.pk for p in places} if wide else {p.department.pk for p in places} & led
    shown |= {paper.department_id for paper in papers}
    rows = []
    ordered = Department.objects.filter(pk__in=shown).prefetch_related("former_names")
    for department in ordered.order_by("order", "name", "pk"):
        mine = tuple((p, days.get(p.pk, 0)) for p in papers if p.department_id == department.pk)
        here = [(state, inside) for pk, state, inside in plans if pk == department.pk]
        gone = any(paper.sent_on for paper, _days in mine)
        rows.append(
            DepartmentRow(
                department,
                name_of(department, quarter),
                mine,
                expected.get(department.pk, 0),
                sum(state in FILED for state, _inside in here),
                sum(state in AGREED for state, _inside in here),
                sum(inside is not None for _state, inside in here),
                0 if gone else days_late(quarter, quarter.department_due),
                may_open(department, powers),
            )
        )
    ready = {p.pk for p in papers if any(not a.obstacle for a in p.actions(powers, ["forward"]))}
    return Desk(tuple(rows), frozenset(ready))


def _days_of(papers: Sequence[DepartmentPlan]) -> dict[int, int]:
    """Days in each paper: different dates of each officer on lines that stand."""
    dates = (
        VisitDay.objects.filter(
            visit__plan__department_plan__in=papers,
            visit__state__in=(VisitState.PLANNED, VisitState.APPROVED),
        )
        .values_list("visit__plan__department_plan", "officer", "date")
        .distinct()
    )
    return _count(paper for paper, _officer, _date in dates)


def _count(keys: Iterable[int]) -> dict[int, int]:
    counted: dict[int, int] = {}
    for key in keys:
        counted[key] = counted.get(key, 0) + 1
    return counted
