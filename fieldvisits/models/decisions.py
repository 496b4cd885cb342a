"""The Standing Committee's meeting (step 3): what is decided on each line, and the one record that applies it all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import Role, User
from accounts.powers import Holding, Powers
from accounts.text import CleanCharField, CleanTextField

from .. import permissions
from ..workflow import DECISION, DecisionState, DepartmentPlanState, OfficerPlanState, VisitState
from .base import OWN_PAPER, Acting, Event, NotNow, Stale, Stateful, state_field, state_is_known
from .hosts import HostUnit
from .plans import DepartmentPlan, OfficerPlan
from .regime import Quarter
from .visits import Visit, problem_of


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Meetings in preparation: the Standing Committee only. Closed ones: whoever works with plans in the province."""
        powers = user.powers
        working = powers.provinces(
            Role.OFFICER, Role.HEAD, Role.DEPUTY, Role.COORDINATOR, Role.RESULTS_DESK, Role.EXECUTIVE
        )
        return self.filter(
            Q(quarter__province__in=powers.provinces(Role.COMMITTEE))
            | Q(quarter__province__in=working, state=DecisionState.CLOSED)
        )


@dataclass(frozen=True)
class OnTable:
    """A department plan as the meeting has it before it: decided lines of all, and what will happen to it on closing."""

    plan: DepartmentPlan
    decided: int
    total: int
    returned: ReturnDecision | None

    @property
    def is_complete(self) -> bool:
        return self.returned is not None or self.decided == self.total

    @property
    def is_untouched(self) -> bool:
        return self.returned is None and self.decided == 0

    @property
    def left(self) -> int:
        return self.total - self.decided


