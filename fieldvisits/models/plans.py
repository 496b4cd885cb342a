"""The officer's quarter plan and the department plan that takes it up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import Department, Membership, Role, User
from accounts.text import CleanTextField

from ..workflow import (
    DEPARTMENT_PLAN,
    OFFICER_PLAN,
    DepartmentPlanState,
    OfficerPlanState,
    VisitState,
)
from .base import Acting, Event, MayBeHeadsOwn, NotNow, OwnOfItsSender, state_field, state_is_known
from .officers import Officer, Place, places_in
from .regime import Quarter
from .sight import OfficersPaperQuerySet
from .visits import Visit

#: Most lines a plan may have: three months have no more weeks than this.
MOST_LINES = 60


class OfficerPlanQuerySet(OfficersPaperQuerySet):
    settled = (OfficerPlanState.APPROVED,)

    def of(self, quarter: Quarter):
        return self.filter(quarter=quarter)

    def with_counts(self):
        """With ``line_count`` (lines that stand) and ``days_planned`` (different dates of these)."""
        standing = Q(lines__state__in=(VisitState.PLANNED, VisitState.APPROVED))
        return self.annotate(
            line_count=Count("lines", distinct=True, filter=standing),
            days_planned=Count("lines__days__date", distinct=True, filter=standing),
        )

    def start(self, user: User, quarter: Quarter) -> OfficerPlan:
        """The officer's plan for the quarter, made as a draft when there is none; NotNow with a sentence when it may not be."""
        found = self.filter(quarter=quarter, officer=user).first()
        if found:
            return found
        if quarter.province_id not in user.powers.provinces(Role.OFFICER):
            raise PermissionDenied(_("Your role does not allow this."))
        closed = quarter.why_closed()
        if closed:
            raise NotNow(closed)
        place = next((p for p in places_in(quarter) if p.officer.pk == user.pk), None)
        if place is None:
            raise NotNow(
                _("You do not belong to a department in this quarter, or your post is outside the quota.")
            )
        plan, _made = self.get_or_create(
            quarter=quarter, officer=user, defaults={"department": place.department}
        )
        return plan


