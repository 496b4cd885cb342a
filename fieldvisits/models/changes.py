"""Step 4: a change of an approved visit, and a visit nobody planned. Both are requests with their own consent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, RoleGrant, User
from accounts.powers import Powers
from accounts.text import CleanTextField

from ..workflow import ADHOC_REQUEST, CHANGE_REQUEST, AdHocState, ChangeState, VisitState
from .base import Acting, Event, NotNow, Stateful, state_field, state_is_known
from .hosts import HostUnit
from .officers import places_in
from .regime import Quarter
from .sight import OfficersPaperQuerySet
from .visits import Visit, dates_text

#: States of a request nobody has decided on yet.
PENDING_CHANGE = (ChangeState.SUBMITTED, ChangeState.RETURNED, ChangeState.FORWARDED)


class ChangeKind(models.TextChoices):
    """What is asked for."""

    RESCHEDULE = "reschedule", gettext_lazy("Other days or another unit")
    CANCEL = "cancel", gettext_lazy("Cancel the visit")


class ChangeRequestQuerySet(OfficersPaperQuerySet):
    path = "visit__"

    def pending(self):
        """Not decided on yet."""
        return self.filter(state__in=PENDING_CHANGE)

    @transaction.atomic
    def ask(self, visit: Visit, *, by: Powers, **values: Any) -> ChangeRequest:
        """Ask for a change of ``visit`` and send it at once - or correct the one that was returned; all of it or nothing.

        ``values``: kind, starts, ends, unit, reason. Raises PermissionDenied unless it is one's own visit, NotNow with the
        reason when nothing can be changed (now), ValidationError at the field that is wrong.
        """
        User.objects.select_for_update(no_key=True).get(pk=visit.officer_id)  # in the order of ``locks``
        visit._lock()
        if visit.officer_id != by.user.pk:
            raise PermissionDenied(_("Your role does not allow this."))
        request = self.filter(visit=visit).pending().first() or ChangeRequest(visit=visit)
        if request.state not in (ChangeState.DRAFT, ChangeState.RETURNED):
            raise NotNow(
                _("A change of this visit has been asked for already; wait for the answer or withdraw it.")
            )
        was = {"was_starts": visit.starts, "was_ends": visit.ends, "was_unit": visit.unit, "visit": visit}
        for name, value in (was | values).items():
            setattr(request, name, value)
        request.full_clean()
        request.save()
        request.perform("submit", by=by)
        return request


class ChangeRequest(Stateful):
    """An officer asks to change the days or the unit of an approved visit, or to cancel it (step 4).

    ``was_*`` keep what was approved, so that old and new stand side by side. The head decides alone; the Standing Committee
    when the unit changes or the days leave the quarter of the plan.
    """

    flow = CHANGE_REQUEST
    locked_with = ("visit__quarter__province", "visit__unit", "unit", "visit__department", "visit__officer")

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="changes")
    kind = models.CharField(gettext_lazy("what is asked for"), max_length=10, choices=ChangeKind)
    state = state_field(CHANGE_REQUEST)
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
    was_starts = models.DateField(editable=False)
    was_ends = models.DateField(editable=False)
    was_unit = models.ForeignKey(HostUnit, models.PROTECT, editable=False, related_name="+")
    reason = CleanTextField(gettext_lazy("reason"), max_length=1000)
    submitted_on = models.DateField(null=True, editable=False)
    heads_own = models.BooleanField(default=False, editable=False)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(state__in=PENDING_CHANGE),
                name="fieldvisits_changerequest_one_at_a_time",
                violation_error_message=gettext_lazy("A change of this visit has been asked for already."),
            ),
            models.CheckConstraint(
                name="fieldvisits_changerequest_new_days_in_full",
                condition=Q(
                    kind=ChangeKind.RESCHEDULE,
                    starts__isnull=False,
                    ends__isnull=False,
                    unit__isnull=False,
                    ends__gte=F("starts"),
                )
                | Q(kind=ChangeKind.CANCEL, starts=None, ends=None, unit=None),
                violation_error_message=gettext_lazy("Give the new days and the new unit."),
            ),
            models.CheckConstraint(
                name="fieldvisits_changerequest_with_reason",
                condition=~Q(reason=""),
                violation_error_message=gettext_lazy("Give the reason: whoever decides needs to know why."),
            ),
            state_is_known(CHANGE_REQUEST, "fieldvisits_changerequest_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.visit.officer} · {self.old_dates} · {self.was_unit}"

    def get_absolute_url(self) -> str:
        return reverse("visit-detail", args=[self.visit_id]) + f"#change-{self.pk}"

    # -- whose it is --------------------------------------------------------------------------------------------------

    @property
    def officer(self) -> User:
        return self.visit.officer

    @property
    def department(self) -> Department:
        return self.visit.department

    @property
    def author_id(self) -> int:
        return self.visit.officer_id

    @property
    def department_id(self) -> int:
        return self.visit.department_id

    @property
    def province_id(self) -> int:
        return self.visit.quarter.province_id

    @property
    def quarter(self) -> Quarter:
        return self.visit.quarter

    def locks(self) -> Iterable[models.QuerySet]:
        """The officer first, as where results are accepted: a change agreed to takes days away that may be counted just now."""
        yield User.objects.filter(pk=self.visit.officer_id)
        yield from self.visit.locks()
        yield Visit.objects.filter(pk=self.visit_id)

    # -- what it reads like -------------------------------------------------------------------------------------------

    @property
    def old_dates(self) -> str:
        return dates_text(self.was_starts, self.was_ends)

    @property
    def new_dates(self) -> str:
        return dates_text(self.starts, self.ends)

    def clean(self) -> None:
        if not (self.reason or "").strip():
            raise ValidationError({"reason": _("Give the reason: whoever decides needs to know why.")})
        if self.kind == ChangeKind.CANCEL:
            self.starts = self.ends = self.unit = None
            return
        if self.unit and self.unit.province_id != self.province_id:
            raise ValidationError({"unit": _("This unit belongs to another province.")})
        problem = self._problem_of_new()
        if problem:
            raise ValidationError({"starts": problem})
        if (self.starts, self.ends, self.unit_id) == (self.was_starts, self.was_ends, self.was_unit_id):
            raise ValidationError({"starts": _("Nothing has been changed.")})

    def _new_quarter(self) -> Quarter | None:
        return Quarter.objects.holding(self.province_id, self.starts) if self.starts else None

    def _problem_of_new(self) -> str | None:
        """What is wrong with the new days at the new unit, as the end of a sentence."""
        if not self.starts or not self.ends:
            return _("enter the first and the last day.")
        if self.ends < self.starts:
            return _("the visit cannot end before it starts.")
        if (self.ends - self.starts).days > 30:
            return _("a visit lasts at most 31 days.")
        if self._new_quarter() is None:
            return _("the rules of the year %(year)d are not set yet.") % {"year": self.starts.year}
        if self.unit is None:
            return _("choose the host unit.")
        return self.unit.why_not_between(self.starts, self.ends)

    # -- what the table asks ------------------------------------------------------------------------------------------

    @property
    def concerns_committee(self) -> bool:
        """Whether the Standing Committee decides: the unit changes, or the days leave the quarter they were approved in."""
        if self.kind == ChangeKind.CANCEL:
            return False
        quarter = self.visit.quarter
        inside = quarter.starts <= self.starts and self.ends <= quarter.ends
        return self.unit_id != self.was_unit_id or not inside

    @property
    def head_suffices(self) -> bool:
        return not self.concerns_committee

    def why_not_possible(self) -> str | None:
        """Why the change cannot be made (any more)."""
        visit = self.visit
        if visit.state != VisitState.APPROVED:
            return _("The visit is “%(state)s” and can no longer be changed.") % {
                "state": visit.current.label
            }
        if (visit.starts, visit.ends, visit.unit_id) != (self.was_starts, self.was_ends, self.was_unit_id):
            return _(
                "The visit has been changed since this was asked for; withdraw the request and ask again."
            )
        reported = visit.why_reported()
        if reported or self.kind == ChangeKind.CANCEL:
            return reported
        quarter = self._new_quarter()
        if quarter is not None and quarter.is_suspended:
            return quarter.why_closed()
        return self._problem_of_new()

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.submitted_on = self.submitted_on or clock.today()
        self.heads_own = False

    def mark_as_heads_own(self, event: Event, acting: Acting) -> None:
        self.heads_own = True

    def carry_out(self, event: Event, acting: Acting) -> None:
        """Change the visit as agreed: its days follow, and its history keeps the version approved before."""
        visit = self.visit
        if self.kind == ChangeKind.CANCEL:
            visit.follow("cancel", event, powers=acting.powers, holding=acting.holding, comment=self.reason)
            return
        visit.follow("reschedule", event, powers=acting.powers, holding=acting.holding, comment=self.reason)
        visit.starts, visit.ends, visit.unit = self.starts, self.ends, self.unit
        visit.quarter = self._new_quarter() or visit.quarter
        visit.save()
        visit.write_days()


class AgreedHow(models.TextChoices):
    """How a member of the Standing Committee agreed before departure."""

    PHONE = "phone", gettext_lazy("By phone")
    MESSAGE = "message", gettext_lazy("By message")
    TALK = "talk", gettext_lazy("In person")


class AdHocRequestQuerySet(OfficersPaperQuerySet):
    path = "visit__"
    settled = (AdHocState.CONSENTED,)

    @transaction.atomic
    def ask(
        self, officer: User, *, by: Powers, companions: Iterable[User] = (), **values: Any
    ) -> AdHocRequest:
        """Register an ad-hoc visit and send it at once; all of it or nothing.

        ``values``: starts, ends, unit, group, content, expected; and agreed_by, agreed_at, agreed_how when a member agreed
        by word of mouth. Raises PermissionDenied, NotNow with the reason, or ValidationError at the field that is wrong.
        """
        agreed = {name: values.pop(name, None) for name in ("agreed_by", "agreed_at", "agreed_how")}
        if officer.pk != by.user.pk or officer.province_id not in by.provinces(Role.OFFICER):
            raise PermissionDenied(_("Your role does not allow this."))
        starts = values.get("starts")
        quarter = Quarter.objects.holding(officer.province_id, starts) if starts else None
        if quarter is None:
            raise ValidationError({"starts": _("Enter a day of a year whose rules are set.")})
        place = next((p for p in places_in(quarter) if p.officer.pk == officer.pk), None)
        if place is None:
            raise NotNow(
                _("You do not belong to a department in this quarter, or your post is outside the quota.")
            )
        visit = Visit(quarter=quarter, officer=officer, department=place.department, **values)
        _keep(visit, companions)
        request = AdHocRequest(
            visit=visit,
            agreed_by=agreed["agreed_by"],
            agreed_at=agreed["agreed_at"],
            agreed_how=agreed["agreed_how"] or "",
        )
        request.full_clean()
        request.save()
        request.perform("submit", by=by)
        return request


def _keep(visit: Visit, companions: Iterable[User]) -> None:
    """Save the visit of a request with its days; ValidationError by field, or NotNow when no such visit can be made."""
    people = list(companions)
    visit.full_clean(exclude=["plan"])
    if visit.unit and visit.unit.province_id != visit.province_id:
        raise ValidationError({"unit": _("This unit belongs to another province.")})
    if any(person.province_id != visit.province_id for person in people):
        raise ValidationError({"companions": _("This person belongs to another province.")})
    problem = visit.problem()
    if problem:  # before its days are written: who mistypes a year does not get a row for each day of it
        raise NotNow(problem[0].upper() + problem[1:])
    visit.save()
    visit.companions.set(people)
    visit.write_days()


class AdHocRequest(Stateful):
    """A visit outside the quarter's plan: officer → head → one member of the Standing Committee (step 4).

    Consent before departure is the rule. A visit agreed to by word of mouth (``agreed_by``, ``agreed_at``, ``agreed_how``) can be
    registered on the day of departure or after it; it then waits for that member's own confirmation until ``confirm_due``.
    ``late``: registered, or consented to, after departure.
    """

    flow = ADHOC_REQUEST
    locked_with = (
        "visit__quarter__province",
        "visit__unit",
        "visit__department",
        "visit__officer",
        "agreed_by",
    )

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="adhoc")
    state = state_field(ADHOC_REQUEST)
    agreed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("who agreed")
    )
    agreed_at = models.DateTimeField(gettext_lazy("when"), null=True, blank=True)
    agreed_how = models.CharField(gettext_lazy("how"), max_length=10, choices=AgreedHow, blank=True)
    submitted_on = models.DateField(null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)
    heads_own = models.BooleanField(default=False, editable=False)

    objects = AdHocRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_adhocrequest_agreed_in_full",
                condition=Q(agreed_by=None, agreed_at=None, agreed_how="")
                | Q(agreed_by__isnull=False, agreed_at__isnull=False) & ~Q(agreed_how=""),
                violation_error_message=gettext_lazy("Say who agreed, when and how."),
            ),
            state_is_known(ADHOC_REQUEST, "fieldvisits_adhocrequest_state"),
        ]

    def __str__(self) -> str:
        return _("Ad-hoc visit: %(who)s · %(visit)s") % {"who": self.visit.officer, "visit": self.visit}

    def get_absolute_url(self) -> str:
        return reverse("visit-detail", args=[self.visit_id])

    # -- whose it is --------------------------------------------------------------------------------------------------

    @property
    def officer(self) -> User:
        return self.visit.officer

    @property
    def department(self) -> Department:
        return self.visit.department

    @property
    def author_id(self) -> int:
        return self.visit.officer_id

    @property
    def department_id(self) -> int:
        return self.visit.department_id

    @property
    def province_id(self) -> int:
        return self.visit.quarter.province_id

    @property
    def quarter(self) -> Quarter:
        return self.visit.quarter

    def locks(self) -> Iterable[models.QuerySet]:
        yield Visit.objects.filter(pk=self.visit_id)

    def clean(self) -> None:
        if not self.agreed_by_id:
            if self.agreed_at or self.agreed_how:
                raise ValidationError({"agreed_by": _("Say who agreed.")})
            return
        if not self.agreed_at or not self.agreed_how:
            raise ValidationError({"agreed_at": _("Say who agreed, when and how.")})
        if self.agreed_at > clock.now():
            raise ValidationError({"agreed_at": _("This moment lies in the future.")})
        if self.agreed_by_id == self.visit.officer_id:
            raise ValidationError({"agreed_by": _("Nobody decides on their own paper: name another member.")})
        members = RoleGrant.objects.on(timezone.localdate(self.agreed_at)).filter(
            role=Role.COMMITTEE, province=self.province_id
        )
        if not members.filter(user=self.agreed_by_id).exists():
            raise ValidationError({"agreed_by": _("Name a member of the Standing Committee.")})

    # -- what the table asks ------------------------------------------------------------------------------------------

    @property
    def was_agreed_by_word(self) -> bool:
        return self.agreed_by_id is not None

    @property
    def asks_beforehand(self) -> bool:
        return self.agreed_by_id is None

    @property
    def confirm_due(self) -> date | None:
        """Last day (inclusive) on which the member who agreed is asked to confirm it."""
        if self.state != AdHocState.TO_CONFIRM or self.submitted_on is None:
            return None
        return self.submitted_on + timedelta(days=self.quarter.rule.confirm_days)

    @property
    def is_overdue(self) -> bool:
        """Waits for a confirmation whose time is over, or for a consent although the visit has begun."""
        if self.state == AdHocState.TO_CONFIRM:
            return clock.today() > self.confirm_due
        return self.state in (AdHocState.SUBMITTED, AdHocState.ENDORSED) and self.visit.starts < clock.today()

    def why_not_sound(self) -> str | None:
        """Why it cannot go on: a problem of its days or unit, a suspended quarter, consent asked for after departure."""
        visit, today = self.visit, clock.today()
        problem = visit.problem()
        if problem:
            return problem[0].upper() + problem[1:]
        if visit.quarter.is_suspended:
            return visit.quarter.why_closed()
        if self.state in (AdHocState.DRAFT, AdHocState.RETURNED):
            if self.asks_beforehand and visit.starts < today:
                return _(
                    "The visit has begun: say which member of the Standing Committee agreed to it, when and how."
                )
            if self.was_agreed_by_word and visit.starts > today:
                return _("The visit still lies ahead: ask for consent in the ordinary way.")
            if self.was_agreed_by_word and timezone.localtime(self.agreed_at).date() > visit.starts:
                return _("Consent comes before departure: the moment given lies after the first day.")
        return None

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.submitted_on = clock.today()
        self.heads_own = False
        self.late = self.late or clock.today() > self.visit.starts

    def mark_as_heads_own(self, event: Event, acting: Acting) -> None:
        self.heads_own = True

    def approve_visit(self, event: Event, acting: Acting) -> None:
        self.late = self.late or clock.today() > self.visit.starts
        self.visit.follow("consent", event, powers=acting.powers, holding=acting.holding)

    def refuse_visit(self, event: Event, acting: Acting) -> None:
        self.visit.follow(
            "refuse", event, powers=acting.powers, holding=acting.holding, comment=event.comment
        )

    def drop_visit(self, event: Event, acting: Acting) -> None:
        self.visit.follow("drop", event, powers=acting.powers, holding=acting.holding)

    @transaction.atomic
    def correct(self, *, by: Powers, companions: Iterable[User] = (), **values: Any) -> None:
        """Change what was returned, and send it again; all of it or nothing. ``values`` as in ``ask``."""
        self._lock()
        if self.visit.officer_id != by.user.pk:
            raise PermissionDenied(_("Your role does not allow this."))
        if self.state != AdHocState.RETURNED:
            raise NotNow(self._who_was_first())
        for name in ("agreed_by", "agreed_at"):
            setattr(self, name, values.pop(name, None))
        self.agreed_how = values.pop("agreed_how", None) or ""
        for name, value in values.items():
            setattr(self.visit, name, value)
        quarter = Quarter.objects.holding(self.province_id, self.visit.starts) if self.visit.starts else None
        if quarter is None:
            raise ValidationError({"starts": _("Enter a day of a year whose rules are set.")})
        self.visit.quarter = quarter
        _keep(self.visit, companions)
        self.full_clean()
        self.save()
        self.perform("submit", by=by)

    # -- desks --------------------------------------------------------------------------------------------------------

    def desk_of_named_member(self) -> str:
        return str(self.agreed_by or "")