class Decision(Stateful):
    """A meeting of the Standing Committee on a quarter's plans. Until it is closed nothing it marks has any effect.

    The document number is typed by the clerk, never made up: numbers run per document type per term.
    """

    flow = DECISION

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="decisions")
    state = state_field(DECISION)
    meeting_on = models.DateField(gettext_lazy("met on"), null=True, blank=True)
    number = CleanCharField(gettext_lazy("document number"), max_length=60, blank=True)
    conclusion = CleanTextField(gettext_lazy("conclusion"), max_length=4000, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="meetings_opened")
    opened_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter"],
                condition=Q(state=DecisionState.DRAFT),
                name="fieldvisits_decision_one_meeting_at_a_time",
                violation_error_message=gettext_lazy("A meeting on this quarter is in progress already."),
            ),
            models.CheckConstraint(
                name="fieldvisits_decision_closed_is_recorded",
                condition=~Q(state=DecisionState.CLOSED) | (Q(meeting_on__isnull=False) & ~Q(conclusion="")),
            ),
            state_is_known(DECISION, "fieldvisits_decision_state"),
        ]

    def __str__(self) -> str:
        return _("Decision of the Standing Committee, %(quarter)s") % {"quarter": self.quarter}

    def get_absolute_url(self) -> str:
        return reverse("decision-detail", args=[self.pk])

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    @property
    def department_id(self) -> None:
        return None

    def desk_of_committee(self) -> str:
        return _("Standing Committee")

    # -- during the meeting -------------------------------------------------------------------------------------------

    def plans(self) -> models.QuerySet[DepartmentPlan]:
        """The department plans that lie before the Standing Committee, in the departments' order."""
        return (
            DepartmentPlan.objects.filter(quarter=self.quarter, state=DepartmentPlanState.FORWARDED)
            .select_related("department", "quarter__province", "sent_by")
            .order_by("department__order", "department__name", "sequence")
        )

    @cached_property
    def table(self) -> list[OnTable]:
        """Every plan before the meeting with its progress; three queries."""
        total: dict[int, int] = {}
        decided: dict[int, int] = {}
        lines = Visit.objects.filter(
            plan__quarter=self.quarter, plan__state=OfficerPlanState.FORWARDED, state=VisitState.PLANNED
        ).annotate(
            decision_here=models.FilteredRelation("decisions", condition=Q(decisions__decision=self.pk))
        )
        returned_plans = set(self.returns.exclude(officer_plan=None).values_list("officer_plan", flat=True))
        for plan_id, department_plan_id, line_decision in lines.values_list(
            "plan", "plan__department_plan", "decision_here__pk"
        ):
            total[department_plan_id] = total.get(department_plan_id, 0) + 1
            if line_decision or plan_id in returned_plans:
                decided[department_plan_id] = decided.get(department_plan_id, 0) + 1
        returned = {r.department_plan_id: r for r in self.returns.exclude(department_plan=None)}
        return [
            OnTable(p, decided.get(p.pk, 0), total.get(p.pk, 0), returned.get(p.pk)) for p in self.plans()
        ]

    @transaction.atomic
    def decide_line(
        self,
        visit: Visit,
        verdict: str,
        *,
        by: Powers,
        reason: str = "",
        starts: date | None = None,
        ends: date | None = None,
        unit: HostUnit | None = None,
        seen: int | None = None,
    ) -> LineDecision:
        """Mark one line; it can be marked again until the meeting is closed.

        ``seen`` is the ``revision`` of the mark the page showed (0 for none): a newer mark raises Stale.
        Own lines, and lines of a department plan one has sent, raise PermissionDenied.
        """
        self._lock_draft()
        visit.refresh_from_db()
        if visit.state != VisitState.PLANNED or visit.plan.state != OfficerPlanState.FORWARDED:
            raise NotNow(_("This line is no longer before the Standing Committee."))
        holding = self._capacity(by, visit, visit.plan.department_plan)
        mark = self.marks.filter(visit=visit).first() or LineDecision(decision=self, visit=visit)
        if seen is not None and seen != mark.revision:
            raise Stale(
                _("%(who)s has just marked this line “%(what)s”; please look again.")
                % {"who": mark.decided_by, "what": mark.get_verdict_display()}
                if mark.pk
                else _("This mark has just been taken back; please look again.")
            )
        mark.officer_id = visit.officer_id
        mark.verdict, mark.reason = verdict, reason
        amends = verdict == Verdict.AMEND
        mark.starts, mark.ends, mark.unit = (starts, ends, unit) if amends else (None, None, None)
        mark.was_starts, mark.was_ends, mark.was_unit = visit.starts, visit.ends, visit.unit
        mark.decided_by, mark.on_behalf_of = by.user, holding.on_behalf_of
        mark.revision += 1
        mark.full_clean()
        mark.save()
        return mark

    @transaction.atomic
    def clear_line(self, visit: Visit, *, by: Powers) -> None:
        """Take a mark back."""
        self._lock_draft()
        self._capacity(by, visit, visit.plan.department_plan)
        self.marks.filter(visit=visit).delete()

    @transaction.atomic
    def agree_to_rest(self, plan: DepartmentPlan, *, by: Powers) -> tuple[int, int]:
        """Agree to every line of a department plan that is not marked yet: (agreed, left because they are one's own)."""
        agreed = own = 0
        marked = set(self.marks.values_list("visit", flat=True))
        returned = set(self.returns.values_list("officer_plan", flat=True))
        lines = Visit.objects.filter(plan__department_plan=plan, state=VisitState.PLANNED).exclude(
            pk__in=marked
        )
        for line in lines.exclude(plan__in=[pk for pk in returned if pk]).select_related(
            "plan__department_plan"
        ):
            try:
                self.decide_line(line, Verdict.AGREE, by=by)
                agreed += 1
            except PermissionDenied:
                own += 1
        return agreed, own

    @transaction.atomic
    def return_paper(
        self, paper: DepartmentPlan | OfficerPlan, comment: str, *, by: Powers
    ) -> ReturnDecision:
        """Mark a whole department plan, or one officer's plan, to be returned when the meeting closes."""
        self._lock_draft()
        holding = self._capacity(
            by, paper, paper if isinstance(paper, DepartmentPlan) else paper.department_plan
        )
        column = "department_plan" if isinstance(paper, DepartmentPlan) else "officer_plan"
        paper.refresh_from_db()
        if paper.state != DepartmentPlanState.FORWARDED:
            raise NotNow(_("This plan is no longer before the Standing Committee."))
        mark = self.returns.filter(**{column: paper}).first() or ReturnDecision(
            decision=self, **{column: paper}
        )
        mark.comment, mark.decided_by, mark.on_behalf_of = comment, by.user, holding.on_behalf_of
        mark.full_clean()
        mark.save()
        return mark

    @transaction.atomic
    def take_back_return(self, paper: DepartmentPlan | OfficerPlan, *, by: Powers) -> None:
        """The plan is not to be returned after all."""
        self._lock_draft()
        self._capacity(by, paper, None)
        column = "department_plan" if isinstance(paper, DepartmentPlan) else "officer_plan"
        self.returns.filter(**{column: paper}).delete()

    def _lock_draft(self) -> None:
        self.refresh_from_db(from_queryset=Decision.objects.select_for_update())
        if self.state != DecisionState.DRAFT:
            raise NotNow(_("The meeting is over: %(state)s.") % {"state": self.current.label})
        closed = self.quarter.why_closed()
        if closed:
            raise NotNow(closed)

    def _capacity(self, powers: Powers, *papers: Stateful | None) -> Holding:
        """In which capacity the person decides in this meeting on all of ``papers``, none of them their own."""
        holdings = list(permissions.committee(powers, self))
        if not holdings:
            raise PermissionDenied(_("Only members of the Standing Committee decide here."))
        for holding in holdings:
            if not any(permissions.is_own(holding, powers, paper) for paper in papers if paper is not None):
                return holding
        raise PermissionDenied(OWN_PAPER)

    # -- what the table asks ------------------------------------------------------------------------------------------

    def why_not_recorded(self) -> str | None:
        if self.meeting_on is None:
            return _("Enter the day of the meeting.")
        if self.meeting_on > clock.today():
            return _("The day of the meeting cannot lie in the future.")
        if not self.conclusion.strip():
            return _("Write the conclusion of the meeting.")
        return None

    def why_not_decided(self) -> str | None:
        """Departments begun must be finished; those not begun wait for the next meeting; one at least must be decided."""
        self.__dict__.pop("table", None)
        begun = [row for row in self.table if not row.is_untouched]
        for row in begun:
            if not row.is_complete:
                return ngettext(
                    "%(plan)s: %(left)d line is not decided yet.",
                    "%(plan)s: %(left)d lines are not decided yet.",
                    row.left,
                ) % {"plan": row.plan.department, "left": row.left}
        if not begun:
            return _("Nothing has been decided in this meeting yet.")
        return None

    def apply(self, event: Event, acting: Acting) -> None:
        """Carry every mark out, in one transaction: lines, officers' plans, department plans. Each keeps who decided it."""
        self.__dict__.pop("table", None)
        marks = {m.visit_id: m for m in self.marks.select_related("unit", "decided_by", "on_behalf_of")}
        returns = {m.officer_plan_id: m for m in self.returns.exclude(officer_plan=None)}
        for row in sorted(self.table, key=lambda row: row.plan.pk):
            if row.returned:
                row.returned.carry_out(row.plan, event)
            elif not row.is_untouched:
                self._apply_to(row.plan, event, marks, returns)

    def _apply_to(
        self,
        department_plan: DepartmentPlan,
        event: Event,
        marks: dict[int, LineDecision],
        returns: dict[int | None, ReturnDecision],
    ) -> None:
        list(DepartmentPlan.objects.select_for_update().filter(pk=department_plan.pk))
        decider: LineDecision | None = None
        last_return: ReturnDecision | None = None
        for plan in OfficerPlan.objects.filter(department_plan=department_plan).order_by("pk"):
            if plan.state != OfficerPlanState.FORWARDED:
                raise NotNow(_("%(plan)s is no longer before the Standing Committee.") % {"plan": plan})
            if plan.pk in returns:
                last_return = returns[plan.pk]
                last_return.carry_out(plan, event)
                continue
            for line in plan.lines.filter(state=VisitState.PLANNED).order_by("pk"):
                if line.pk not in marks:
                    raise NotNow(_("%(plan)s has a line that is not decided yet.") % {"plan": plan})
                decider = marks[line.pk]
                decider.carry_out(line, event)
            if decider is None:
                raise NotNow(_("%(plan)s has no line to decide on.") % {"plan": plan})
            approved = plan.lines.filter(state=VisitState.APPROVED).exists()
            plan.follow("approve" if approved else "reject", event, **decider.acting)
        if decider is not None:
            department_plan.follow("approve", event, **decider.acting)
        elif last_return is not None:
            last_return.carry_out(department_plan, event)