class OfficerPlan(MayBeHeadsOwn):
    """An officer's plan for a quarter (step 1): its lines, and on whose desk it lies."""

    flow = OFFICER_PLAN

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="officer_plans")
    officer = models.ForeignKey(User, models.PROTECT, related_name="plans")
    department = models.ForeignKey(Department, models.PROTECT, related_name="officer_plans")
    department_plan = models.ForeignKey(
        "DepartmentPlan", models.PROTECT, null=True, blank=True, editable=False, related_name="officer_plans"
    )
    state = state_field(OFFICER_PLAN)
    submitted_on = models.DateField(gettext_lazy("first sent on"), null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)
    late_reason = CleanTextField(gettext_lazy("reason of the delay"), blank=True, editable=False)
    heads_own = models.BooleanField(gettext_lazy("the head's own plan"), default=False, editable=False)

    objects = OfficerPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quarter", "officer"], name="fieldvisits_officerplan_once"),
            models.CheckConstraint(
                name="fieldvisits_officerplan_late_with_reason", condition=Q(late=False) | ~Q(late_reason="")
            ),
            models.CheckConstraint(
                name="fieldvisits_officerplan_sent_is_in_department_plan",
                condition=Q(
                    state__in=(
                        OfficerPlanState.SENT,
                        OfficerPlanState.FORWARDED,
                        OfficerPlanState.APPROVED,
                        OfficerPlanState.REJECTED,
                    ),
                    department_plan__isnull=False,
                )
                | Q(
                    state__in=(
                        OfficerPlanState.DRAFT,
                        OfficerPlanState.SUBMITTED,
                        OfficerPlanState.RETURNED,
                        OfficerPlanState.ENDORSED,
                    ),
                    department_plan=None,
                ),
            ),
            state_is_known(OFFICER_PLAN, "fieldvisits_officerplan_state"),
        ]

    def __str__(self) -> str:
        return _("Plan of %(officer)s, %(quarter)s") % {"officer": self.officer, "quarter": self.quarter}

    def get_absolute_url(self) -> str:
        return reverse("plan-detail", args=[self.pk])

    @property
    def author_id(self) -> int:
        return self.officer_id

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    def locks(self) -> Iterable[models.QuerySet]:
        if self.department_plan_id:
            yield DepartmentPlan.objects.filter(pk=self.department_plan_id)

    # -- lines ------------------------------------------------------------------------------------------------------

    @property
    def is_editable(self) -> bool:
        """Whether its officer may change its lines."""
        return self.state in (OfficerPlanState.DRAFT, OfficerPlanState.RETURNED)

    def has_lines(self) -> bool:
        return any(line.is_standing for line in self.fetched("lines") or self.lines.standing()[:1])

    def first_problem(self) -> str | None:
        """What keeps the plan from being registered, naming the line."""
        for number, line in enumerate(self.fetched("lines") or self.lines.whole().in_order(), start=1):
            line.quarter = self.quarter
            problem = line.problem() if line.state == VisitState.PLANNED else None
            if problem:
                return _("Line %(number)d: %(problem)s") % {"number": number, "problem": problem}
        return None

    def add_line(self, **values: Any) -> Visit:
        """A new line, empty or with ``values``; NotNow when the plan is not open to its officer or is full."""
        self.refuse_unless_editable()
        if self.lines.count() >= MOST_LINES:
            raise NotNow(_("A plan has at most %(most)d lines.") % {"most": MOST_LINES})
        line = Visit(
            plan=self,
            quarter=self.quarter,
            officer_id=self.officer_id,
            department_id=self.department_id,
            **values,
        )
        line.save()
        line.write_days()
        return line

    def refuse_unless_editable(self) -> None:
        """Raise NotNow with the reason unless its officer may change its lines now."""
        if not self.is_editable:
            raise NotNow(
                _("The plan is “%(state)s” and cannot be changed. Withdraw it first.")
                % {"state": self.current.label}
            )
        closed = self.quarter.why_closed()
        if closed:
            raise NotNow(closed)

    @cached_property
    def memberships_of_quarter(self) -> list[Membership]:
        """Who belongs to the province's departments in the quarter, with the people, by given name; read once for the plan."""
        quarter = self.quarter
        return list(
            Membership.objects.between(quarter.starts, quarter.ends)
            .filter(user__province=quarter.province_id, user__is_active=True)
            .select_related("user")
            .order_by("user__sort_name", "user", "pk")
        )

    def earlier_plans(self) -> models.QuerySet[OfficerPlan]:
        """The officer's plans of earlier quarters whose lines can be copied, latest first."""
        earlier = Q(quarter__year__lt=self.quarter.year) | Q(
            quarter__year=self.quarter.year, quarter__number__lt=self.quarter.number
        )
        return (
            OfficerPlan.objects.filter(earlier, officer=self.officer_id)
            .exclude(lines=None)
            .select_related("quarter")
            .order_by("-quarter__year", "-quarter__number")
        )

    @transaction.atomic
    def copy_lines_from(self, other: OfficerPlan) -> int:
        """Copy the lines of an earlier quarter, each moved by whole weeks so that weekdays stay; how many were copied."""
        weeks = round((self.quarter.starts - other.quarter.starts).days / 7)
        copied = 0
        for line in other.lines.whole().in_order():
            moved: dict[str, Any] = {}
            if line.starts and line.ends:
                starts, ends = (day + timedelta(weeks=weeks) for day in (line.starts, line.ends))
                while starts < self.quarter.starts:
                    starts, ends = starts + timedelta(weeks=1), ends + timedelta(weeks=1)
                while ends > self.quarter.ends and starts - timedelta(weeks=1) >= self.quarter.starts:
                    starts, ends = starts - timedelta(weeks=1), ends - timedelta(weeks=1)
                moved = {"starts": starts, "ends": min(ends, self.quarter.ends)}
            new = self.add_line(
                unit=line.unit,
                group=line.group,
                content=line.content,
                expected=line.expected,
                note=line.note,
                **moved,
            )
            new.companions.set(line.companions.all())
            copied += 1
        return copied

    def as_copy(self) -> list[dict[str, Any]]:
        return [line.as_copy() for line in self.lines.whole().in_order()]

    # -- what the table asks ------------------------------------------------------------------------------------------

    def is_overdue(self) -> bool:
        """Not yet sent, and the quarter's due date for officers has passed."""
        return self.submitted_on is None and self.quarter.is_late(self.quarter.officer_due)

    def must_explain(self, verb: str) -> str | None:
        if verb == "submit" and self.is_overdue():
            return _("The due date %(day)s has passed: give the reason of the delay.") % {
                "day": self.quarter.officer_due.strftime("%d/%m/%Y")
            }
        return None

    def why_kept_in_department_plan(self) -> str | None:
        """Why the plan cannot leave the department plan it went up with: a department plan is never left empty."""
        if self.department_plan_id is None:
            return None
        known = OfficerPlan.department_plan.is_cached(self) and self.department_plan.fetched("officer_plans")
        others = known or OfficerPlan.objects.filter(department_plan=self.department_plan_id)[:2]
        if len(others) > 1:
            return None
        return _(
            "It is the only plan in the department plan: the whole department plan must be returned instead."
        )

    def note_submission(self, event: Event, acting: Acting) -> None:
        if self.is_overdue():
            self.late, self.late_reason = True, event.comment
        self.submitted_on = self.submitted_on or clock.today()

    def join_department_plan(self, event: Event, acting: Acting) -> None:
        self.department_plan = event.cause.paper

    def leave_department_plan(self, event: Event, acting: Acting) -> None:
        from .marks import drop_marks_on

        drop_marks_on(self, keep_return=event.verb == "send_back")
        self.department_plan = None
        if self.state != OfficerPlanState.ENDORSED:
            self.heads_own = False


class DepartmentPlanQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """As leader of the department; as coordinator, results desk or Standing Committee from sending on; as executive member
        approved ones; and those one has moved."""
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        return self.filter(
            Q(department__in=powers.departments(Role.HEAD, Role.DEPUTY))
            | Q(quarter__province__in=wide) & ~Q(state=DepartmentPlanState.DRAFT)
            | Q(quarter__province__in=powers.provinces(Role.EXECUTIVE), state=DepartmentPlanState.APPROVED)
            | Q(pk__in=Event.objects.decided_by(user, DepartmentPlan), quarter__province=user.province_id)
        )

    def open_for(
        self, quarter: Quarter, department: Department, known: Iterable[DepartmentPlan] | None = None
    ) -> DepartmentPlan:
        """The department plan still at the department, saved or not: the first of the quarter, else the next supplement.

        ``known`` are all of the department in the quarter, where a page has read them.
        """
        mine = list(self.filter(quarter=quarter, department=department) if known is None else known)
        for paper in sorted(mine, key=lambda paper: paper.pk):
            if paper.state in (DepartmentPlanState.DRAFT, DepartmentPlanState.RETURNED):
                return paper
        following = max((paper.sequence for paper in mine), default=-1) + 1
        return DepartmentPlan(quarter=quarter, department=department, sequence=following)


