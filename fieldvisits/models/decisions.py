"""The Standing Committee's meeting (step 3): what is decided on each line, and the one record that applies it all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import Role, User
from accounts.powers import Holding, Powers
from accounts.text import CleanCharField, CleanTextField, clean

from .. import permissions
from ..workflow import DECISION, DecisionState, DepartmentPlanState, OfficerPlanState, VisitState
from .base import OWN_PAPER, Acting, Event, NotNow, Stale, Stateful, state_field, state_is_known
from .hosts import HostUnit
from .marks import LineDecision, ReturnDecision, Verdict
from .plans import DepartmentPlan, OfficerPlan
from .regime import Quarter
from .visits import Visit

OUTSIDER = gettext_lazy("Only members of the Standing Committee decide here.")


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

    def in_progress(self, quarter: Quarter) -> Decision | None:
        """The meeting on the quarter that is going on, if any."""
        return self.filter(quarter=quarter, state=DecisionState.DRAFT).select_related("opened_by").first()

    def start(self, quarter: Quarter, *, by: Powers) -> Decision:
        """Open the meeting on the quarter, or enter the one in progress: of two members who start at once both get the same.

        PermissionDenied for others than members; NotNow while the quarter is closed or nothing lies before the committee.
        """
        if not list(permissions.committee(by, quarter)):
            raise PermissionDenied(OUTSIDER)
        found = self.in_progress(quarter)
        if found:
            return found
        closed = quarter.why_closed()
        if closed:
            raise NotNow(closed)
        if not DepartmentPlan.objects.filter(quarter=quarter, state=DepartmentPlanState.FORWARDED).exists():
            raise NotNow(_("No department plan lies before the Standing Committee yet."))
        decision, _made = self.get_or_create(
            quarter=quarter,
            state=DecisionState.DRAFT,
            defaults={"opened_by": by.user, "opened_at": clock.now(), "meeting_on": clock.today()},
        )
        return decision


@dataclass(frozen=True)
class OnTable:
    """A department plan as the meeting has it before it.

    ``total`` counts its lines, ``tally`` those marked with each verdict, ``given_back`` those of the officers' plans that are to be
    returned (``returned_plans`` of them); ``waiting`` names the officers with lines still to be decided.
    """

    plan: DepartmentPlan
    total: int
    tally: Counter[str]
    given_back: int
    returned_plans: int
    waiting: frozenset[int]
    returned: ReturnDecision | None

    @property
    def decided(self) -> int:
        return self.tally.total() + self.given_back

    @property
    def is_complete(self) -> bool:
        return self.returned is not None or self.decided == self.total

    @property
    def is_untouched(self) -> bool:
        return self.returned is None and self.decided == 0

    @property
    def left(self) -> int:
        return self.total - self.decided

    @property
    def name(self) -> str:
        """The department, and which supplement it is."""
        if not self.plan.sequence:
            return str(self.plan.department)
        return str(self.plan.department) + _(" (supplement %(number)d)") % {"number": self.plan.sequence}


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
        returns = list(self.returns.select_related("decided_by", "on_behalf_of"))
        returned_plans = {r.officer_plan_id for r in returns if r.officer_plan_id}
        returned = {r.department_plan_id: r for r in returns if r.department_plan_id}
        lines = Visit.objects.filter(
            plan__quarter=self.quarter, plan__state=OfficerPlanState.FORWARDED, state=VisitState.PLANNED
        ).annotate(mark_here=models.FilteredRelation("decisions", condition=Q(decisions__decision=self.pk)))
        total: Counter[int] = Counter()
        tally: dict[int, Counter[str]] = defaultdict(Counter)
        given_back: dict[int, Counter[int]] = defaultdict(Counter)
        waiting: dict[int, set[int]] = defaultdict(set)
        for plan, officer, paper, verdict in lines.values_list(
            "plan", "officer", "plan__department_plan", "mark_here__verdict"
        ):
            total[paper] += 1
            if plan in returned_plans:
                given_back[paper][plan] += 1
            elif verdict:
                tally[paper][verdict] += 1
            else:
                waiting[paper].add(officer)
        return [
            OnTable(
                p,
                total[p.pk],
                tally[p.pk],
                given_back[p.pk].total(),
                len(given_back[p.pk]),
                frozenset(waiting[p.pk]),
                returned.get(p.pk),
            )
            for p in self.plans()
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

        ``seen`` is what the page showed: the ``revision`` of the mark, or ``seen`` of the officer's plan where there was none.
        A newer mark, or a plan that has been away and came back since (perhaps with other days), raises Stale.
        Own lines, and lines of a department plan one has sent, raise PermissionDenied; what cannot be carried out
        (no reason, days or unit that do not do) raises ValidationError.
        """
        self._enter(by)
        holding = self._take_up(visit, by)
        mark = self._mark_of(visit, seen) or LineDecision(decision=self, visit=visit)
        self._put(mark, verdict, by, holding, reason, starts, ends, unit)
        return mark

    def _put(
        self,
        mark: LineDecision,
        verdict: str,
        by: Powers,
        holding: Holding,
        reason: str = "",
        starts: date | None = None,
        ends: date | None = None,
        unit: HostUnit | None = None,
    ) -> None:
        visit = mark.visit
        mark.officer_id = visit.officer_id
        mark.verdict, mark.reason = verdict, reason
        amends = verdict == Verdict.AMEND
        mark.starts, mark.ends, mark.unit = (starts, ends, unit) if amends else (None, None, None)
        mark.was_starts, mark.was_ends, mark.was_unit = visit.starts, visit.ends, visit.unit
        mark.decided_by, mark.on_behalf_of = by.user, holding.on_behalf_of
        mark.count_revision()
        mark.full_clean()
        mark.save()

    @transaction.atomic
    def clear_line(self, visit: Visit, *, by: Powers, seen: int | None = None) -> None:
        """Take a mark back; ``seen`` as in ``decide_line``."""
        self._enter(by)
        self._take_up(visit, by)
        mark = self._mark_of(visit, seen)
        if mark:
            mark.delete()

    @transaction.atomic
    def agree_to_rest(self, plan: DepartmentPlan, *, by: Powers, seen: int | None = None) -> tuple[int, int]:
        """Agree to every line of a department plan that is not marked yet: (agreed, left because they are one's own).

        ``seen`` is that of the department plan as the page showed it: one that has been away since raises Stale.
        A line that cannot be agreed to as it stands (its unit has ceased to exist) is left undecided.
        """
        self._enter(by)
        self._take_up(plan, by, own=False)
        if seen is not None and seen != plan.seen:
            raise Stale(_("This plan has changed meanwhile; please look again."))
        lines = (
            Visit.objects.filter(plan__department_plan=plan, state=VisitState.PLANNED)
            .exclude(pk__in=self.marks.values("visit"))
            .exclude(plan__in=self.returns.exclude(officer_plan=None).values("officer_plan"))
            .select_related("unit", "plan")
            .order_by("pk")
        )
        agreed = own = 0
        for line in lines:
            try:
                holding = self._capacity(by, line, plan)
                self._put(LineDecision(decision=self, visit=line), Verdict.AGREE, by, holding)
                agreed += 1
            except PermissionDenied:
                own += 1
            except ValidationError:
                pass
        return agreed, own

    @transaction.atomic
    def return_paper(
        self, paper: DepartmentPlan | OfficerPlan, comment: str, *, by: Powers
    ) -> ReturnDecision:
        """Mark a whole department plan, or one officer's plan, to be returned when the meeting closes.

        A department plan that holds one's own plan is own too: returning it would send one's own plan back.
        """
        self._enter(by)
        holding = self._take_up(paper, by)
        column = "department_plan" if isinstance(paper, DepartmentPlan) else "officer_plan"
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
        self._enter(by)
        self._take_up(paper, by)
        column = "department_plan" if isinstance(paper, DepartmentPlan) else "officer_plan"
        self.returns.filter(**{column: paper}).delete()

    @transaction.atomic
    def note_record(self, typed: dict[str, Any], *, by: Powers, seen: dict[str, str] | None = None) -> None:
        """Keep the record as typed so far: any of day, number and conclusion; it need not be complete before closing.

        ``seen`` are fingerprints of the fields as the page showed them: one that somebody else has changed raises Stale.
        """
        self._enter(by)
        self.refuse_overwriting(typed, seen or {})
        for name, value in typed.items():
            setattr(self, name, value)
        self.save(update_fields=list(typed))

    def _enter(self, by: Powers) -> None:
        """Lock the meeting for what a member does in it: marks and the end of the meeting come one after the other."""
        if not list(permissions.committee(by, self)):
            raise PermissionDenied(OUTSIDER)
        self.refresh_from_db(from_queryset=Decision.objects.select_for_update())
        self.__dict__.pop("table", None)
        if self.state != DecisionState.DRAFT:
            raise NotNow(_("The meeting is over: %(state)s.") % {"state": self.current.label})
        closed = self.quarter.why_closed()
        if closed:
            raise NotNow(closed)

    def _take_up(
        self, paper: Visit | OfficerPlan | DepartmentPlan, by: Powers, *, own: bool = True
    ) -> Holding | None:
        """Lock and reload a paper that lies before this meeting; in which capacity the person decides on it.

        The papers are locked from the department plan down, as every transition does, so that a plan is not withdrawn
        between the look at it and the mark.
        """
        plan = paper.plan if isinstance(paper, Visit) else paper
        plan._lock()
        if isinstance(paper, Visit):
            paper.refresh_from_db()
            paper.plan = plan
        holding = self._capacity(by, *self._concerned(paper)) if own else None
        here = plan.quarter_id == self.quarter_id and plan.state == DepartmentPlanState.FORWARDED
        if isinstance(paper, Visit) and not (here and paper.state == VisitState.PLANNED):
            raise NotNow(_("This line is no longer before the Standing Committee."))
        if not here:
            raise NotNow(_("This plan is no longer before the Standing Committee."))
        return holding

    def _concerned(self, paper: Visit | OfficerPlan | DepartmentPlan) -> Iterable[Stateful | None]:
        """The papers on which one decides when deciding on ``paper``."""
        yield paper
        if isinstance(paper, DepartmentPlan):
            yield from paper.officer_plans.all()
        else:
            yield (paper.plan if isinstance(paper, Visit) else paper).department_plan

    def _mark_of(self, visit: Visit, seen: int | None) -> LineDecision | None:
        """The mark on the line; Stale when it is not the one the page showed."""
        mark = self.marks.filter(visit=visit).select_related("decided_by").first()
        if seen is None or seen == (mark.revision if mark else visit.plan.seen):
            return mark
        if mark is None:
            raise Stale(_("This line has changed meanwhile; please look again."))
        raise Stale(
            _("%(who)s has just marked this line “%(what)s”; please look again.")
            % {"who": mark.decided_by, "what": mark.get_verdict_display()}
        )

    def _capacity(self, powers: Powers, *papers: Stateful | None) -> Holding:
        """In which capacity the person decides in this meeting on all of ``papers``, none of them their own."""
        for holding in permissions.committee(powers, self):
            if not any(permissions.is_own(holding, powers, paper) for paper in papers if paper is not None):
                return holding
        raise PermissionDenied(OWN_PAPER)

    def is_barred(self, powers: Powers, *papers: Stateful | None) -> bool:
        """Whether another member has to decide on ``papers`` because one of them is the person's own."""
        try:
            self._capacity(powers, *papers)
        except PermissionDenied:
            return True
        return False

    # -- what the table asks ------------------------------------------------------------------------------------------

    def why_not_recorded(self) -> str | None:
        if self.meeting_on is None:
            return _("Enter the day of the meeting.")
        if self.meeting_on > clock.today():
            return _("The day of the meeting cannot lie in the future.")
        if too_early := self.quarter.why_before_opening(self.meeting_on):
            return too_early
        if not clean(self.conclusion):
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
                ) % {"plan": row.name, "left": row.left}
        if not begun:
            return _("Nothing has been decided in this meeting yet.")
        return None

    def drop_marks(self, event: Event, acting: Acting) -> None:
        """Nothing a cancelled meeting marked was decided: the officers may change or remove these lines again."""
        self.marks.all().delete()
        self.returns.all().delete()

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
        department_plan._lock()
        last_mark: LineDecision | None = None
        last_return: ReturnDecision | None = None
        for plan in department_plan.officer_plans.select_related("officer", "quarter").order_by("pk"):
            if plan.state != OfficerPlanState.FORWARDED:
                raise NotNow(_("%(plan)s is no longer before the Standing Committee.") % {"plan": plan})
            if plan.pk in returns:
                last_return = returns[plan.pk]
                last_return.carry_out(plan, event)
            else:
                last_mark = self._apply_to_plan(plan, event, marks)
        if last_mark is not None:
            department_plan.follow("approve", event, **last_mark.acting)
        elif last_return is not None:
            last_return.carry_out(department_plan, event)

    def _apply_to_plan(self, plan: OfficerPlan, event: Event, marks: dict[int, LineDecision]) -> LineDecision:
        """Decide a plan by its lines: approved when one of them is; the last mark made on it says by whom."""
        mark: LineDecision | None = None
        for line in plan.lines.filter(state=VisitState.PLANNED).select_related("unit").order_by("pk"):
            mark = marks.get(line.pk)
            if mark is None:
                raise NotNow(_("%(plan)s has a line that is not decided yet.") % {"plan": plan})
            mark.carry_out(line, event)
        if mark is None:
            raise NotNow(_("%(plan)s has no line to decide on.") % {"plan": plan})
        approved = plan.lines.filter(state=VisitState.APPROVED).exists()
        plan.follow("approve" if approved else "reject", event, **mark.acting)
        return mark
