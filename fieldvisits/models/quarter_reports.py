"""Step 6: what an officer and a department report of a quarter, compiled from the results."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, User
from accounts.powers import Powers
from accounts.text import CleanTextField

from .. import permissions as who
from ..workflow import (
    DEPARTMENT_REPORT,
    QUARTER_REPORT,
    DepartmentReportState,
    QuarterReportState,
    VisitState,
)
from .base import Acting, Event, MayBeHeadsOwn, NotNow, OwnOfItsSender, state_field, state_is_known
from .days import ALL_KINDS, tally
from .officers import Place, places_in
from .regime import Quarter
from .sight import OfficersPaperQuerySet
from .visits import Visit
from .written import Written


class QuarterReportQuerySet(OfficersPaperQuerySet):
    settled = (QuarterReportState.ACCEPTED,)

    def start(self, user: User, quarter: Quarter) -> QuarterReport:
        """The officer's report on the quarter, made as a draft when there is none; NotNow with a sentence when it may not be."""
        found = self.filter(quarter=quarter, officer=user).first()
        if found:
            return found
        if quarter.province_id not in user.powers.provinces(Role.OFFICER):
            raise PermissionDenied(_("Your role does not allow this."))
        if quarter.starts > clock.today():
            raise NotNow(_("The quarter has not begun."))
        place = next((p for p in places_in(quarter) if p.officer.pk == user.pk), None)
        if place is None:
            raise NotNow(
                _("You do not belong to a department in this quarter, or your post is outside the quota.")
            )
        return self.get_or_create(quarter=quarter, officer=user, defaults={"department": place.department})[0]


class QuarterReport(Written, MayBeHeadsOwn):
    """An officer's report on a quarter (step 6): self-assessment, what was not carried out and why, proposals."""

    flow = QUARTER_REPORT
    locked_with = ("quarter__province", "department", "officer")
    texts = ("self_assessment", "not_carried_out", "proposals")

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="quarter_reports")
    officer = models.ForeignKey(User, models.PROTECT, related_name="quarter_reports")
    department = models.ForeignKey(Department, models.PROTECT, related_name="quarter_reports")
    state = state_field(QUARTER_REPORT)
    self_assessment = CleanTextField(gettext_lazy("self-assessment"), max_length=4000, blank=True)
    not_carried_out = CleanTextField(
        gettext_lazy("what was not carried out, and why"), max_length=4000, blank=True
    )
    proposals = CleanTextField(gettext_lazy("proposals"), max_length=4000, blank=True)
    submitted_on = models.DateField(null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)
    heads_own = models.BooleanField(default=False, editable=False)

    objects = QuarterReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quarter", "officer"], name="fieldvisits_quarterreport_once"),
            state_is_known(QUARTER_REPORT, "fieldvisits_quarterreport_state"),
        ]

    def __str__(self) -> str:
        return _("Quarter report of %(officer)s, %(quarter)s") % {
            "officer": self.officer,
            "quarter": self.quarter,
        }

    def get_absolute_url(self) -> str:
        return reverse("quarter-report-detail", args=[self.pk])

    @property
    def author_id(self) -> int:
        return self.officer_id

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    def may_be_written_by(self, powers: Powers) -> bool:
        return powers.user.pk == self.officer_id

    def figures(self) -> dict[str, int]:
        """The officer's days of the quarter, by the kinds of ``day_figures``."""
        return tally(self._window(), officer=self.officer_id).get((), _NOTHING)

    def _window(self) -> tuple[date, date]:
        return self.quarter.starts, self.quarter.ends

    def visits(self) -> models.QuerySet[Visit]:
        """The officer's visits that were decided on and have a day in the quarter, by date."""
        visits = Visit.objects.touching(self.quarter)
        return visits.decided().filter(officer=self.officer_id).in_order()

    def as_copy(self) -> dict[str, Any]:
        return {"figures": self.figures(), **{name: getattr(self, name) for name in self.texts}}

    # -- what the table asks ------------------------------------------------------------------------------------------

    def is_overdue(self) -> bool:
        return self.submitted_on is None and self.quarter.is_late(self.quarter.report_due)

    def why_not_complete(self) -> str | None:
        if not self.self_assessment:
            return _("Write the self-assessment.")
        if (
            Visit.objects.filter(
                quarter=self.quarter_id, officer=self.officer_id, state=VisitState.NOT_DONE
            ).exists()
            and not self.not_carried_out
        ):
            return _("Say what was not carried out, and why.")
        return None

    def must_explain(self, verb: str) -> str | None:
        if verb != "submit":
            return None
        owed = [
            str(v)
            for v in Visit.objects.owed()
            .filter(quarter=self.quarter_id, officer=self.officer_id)
            .select_related("unit")
            .in_order()
        ]
        if owed:
            return _("These visits have no result yet: %(visits)s. Say why.") % {"visits": "; ".join(owed)}
        if self.is_overdue():
            return _("The due date %(day)s has passed: give the reason of the delay.") % {
                "day": self.quarter.report_due.strftime("%d/%m/%Y")
            }
        return None

    def note_submission(self, event: Event, acting: Acting) -> None:
        self.late = self.late or self.is_overdue()
        self.submitted_on = self.submitted_on or clock.today()

    def desk_of_readers(self) -> str:
        return self.desk_of_results() if self.heads_own else self.desk_of_leaders()


class DepartmentReportQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Leaders of the department; desks and Standing Committee from sending on; executive members once it is taken note of;
        and whoever has moved it."""
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        return self.filter(
            Q(department__in=powers.departments(Role.HEAD, Role.DEPUTY))
            | Q(quarter__province__in=wide) & ~Q(state=DepartmentReportState.DRAFT)
            | Q(
                quarter__province__in=powers.provinces(Role.EXECUTIVE),
                state=DepartmentReportState.NOTED,
            )
            | Q(pk__in=Event.objects.decided_by(user, DepartmentReport), quarter__province=user.province_id)
        )

    def start(self, quarter: Quarter, department: Department, *, by: Powers) -> DepartmentReport:
        """The department's report on the quarter, made as a draft by one of its leaders when there is none."""
        found = self.filter(quarter=quarter, department=department).first()
        if found:
            return found
        if not any(True for _h in who.leader(by, DepartmentReport(quarter=quarter, department=department))):
            raise PermissionDenied(_("Your role does not allow this."))
        if quarter.starts > clock.today():
            raise NotNow(_("The quarter has not begun."))
        return self.get_or_create(quarter=quarter, department=department)[0]


class DepartmentReport(Written, OwnOfItsSender):
    """A department's report on a quarter (step 6): compiled figures, and what it thinks of them."""

    flow = DEPARTMENT_REPORT
    locked_with = ("quarter__province", "department")
    texts = ("good_points", "shortcomings", "causes", "proposals")

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="department_reports")
    department = models.ForeignKey(Department, models.PROTECT, related_name="department_reports")
    state = state_field(DEPARTMENT_REPORT)
    good_points = CleanTextField(gettext_lazy("good points"), max_length=6000, blank=True)
    shortcomings = CleanTextField(gettext_lazy("shortcomings"), max_length=6000, blank=True)
    causes = CleanTextField(gettext_lazy("causes"), max_length=6000, blank=True)
    proposals = CleanTextField(gettext_lazy("proposals"), max_length=6000, blank=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    sent_for = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    sent_on = models.DateField(null=True, editable=False)
    late = models.BooleanField(gettext_lazy("late"), default=False, editable=False)

    objects = DepartmentReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "department"], name="fieldvisits_departmentreport_once"
            ),
            state_is_known(DEPARTMENT_REPORT, "fieldvisits_departmentreport_state"),
        ]

    def __str__(self) -> str:
        return _("Report of %(department)s, %(quarter)s") % {
            "department": self.department,
            "quarter": self.quarter,
        }

    def get_absolute_url(self) -> str:
        return reverse("department-report-detail", args=[self.pk])

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    def may_be_written_by(self, powers: Powers) -> bool:
        return any(True for _holding in who.leader(powers, self))

    def figures(self) -> dict[str, int]:
        """Days of the quarter of those who belonged to the department on the date, by the kinds of ``day_figures``."""
        window = (self.quarter.starts, self.quarter.ends)
        people = {"officer__province": self.province_id}
        return tally(window, served=self.department_id, **people).get((), _NOTHING)

    @cached_property
    def members(self) -> list[Place]:
        """Who belongs to the department in the quarter, by given name; asked once, a page shows them more than once."""
        return places_in(self.quarter, self.department)

    def places(self) -> list[Place]:
        return self.members

    def missing(self) -> list[str]:
        """Officers who owe a quarter report and whose report is not accepted."""
        accepted = set(
            QuarterReport.objects.filter(
                quarter=self.quarter_id, department=self.department_id, state=QuarterReportState.ACCEPTED
            ).values_list("officer", flat=True)
        )
        return [str(p.officer) for p in self.places() if not p.excused and p.officer.pk not in accepted]

    def as_copy(self) -> dict[str, Any]:
        return {"figures": self.figures(), **{name: getattr(self, name) for name in self.texts}}

    # -- what the table asks ------------------------------------------------------------------------------------------

    def is_overdue(self) -> bool:
        return self.sent_on is None and self.quarter.is_late(self.quarter.report_due)

    def why_not_complete(self) -> str | None:
        if not self.good_points or not self.shortcomings:
            return _("Write at least the good points and the shortcomings.")
        return None

    def must_explain(self, verb: str) -> str | None:
        if verb != "send":
            return None
        missing = self.missing()
        if missing:
            return _("Say in the note why these officers have no accepted report: %(names)s.") % {
                "names": ", ".join(missing)
            }
        if self.is_overdue():
            return _("The due date %(day)s has passed: give the reason of the delay in the note.") % {
                "day": self.quarter.report_due.strftime("%d/%m/%Y")
            }
        return None

    def note_sending(self, event: Event, acting: Acting) -> None:
        self.note_sender(acting)
        self.late = self.late or self.is_overdue()
        self.sent_on = self.sent_on or clock.today()


#: What is counted where there is not one day.
_NOTHING = dict.fromkeys(ALL_KINDS, 0)
