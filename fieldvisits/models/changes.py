"""Step 4: a change of an approved visit: a request with its own consent, beside the version that was approved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import User
from accounts.powers import Powers
from accounts.text import CleanTextField

from ..workflow import CHANGE_REQUEST, ChangeState, VisitState
from .base import Acting, Event, NotNow, state_field, state_is_known
from .hosts import HostUnit
from .regime import Quarter
from .sight import OfficersPaperQuerySet
from .visits import PaperOfVisit, Visit, dates_text, why_too_long

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


class ChangeRequest(PaperOfVisit):
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
        if too_long := why_too_long(self.starts, self.ends):
            return too_long
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

    @property
    def agreed_after_departure(self) -> bool:
        """Whether it was granted after the first day it moved the visit to: possible, and said."""
        moved = self.state == ChangeState.GRANTED and self.kind == ChangeKind.RESCHEDULE
        return moved and self.since is not None and self.starts < self.since

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.submitted_on = self.submitted_on or clock.today()
        self.heads_own = False

    def told(self, event: Event) -> str:
        if event.verb == "grant" and self.kind == ChangeKind.CANCEL:
            return _("The visit is cancelled.")
        return super().told(event)

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
        if self.agreed_after_departure and visit.is_adhoc:
            visit.adhoc.note_late_change()
