"""Step 4: a visit nobody planned: a request of its own, from the officer to one member of the Standing Committee."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Role, RoleGrant, User
from accounts.powers import Powers
from accounts.text import clean

from ..workflow import ADHOC_REQUEST, AdHocState
from .base import Acting, Event, NotNow, state_field, state_is_known
from .officers import places_in
from .regime import Quarter
from .sight import OfficersPaperQuerySet
from .visits import PaperOfVisit, Visit, why_too_long


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
        User.objects.select_for_update(no_key=True).get(pk=officer.pk)  # of two taps one waits for the other
        same = Visit.objects.standing().filter(plan=None, officer=officer, unit=visit.unit)
        if same.filter(starts=visit.starts, ends=visit.ends, content=clean(visit.content or "")).exists():
            raise NotNow(_("You have asked for this visit already."))
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
    problem = visit.problem() or why_too_long(visit.starts, visit.ends)
    if problem:  # before its days are written: who mistypes a year does not get a row for each day of it
        raise NotNow(problem[0].upper() + problem[1:])
    visit.save()
    visit.companions.set(people)
    visit.write_days()


def confirm_due(registered: date, quarter: Quarter) -> date:
    """Last day (inclusive) for the confirmation of a visit agreed to by word of mouth and registered on ``registered``."""
    return registered + timedelta(days=quarter.rule.confirm_days)


class AdHocRequest(PaperOfVisit):
    """A visit outside the quarter's plan: officer → head → one member of the Standing Committee (step 4).

    Consent before departure is the rule. A visit agreed to by word of mouth (``agreed_by``, ``agreed_at``, ``agreed_how``) can be
    registered on the day of departure or after it; it then waits for that member's own confirmation until ``confirm_due``.
    ``late``: registered, consented to, or moved by a change that was agreed to, after departure.
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
        return confirm_due(self.submitted_on, self.quarter)

    @property
    def is_overdue(self) -> bool:
        """Waits for a confirmation whose time is over, or for a consent although the visit has begun; nobody is late in a
        suspended quarter."""
        waits = self.state in (AdHocState.SUBMITTED, AdHocState.ENDORSED)
        due = self.confirm_due or (self.visit.starts if waits else None)
        return due is not None and self.quarter.is_late(due)

    def why_not_sound(self) -> str | None:
        """Why it cannot go on: a problem of its days or unit, a suspended quarter, consent asked for after departure.

        Of a visit that has taken place a member may still say that they agreed, whatever became of the quarter since.
        """
        visit, today = self.visit, clock.today()
        problem = visit.problem()
        if problem:
            return problem[0].upper() + problem[1:]
        if visit.quarter.is_suspended and self.state != AdHocState.TO_CONFIRM:
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

    def approve_visit(self, event: Event, acting: Acting) -> None:
        self.late = self.late or clock.today() > self.visit.starts
        self.visit.follow("consent", event, powers=acting.powers, holding=acting.holding)

    def note_late_change(self) -> None:
        """Its visit was moved to days that had begun when the change was granted: without this, consent given in time for other
        days would cover them."""
        self.late = True
        self.save(update_fields=["late"])

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
