"""What waits for a person: grouped by what has to be done, oldest first, with what is overdue in days.

``desk_of`` reads everything in a constant number of queries and answers with frozen dataclasses; ``my_days`` says how the
person stands in the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.models import Role, User

from ..models import Decision, DepartmentPlan, Nudge, Officer, OfficerPlan, Quarter, Stateful, YearRule
from ..models.officers import places_in
from ..quota import Target, days_between
from ..workflow import (
    DEPARTMENT_PLAN,
    OFFICER_PLAN,
    DecisionState,
    DepartmentPlanState,
    OfficerPlanState,
    QuarterState,
)


@dataclass(frozen=True)
class Task:
    """One thing to do: on whose paper, in which quarter, since when it waits, when it was due, how many days late.

    ``verb`` is a transition of ``paper`` that is safe with one tap; without one the paper must be read first.
    """

    what: str
    quarter: Quarter
    url: str
    step: int
    department_id: int | None = None
    hint: str = ""
    since: date | None = None
    due: date | None = None
    late: int = 0
    paper: Stateful | None = None
    verb: str = ""


@dataclass(frozen=True)
class Group:
    """Tasks of one kind, oldest first; ``call`` is the label of the page's one primary button when it leads here."""

    key: str
    title: str
    call: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Reminder:
    """A reminder from the coordinator about a task that still waits."""

    nudge: Nudge
    task: Task


@dataclass(frozen=True)
class Desk:
    """``groups`` in the order of the steps; ``ahead`` holds quarters that are to be opened later."""

    groups: tuple[Group, ...]
    ahead: tuple[Task, ...]
    reminders: tuple[Reminder, ...]
    quarters: tuple[Quarter, ...]

    @property
    def tasks(self) -> list[Task]:
        return [task for group in self.groups for task in group.tasks]

    @property
    def primary(self) -> tuple[str, str] | None:
        """Label and address of the most urgent thing: what is overdue first, then the order of the steps."""
        ranked = [
            (task.late == 0, rank, number, group.call, task)
            for rank, group in enumerate(self.groups)
            for number, task in enumerate(group.tasks)
        ]
        if not ranked:
            return None
        _late, _rank, _number, call, task = min(ranked, key=lambda r: r[:3])
        return call % {"quarter": task.quarter}, task.url


def desk_of(user: User) -> Desk:
    """What waits for ``user`` today in every open quarter of the province."""
    return _Reader(user).desk()


