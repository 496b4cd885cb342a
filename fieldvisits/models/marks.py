"""What a meeting of the Standing Committee marks (step 3): a verdict on a line, a paper to be returned."""

from __future__ import annotations

import secrets

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Role, User
from accounts.powers import Holding, Powers
from accounts.text import CleanTextField

from ..workflow import DecisionState
from .base import OWN_PAPER, Event, NotNow
from .hosts import HostUnit
from .plans import DepartmentPlan, OfficerPlan
from .visits import Visit, dates_text, problem_of


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

    decision = models.ForeignKey("Decision", models.CASCADE, related_name="marks")
    # what a meeting decided outlives everything: marks go only with a meeting that is cancelled or a plan that leaves it
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="decisions")
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

    def count_revision(self) -> None:
        """A new revision. The first is a number drawn by lot: a mark made after one was taken back does not look like that one."""
        self.revision = self.revision + 1 if self.pk else secrets.randbelow(1_000_000_000) + 1

    def clean(self) -> None:
        if self.verdict != Verdict.AGREE and not self.reason.strip():
            raise ValidationError({"reason": _("Give the reason: the officer needs to know why.")})
        quarter = self.decision.quarter
        if self.verdict == Verdict.AGREE:
            problem = problem_of(self.was_starts, self.was_ends, self.was_unit, quarter)
            if problem:
                raise ValidationError(
                    {"verdict": _("It cannot be agreed to as it stands: %(problem)s") % {"problem": problem}}
                )
        if self.verdict == Verdict.AMEND:
            if self.unit and self.unit.province_id != quarter.province_id:
                raise ValidationError({"unit": _("This unit belongs to another province.")})
            problem = problem_of(self.starts, self.ends, self.unit, quarter)
            if problem:
                raise ValidationError({"starts": problem})
            if (self.starts, self.ends, self.unit_id) == (self.was_starts, self.was_ends, self.was_unit_id):
                raise ValidationError({"starts": _("Nothing has been changed: agree instead.")})

    @property
    def new_dates(self) -> str:
        return dates_text(self.starts, self.ends)

    @property
    def old_dates(self) -> str:
        return dates_text(self.was_starts, self.was_ends)

    def carry_out(self, line: Visit, cause: Event) -> None:
        """Move the line as marked; NotNow when it can no longer be visited so (its unit has ceased to exist meanwhile)."""
        quarter = self.decision.quarter
        if self.verdict == Verdict.AMEND:
            problem = problem_of(self.starts, self.ends, self.unit, quarter)
        else:
            problem = problem_of(line.starts, line.ends, line.unit, quarter)
        if problem and self.verdict != Verdict.STRIKE:
            raise NotNow(
                _("%(plan)s, %(line)s: %(problem)s") % {"plan": line.plan, "line": line, "problem": problem}
            )
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

    decision = models.ForeignKey("Decision", models.CASCADE, related_name="returns")
    department_plan = models.ForeignKey(
        DepartmentPlan, models.PROTECT, null=True, blank=True, related_name="return_decisions"
    )
    officer_plan = models.ForeignKey(
        OfficerPlan, models.PROTECT, null=True, blank=True, related_name="return_decisions"
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


def is_marked(paper: DepartmentPlan) -> bool:
    """Whether a meeting in progress has marked anything in a department plan."""
    marked = (
        Q(officer_plans__lines__decisions__decision__state=DecisionState.DRAFT)
        | Q(officer_plans__return_decisions__decision__state=DecisionState.DRAFT)
        | Q(return_decisions__decision__state=DecisionState.DRAFT)
    )
    return DepartmentPlan.objects.filter(marked, pk=paper.pk).exists()


def drop_marks_on(plan: OfficerPlan, *, keep_return: bool) -> None:
    """What a meeting in progress has marked on a plan is void once the plan leaves: it may come back with other lines.

    ``keep_return`` spares the mark that returns it, while that one is being carried out.
    """
    LineDecision.objects.filter(visit__plan=plan, decision__state=DecisionState.DRAFT).delete()
    if not keep_return:
        ReturnDecision.objects.filter(officer_plan=plan, decision__state=DecisionState.DRAFT).delete()