class Verdict(models.TextChoices):
    """What the Standing Committee says of a line."""

    AGREE = "agree", gettext_lazy("Agreed")
    AMEND = "amend", gettext_lazy("Agreed with changes")
    STRIKE = "strike", gettext_lazy("Not agreed")


class _Mark(models.Model):
    """Made by one member in a meeting, in their own name or for the one whose stand-in they are."""

    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def acting(self) -> dict[str, Powers | Holding]:
        """The capacity in which the mark was made, for the history of the paper it moves."""
        province_id = self.decision.quarter.province_id  # type: ignore[attr-defined]
        holding = Holding(Role.COMMITTEE, province_id, frozenset(), "", self.on_behalf_of)
        return {"powers": Powers(self.decided_by, clock.today(), (holding,)), "holding": holding}


class LineDecision(_Mark):
    """What a meeting says of one line; ``was_*`` keeps what the line asked for, so both can be read side by side."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="marks")
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="decisions")
    officer = models.ForeignKey(User, models.PROTECT, related_name="+")
    verdict = models.CharField(gettext_lazy("verdict"), max_length=10, choices=Verdict)
    starts = models.DateField(gettext_lazy("from"), null=True, blank=True)
    ends = models.DateField(gettext_lazy("until"), null=True, blank=True)
    unit = models.ForeignKey(
        HostUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("host unit"),
    )
    was_starts = models.DateField()
    was_ends = models.DateField()
    was_unit = models.ForeignKey(HostUnit, models.PROTECT, related_name="+")
    reason = CleanTextField(gettext_lazy("reason"), max_length=1000, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "visit"], name="fieldvisits_linedecision_once"),
            models.CheckConstraint(
                name="fieldvisits_linedecision_reason_unless_agreed",
                condition=Q(verdict=Verdict.AGREE) | ~Q(reason=""),
                violation_error_message=gettext_lazy("Give the reason: the officer needs to know why."),
            ),
            models.CheckConstraint(
                name="fieldvisits_linedecision_amended_in_full",
                condition=Q(
                    verdict=Verdict.AMEND, starts__isnull=False, ends__isnull=False, unit__isnull=False
                )
                | (~Q(verdict=Verdict.AMEND) & Q(starts=None, ends=None, unit=None)),
                violation_error_message=gettext_lazy("Give the new days and the new unit."),
            ),
            models.CheckConstraint(
                name="fieldvisits_linedecision_not_on_own_line",
                condition=~Q(decided_by=F("officer"))
                & (Q(on_behalf_of=None) | ~Q(on_behalf_of=F("officer"))),
                violation_error_message=OWN_PAPER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.get_verdict_display()}"

    def clean(self) -> None:
        if self.verdict != Verdict.AGREE and not self.reason.strip():
            raise ValidationError({"reason": _("Give the reason: the officer needs to know why.")})
        if self.verdict == Verdict.AMEND:
            problem = problem_of(self.starts, self.ends, self.unit, self.decision.quarter)
            if problem:
                raise ValidationError({"starts": problem})
            if (self.starts, self.ends, self.unit_id) == (self.was_starts, self.was_ends, self.was_unit_id):
                raise ValidationError({"starts": _("Nothing has been changed: agree instead.")})

    def carry_out(self, line: Visit, cause: Event) -> None:
        """Move the line as marked."""
        if self.verdict == Verdict.AMEND:
            Visit.objects.filter(pk=line.pk).update(starts=self.starts, ends=self.ends, unit=self.unit)
            line.refresh_from_db()
            line.write_days()
        verb = {Verdict.AGREE: "approve", Verdict.AMEND: "amend", Verdict.STRIKE: "refuse"}[
            Verdict(self.verdict)
        ]
        line.follow(verb, cause, comment=self.reason, **self.acting)


class ReturnDecision(_Mark):
    """A meeting returns a whole department plan, or one officer's plan, with a comment."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="returns")
    department_plan = models.ForeignKey(
        DepartmentPlan, models.CASCADE, null=True, blank=True, related_name="return_decisions"
    )
    officer_plan = models.ForeignKey(
        OfficerPlan, models.CASCADE, null=True, blank=True, related_name="return_decisions"
    )
    comment = CleanTextField(gettext_lazy("comment"), max_length=1000)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_returndecision_one_paper",
                condition=Q(department_plan=None, officer_plan__isnull=False)
                | Q(department_plan__isnull=False, officer_plan=None),
            ),
            models.UniqueConstraint(
                fields=["decision", "department_plan"], name="fieldvisits_returndecision_once_department"
            ),
            models.UniqueConstraint(
                fields=["decision", "officer_plan"], name="fieldvisits_returndecision_once_officer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department_plan or self.officer_plan}: {self.comment}"

    def carry_out(self, paper: DepartmentPlan | OfficerPlan, cause: Event) -> None:
        """Send the paper back."""
        paper.follow("send_back", cause, comment=self.comment, **self.acting)