class DepartmentPlan(OwnOfItsSender):
    """What a department agreed on and sends up (step 2): the plans of its officers, the day it met, its note.

    ``sequence`` 0 is the quarter's plan; 1, 2, … are supplements for officers who were late or whose plan was returned.
    ``sent_for`` is whom ``sent_by`` stood in for, if anybody: the paper is both's own.
    """

    flow = DEPARTMENT_PLAN
    #: The department's plans in the quarter where a page has read them: the guards of what it shows need no query then.
    known_plans: list[OfficerPlan] | None = None

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="department_plans")
    department = models.ForeignKey(Department, models.PROTECT, related_name="department_plans")
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    state = state_field(DEPARTMENT_PLAN)
    met_on = models.DateField(gettext_lazy("department met on"), null=True, blank=True)
    note = CleanTextField(gettext_lazy("note"), max_length=2000, blank=True)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="department_plans_sent"
    )
    sent_for = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="department_plans_sent_for"
    )
    sent_on = models.DateField(gettext_lazy("first sent on"), null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)

    objects = DepartmentPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "department", "sequence"], name="fieldvisits_departmentplan_once"
            ),
            models.CheckConstraint(
                name="fieldvisits_departmentplan_sent_has_met",
                condition=Q(state__in=(DepartmentPlanState.DRAFT, DepartmentPlanState.RETURNED))
                | Q(met_on__isnull=False, sent_by__isnull=False),
            ),
            state_is_known(DEPARTMENT_PLAN, "fieldvisits_departmentplan_state"),
        ]

    def __str__(self) -> str:
        text = _("Plan of %(department)s, %(quarter)s") % {
            "department": self.department,
            "quarter": self.quarter,
        }
        return text + (_(" (supplement %(number)d)") % {"number": self.sequence} if self.sequence else "")

    def get_absolute_url(self) -> str:
        return reverse("department-plan-detail", args=[self.pk])

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    @cached_property
    def places(self) -> list[Place]:
        """Everybody who belongs to the department in the quarter and should have a plan, excused ones included."""
        return places_in(self.quarter, self.department)

    def agreed(self) -> models.QuerySet[OfficerPlan]:
        """Plans the department has agreed on and not yet sent up."""
        return self._of_department().filter(state=OfficerPlanState.ENDORSED)

    def _of_department(self) -> models.QuerySet[OfficerPlan]:
        plans = OfficerPlan.objects.filter(quarter=self.quarter, department=self.department)
        return plans.select_related("officer").by_name()

    def _plans(self) -> list[OfficerPlan]:
        """The officers' plans of the department in the quarter, by name: those a page has read, else as they are now."""
        return list(self._of_department()) if self.known_plans is None else self.known_plans

    def missing(self) -> list[Officer]:
        """Officers of whom the department has no plan in hand or already up: nothing yet, a draft, or returned."""
        with_officer = (OfficerPlanState.DRAFT, OfficerPlanState.RETURNED)
        present = {plan.officer_id for plan in self._plans() if plan.state not in with_officer}
        return [p.officer for p in self.places if not p.excused and p.officer.pk not in present]

    # -- what the table asks ------------------------------------------------------------------------------------------

    def is_overdue(self) -> bool:
        return self.sent_on is None and self.quarter.is_late(self.quarter.department_due)

    def why_not_met(self) -> str | None:
        if self.met_on is None:
            return _("Enter the day on which the department met.")
        if self.met_on > clock.today():
            return _("The day on which the department met cannot lie in the future.")
        return self.quarter.why_before_opening(self.met_on)

    def why_not_complete(self) -> str | None:
        plans = self._plans()
        waiting = [str(plan.officer) for plan in plans if plan.state == OfficerPlanState.SUBMITTED]
        if waiting:
            return ngettext(
                "%(count)d plan still waits for the department's agreement: %(names)s.",
                "%(count)d plans still wait for the department's agreement: %(names)s.",
                len(waiting),
            ) % {"count": len(waiting), "names": ", ".join(waiting)}
        if not any(plan.state == OfficerPlanState.ENDORSED for plan in plans):
            return _("The department has not agreed on any plan yet.")
        return None

    def must_explain(self, verb: str) -> str | None:
        if verb != "send":
            return None
        missing = self.missing()
        if missing:
            return _("Say in the note why these officers have no plan: %(names)s.") % {
                "names": ", ".join(str(officer) for officer in missing)
            }
        if self.is_overdue():
            return _("The due date %(day)s has passed: give the reason of the delay in the note.") % {
                "day": self.quarter.department_due.strftime("%d/%m/%Y")
            }
        return None

    def why_on_the_table(self) -> str | None:
        """Why it cannot be taken back from the Standing Committee: a meeting has begun to decide on it."""
        from .marks import is_marked

        if is_marked(self):
            return _("The Standing Committee has begun to decide on this plan.")
        return None

    def take_plans_along(self, event: Event, acting: Acting) -> None:
        self.note = event.comment
        self.note_sender(acting)
        self.late = self.late or self.is_overdue()
        self.sent_on = self.sent_on or clock.today()
        agreed = list(self.agreed().values_list("pk", flat=True))
        for plan in OfficerPlan.objects.filter(pk__in=agreed).order_by("pk").select_for_update():
            if plan.state == OfficerPlanState.ENDORSED:
                self._carry(plan, "go_up", event, acting)

    def pass_plans_on(self, event: Event, acting: Acting) -> None:
        self._carry_all("go_on", event, acting)

    def take_plans_back(self, event: Event, acting: Acting) -> None:
        self._carry_all("step_back", event, acting)

    def give_plans_back(self, event: Event, acting: Acting) -> None:
        self._carry_all("come_back", event, acting)

    def _carry_all(self, verb: str, event: Event, acting: Acting) -> None:
        for plan in self.officer_plans.order_by("pk"):
            self._carry(plan, verb, event, acting)

    def _carry(self, plan: OfficerPlan, verb: str, event: Event, acting: Acting) -> None:
        plan.follow(verb, event, powers=acting.powers, holding=acting.holding)