class _Reader:
    def __init__(self, user: User) -> None:
        self.user, self.powers, self.today = user, user.powers, clock.today()
        found = Quarter.objects.visible_to(user).select_related("province", "last_event")
        self.quarters = list(
            found.exclude(state=QuarterState.SUSPENDED).order_by("year", "number") if user.province_id else []
        )
        self.open = {q.pk: q for q in self.quarters if q.state == QuarterState.OPEN}
        self.led = self.powers.departments(Role.HEAD, Role.DEPUTY)
        self.coordinates = self.powers.holds(Role.COORDINATOR)
        self.decides = self.powers.holds(Role.COMMITTEE)

    def desk(self) -> Desk:
        returned, own = self._own()
        decide, send = self._led()
        check, table = self._higher()
        opening = list(self._opening())
        groups = [
            Group(
                "returned", _("Complete my plan"), _("Complete the plan of %(quarter)s"), _oldest(returned)
            ),
            Group("own", _("Register my plan"), _("Register the plan of %(quarter)s"), _oldest(own)),
            Group("decide", _("Agree on officers' plans"), _("Decide on officers' plans"), _oldest(decide)),
            Group("send", _("Send the department plan"), _("Send the department plan"), _oldest(send)),
            Group("check", _("Check department plans"), _("Check department plans"), _oldest(check)),
            Group("meeting", _("Decide in the Standing Committee"), _("Go to the meeting"), _oldest(table)),
            Group(
                "open",
                _("Open registration"),
                _("Open registration for %(quarter)s"),
                _oldest([t for t in opening if t.due and t.due <= self.today]),
            ),
        ]
        groups = [group for group in groups if group.tasks]
        ahead = tuple(t for t in opening if t.due and t.due > self.today)[:1]
        return Desk(tuple(groups), ahead, self._reminders(groups), tuple(self.quarters))

    def _late(self, quarter: Quarter, due: date) -> int:
        return (self.today - due).days if quarter.is_late(due) else 0

    # -- step 1 -----------------------------------------------------------------------------------------------------------

    def _own(self) -> tuple[list[Task], list[Task]]:
        """One's own returned plans; one's drafts and the quarters in which one has no plan yet."""
        returned: list[Task] = []
        own: list[Task] = []
        if not self.powers.holds(Role.OFFICER):
            return returned, own
        plans = OfficerPlan.objects.filter(officer=self.user, quarter__in=self.open).select_related(
            "last_event"
        )
        mine = {plan.quarter_id: plan for plan in plans.defer("last_event__copy")}
        for quarter in self.open.values():
            plan = mine.get(quarter.pk)
            if plan is None:
                own.extend(self._no_plan_yet(quarter))
            elif plan.state == OfficerPlanState.RETURNED:
                comment = plan.last_event.comment if plan.last_event else ""
                returned.append(self._own_task(quarter, plan.department_id, plan, hint=comment))
            elif plan.state == OfficerPlanState.DRAFT and quarter.ends >= self.today:
                own.append(self._own_task(quarter, plan.department_id, plan, hint=_("Draft, not sent yet")))
        return returned, own

    def _no_plan_yet(self, quarter: Quarter) -> Iterator[Task]:
        if quarter.ends < self.today or not self.user.movement_work:
            return
        place = next((p for p in places_in(quarter) if p.officer.pk == self.user.pk), None)
        if place and not place.excused:
            yield self._own_task(quarter, place.department.pk, None, hint=_("No plan yet"))

    def _own_task(self, quarter: Quarter, department_id: int, plan: OfficerPlan | None, hint: str) -> Task:
        sent_before = plan is not None and plan.submitted_on is not None
        return Task(
            what=_("My plan"),
            quarter=quarter,
            url=plan.get_absolute_url() if plan else quarter.url("plan-mine"),
            step=1,
            department_id=department_id,
            hint=hint,
            since=(plan and plan.since) or quarter.since or quarter.opens_on,
            due=quarter.officer_due,
            late=0 if sent_before else self._late(quarter, quarter.officer_due),
            paper=plan,
        )

    # -- step 2 -----------------------------------------------------------------------------------------------------------

    def _led(self) -> tuple[list[Task], list[Task]]:
        """Plans that wait for one's agreement; department plans to send or to complete."""
        decide: list[Task] = []
        agreed: dict[tuple[int, int], list[OfficerPlan]] = {}
        waiting: set[tuple[int, int]] = set()
        if not self.led:
            return [], []
        plans = (
            OfficerPlan.objects.filter(
                quarter__in=self.open,
                department__in=self.led,
                state__in=(OfficerPlanState.SUBMITTED, OfficerPlanState.ENDORSED),
            )
            .select_related("officer", "department", "last_event")
            .defer("last_event__copy")
        )
        for plan in plans:
            plan.quarter = quarter = self.open[plan.quarter_id]
            if plan.state == OfficerPlanState.ENDORSED:
                agreed.setdefault((plan.quarter_id, plan.department_id), []).append(plan)
                continue
            waiting.add((plan.quarter_id, plan.department_id))
            verbs = {t.verb for t in OFFICER_PLAN.leaving(plan.state) if t.capacity(self.powers, plan)}
            if verbs & {"endorse", "put_up"}:
                decide.append(
                    self._task(
                        quarter,
                        str(plan.officer),
                        plan,
                        due=quarter.department_due,
                        hint="" if "endorse" in verbs else _("My own plan: a deputy agrees, or it is put up"),
                    )
                )
        return decide, list(self._department_plans(agreed, waiting))

    def _department_plans(
        self, agreed: dict[tuple[int, int], list[OfficerPlan]], waiting: set[tuple[int, int]]
    ) -> Iterator[Task]:
        """A returned department plan, or agreed plans that have not gone up while none waits for agreement."""
        papers = (
            DepartmentPlan.objects.filter(
                quarter__in=self.open, department__in=self.led, state=DepartmentPlanState.RETURNED
            )
            .select_related("department", "last_event")
            .defer("last_event__copy")
        )
        returned = {(p.quarter_id, p.department_id): p for p in papers}
        for (quarter_id, department_id), paper in returned.items():
            quarter = self.open[quarter_id]
            yield self._task(
                quarter,
                str(paper.department),
                paper,
                due=quarter.department_due,
                hint=paper.last_event.comment if paper.last_event else "",
                url=_department_board(quarter, department_id),
            )
        for key in agreed.keys() - returned.keys() - waiting:
            quarter, plans = self.open[key[0]], agreed[key]
            yield Task(
                what=str(plans[0].department),
                quarter=quarter,
                url=_department_board(quarter, key[1]),
                step=2,
                department_id=key[1],
                hint=ngettext("%(count)d plan agreed", "%(count)d plans agreed", len(plans))
                % {"count": len(plans)},
                since=min((p.since for p in plans if p.since), default=None),
                due=quarter.department_due,
                late=self._late(quarter, quarter.department_due),
            )

    # -- steps 2 and 3, for the whole province -----------------------------------------------------------------------------

    def _higher(self) -> tuple[list[Task], list[Task]]:
        """Department plans to check and submit; those the Standing Committee has before it."""
        check: list[Task] = []
        table: list[Task] = []
        if not (self.coordinates or self.decides):
            return check, table
        wanted = Q(pk__in=[])
        if self.coordinates:
            wanted |= Q(state=DepartmentPlanState.SENT)
        if self.decides:
            wanted |= Q(state=DepartmentPlanState.FORWARDED)
        papers = (
            DepartmentPlan.objects.filter(wanted, quarter__in=self.open)
            .select_related("department", "last_event")
            .defer("last_event__copy")
        )
        for paper in papers:
            paper.quarter = quarter = self.open[paper.quarter_id]
            what = str(paper.department)
            hint = _("Supplement %(number)d") % {"number": paper.sequence} if paper.sequence else ""
            if paper.state == DepartmentPlanState.SENT:
                may = any(t.capacity(self.powers, paper) for t in DEPARTMENT_PLAN.rows("forward"))
                check.append(
                    self._task(
                        quarter, what, paper, quarter.department_due, hint, verb="forward" if may else ""
                    )
                )
            else:
                url = quarter.url("meeting")
                table.append(self._task(quarter, what, paper, quarter.committee_due, hint, url=url, step=3))
        if self.decides:
            table += self._meetings({t.quarter.pk for t in table})
        return check, table

    def _meetings(self, shown: set[int]) -> Iterator[Task]:
        """Meetings begun and not ended in quarters in which no paper would lead there."""
        meetings = Decision.objects.filter(quarter__in=self.open, state=DecisionState.DRAFT)
        for meeting in meetings.exclude(quarter__in=shown):
            quarter = self.open[meeting.quarter_id]
            yield Task(_("Meeting in progress"), quarter, quarter.url("meeting"), 3, paper=meeting)

    def _opening(self) -> Iterator[Task]:
        """Quarters whose registration can be opened, the next one first."""
        if not self.coordinates:
            return
        for quarter in self.quarters:
            if quarter.state == QuarterState.SCHEDULED and quarter.ends >= self.today:
                due = quarter.opens_on
                yield Task(
                    what=str(quarter),
                    quarter=quarter,
                    url=quarter.get_absolute_url(),
                    step=1,
                    since=due,
                    due=due,
                    late=self._late(quarter, due),
                    paper=quarter,
                    verb="open",
                )

    def _task(
        self,
        quarter: Quarter,
        what: str,
        paper: OfficerPlan | DepartmentPlan,
        due: date,
        hint: str = "",
        *,
        url: str = "",
        verb: str = "",
        step: int = 2,
    ) -> Task:
        return Task(
            what=what,
            quarter=quarter,
            url=url or paper.get_absolute_url(),
            step=step,
            department_id=paper.department_id,
            hint=hint,
            since=paper.since,
            due=due,
            late=self._late(quarter, due),
            paper=paper,
            verb=verb,
        )

    # -- reminders --------------------------------------------------------------------------------------------------------

    def _reminders(self, groups: list[Group]) -> tuple[Reminder, ...]:
        """The latest reminder about each task that still waits, latest first."""
        held = {}
        for group in groups:
            if group.key in ("check", "open"):
                continue  # the coordinator does not remind the coordinator
            for task in group.tasks:
                held.setdefault((task.quarter.pk, task.department_id, task.step), task)
        nudges = (
            Nudge.objects.filter(quarter__in=self.open)
            .exclude(sender=self.user)
            .select_related("sender", "department")
            .order_by("-day", "-pk")
        )
        found: dict[tuple[int, int | None, int], Reminder] = {}
        for nudge in nudges if held else ():
            key = (nudge.quarter_id, nudge.department_id, nudge.step)
            if key in held and key not in found:
                found[key] = Reminder(nudge, held[key])
        return tuple(found.values())


def _oldest(tasks: list[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda t: (t.since or date.max, t.quarter.starts, t.what)))


def _department_board(quarter: Quarter, department_id: int) -> str:
    return reverse("department-board", args=[quarter.year, quarter.number, department_id])


@dataclass(frozen=True)
class MyDays:
    """An officer's year in days: what the gauge shows, and how the target came about.

    ``expected`` is the share of the target that the counting window has run through until today; ``missing`` is what neither
    accepted days nor approved days to come make up.
    """

    year: int
    target: Target
    accepted: int
    ahead: int
    registered: int
    expected: int
    missing: int

    @property
    def scale(self) -> int:
        return max(self.target.days, self.accepted + self.ahead, 1)


def my_days(user: User, rule: YearRule) -> MyDays:
    """The year of one officer by the rule; three queries."""
    officer = Officer.objects.with_days(rule).get(pk=user.pk)
    target = officer.target(rule)
    first, last = rule.window
    passed = days_between(first, min(clock.today(), last))
    return MyDays(
        rule.year,
        target,
        officer.accepted,
        officer.ahead,
        officer.registered,
        target.days * passed // (days_between(first, last) or 1),
        max(0, target.days - officer.accepted - officer.ahead),
    )
