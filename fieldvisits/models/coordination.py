"""Step 5: letters to the host units and their answers. Correspondence: no paper moves in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, User
from accounts.powers import Powers
from accounts.text import CleanCharField, CleanTextField

from .. import permissions as who
from ..workflow import VisitState
from .base import NotNow
from .hosts import HostUnit
from .regime import Quarter
from .visits import Visit, dates_text


class Answer(models.TextChoices):
    """What a unit says to a visit it was told of."""

    AGREED = "agreed", gettext_lazy("Agreed")
    OTHER_DATE = "other_date", gettext_lazy("Another date")
    REFUSED = "refused", gettext_lazy("Refused")


class Means(models.TextChoices):
    """How a notice went out, or an answer came in."""

    LINK = "link", gettext_lazy("Through the link")
    CHAT = "chat", gettext_lazy("Message")
    PHONE = "phone", gettext_lazy("Phone")
    EMAIL = "email", gettext_lazy("E-mail")
    PAPER = "paper", gettext_lazy("Letter")


class HostNoticeQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """Leaders of the department; the officers it announces; desks and Standing Committee of the province."""
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        announced = NoticeLine.objects.filter(notice=OuterRef("pk"), visit__officer=user)
        return self.filter(
            Q(department__in=powers.departments(Role.HEAD, Role.DEPUTY))
            | Q(quarter__province__in=wide)
            | Q(quarter__province=user.province_id) & Exists(announced)
        )

    def unannounced(self, quarter: Quarter, department: Department) -> models.QuerySet[Visit]:
        """Approved visits of the department in the quarter that no notice announces as they are now, by unit and date."""
        announced = NoticeLine.objects.filter(
            visit=OuterRef("pk"),
            notice__superseded=False,
            notice__unit=OuterRef("unit"),
            starts=OuterRef("starts"),
            ends=OuterRef("ends"),
        )
        return (
            Visit.objects.filter(quarter=quarter, department=department, state=VisitState.APPROVED)
            .exclude(Exists(announced))
            .select_related("unit", "officer")
            .order_by("unit__name", "unit", "starts", "pk")
        )

    @transaction.atomic
    def compose(self, quarter: Quarter, department: Department, unit: HostUnit, *, by: Powers) -> HostNotice:
        """A new notice to ``unit`` of all the department's approved visits there in the quarter.

        Visits that are over are carried along, so that the unit can still confirm them. An earlier notice is superseded and its
        links are revoked: the unit sees one truth; what was typed into it, and the answers to visits that stay as they were, are
        taken over. PermissionDenied unless one leads the department; NotNow when there is nothing new to tell.
        """
        if not HostNotice(quarter=quarter, department=department).may_be_led_by(by):
            raise PermissionDenied(_("Your role does not allow this."))
        Department.objects.select_for_update(no_key=True).get(pk=department.pk)  # one letter at a time
        visits = list(
            Visit.objects.filter(
                quarter=quarter, department=department, unit=unit, state=VisitState.APPROVED
            ).in_order()
        )
        earlier = self.filter(quarter=quarter, department=department, unit=unit, superseded=False).first()
        lines = list(earlier.lines.select_related("visit")) if earlier else []
        if not visits:
            raise NotNow(_("No approved visit to this unit is left."))
        announced = {line.visit_id for line in lines if not line.is_changed}
        if announced == {visit.pk for visit in visits} and len(lines) == len(announced):
            raise NotNow(_("The unit has been told of every approved visit."))
        answers = {(line.visit_id, line.starts, line.ends): line.answer for line in lines}
        if earlier:
            earlier.supersede()
        notice = self.create(
            quarter=quarter,
            department=department,
            unit=unit,
            composed_by=by.user,
            composed_at=clock.now(),
            contact=earlier.contact if earlier else by.user,
            contact_phone=earlier.contact_phone if earlier else by.user.phone,
            note=earlier.note if earlier else "",
        )
        NoticeLine.objects.bulk_create(
            NoticeLine(
                notice=notice,
                visit=visit,
                starts=visit.starts,
                ends=visit.ends,
                answer=answers.get((visit.pk, visit.starts, visit.ends), ""),
            )
            for visit in visits
        )
        return notice


class HostNotice(models.Model):
    """What a department tells one host unit of a quarter: who comes, when, for what, whom to call.

    ``superseded`` once a newer notice to the same unit replaces it. Number and date stay open until the clerk types them.
    """

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="notices")
    department = models.ForeignKey(Department, models.PROTECT, related_name="notices")
    unit = models.ForeignKey(HostUnit, models.PROTECT, related_name="notices")
    composed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    composed_at = models.DateTimeField()
    contact = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=gettext_lazy("contact person of the department")
    )
    contact_phone = models.CharField(gettext_lazy("contact phone"), max_length=30, blank=True)
    note = CleanTextField(gettext_lazy("note to the unit"), max_length=1000, blank=True)
    number = CleanCharField(gettext_lazy("document number"), max_length=60, blank=True)
    dated = models.DateField(gettext_lazy("date of the document"), null=True, blank=True)
    sent_on = models.DateField(gettext_lazy("sent on"), null=True, blank=True)
    sent_how = models.CharField(gettext_lazy("how"), max_length=10, choices=Means, blank=True)
    superseded = models.BooleanField(default=False, editable=False)

    objects = HostNoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "department", "unit"],
                condition=Q(superseded=False),
                name="fieldvisits_hostnotice_one_in_force",
            ),
            models.CheckConstraint(
                name="fieldvisits_hostnotice_sent_in_full",
                condition=Q(sent_on=None, sent_how="") | (Q(sent_on__isnull=False) & ~Q(sent_how="")),
                violation_error_message=gettext_lazy("Say when and how the notice was sent."),
            ),
        ]

    def __str__(self) -> str:
        return _("Notice to %(unit)s, %(quarter)s") % {"unit": self.unit, "quarter": self.quarter}

    def get_absolute_url(self) -> str:
        return reverse("notice-detail", args=[self.pk])

    # -- for ``permissions`` ------------------------------------------------------------------------------------------

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    @property
    def author_id(self) -> None:
        return None

    @property
    def authors(self) -> frozenset[int]:
        return frozenset()

    def may_be_led_by(self, powers: Powers) -> bool:
        """Whether the person leads the department whose notice it is."""
        return any(True for _holding in who.leader(powers, self))

    def refuse_unless_led_by(self, powers: Powers) -> None:
        """Raise PermissionDenied unless the person leads the department."""
        if not self.may_be_led_by(powers):
            raise PermissionDenied(_("Your role does not allow this."))

    def supersede(self) -> None:
        """A newer notice takes its place; its links open nothing any more."""
        for link in self.links.filter(revoked_at=None):
            link.revoke()
        self.superseded = True
        self.save(update_fields=["superseded"])

    # -- what it says -------------------------------------------------------------------------------------------------

    @property
    def first_day(self) -> date:
        return min(line.starts for line in self.lines.all())

    @property
    def last_day(self) -> date:
        return max(line.ends for line in self.lines.all())

    def letter_lines(self, lines: Sequence[NoticeLine]) -> list[NoticeLine]:
        """Those of its ``lines`` the letter tells of: the ones still ahead when it was composed, or all when none was."""
        ahead = [line for line in lines if line.ends >= timezone.localdate(self.composed_at)]
        return ahead or list(lines)

    @transaction.atomic
    def record_answer(
        self,
        line: NoticeLine,
        answer: str,
        *,
        by: Powers | None,
        how: str = Means.LINK,
        contact_name: str = "",
        contact_phone: str = "",
        starts: date | None = None,
        ends: date | None = None,
        text: str = "",
    ) -> NoticeAnswer:
        """Record what the unit says to one visit; ``by`` is the leader who writes it down, None when the unit says it itself.

        PermissionDenied unless one leads the department; NotNow when a newer notice has replaced this one, or when the unit
        itself answers to a visit that has begun or is no longer as announced.
        """
        if by is not None:
            self.refuse_unless_led_by(by)
        locked = HostNotice.objects.select_for_update().get(pk=self.pk)
        if locked.superseded:
            raise NotNow(_("A newer notice has replaced this one."))
        if by is None and not line.is_open:
            raise NotNow(
                _("This visit has begun or is no longer as announced; please call the contact person.")
            )
        said = NoticeAnswer(
            line=line,
            answer=answer,
            how=how,
            recorded_by=by.user if by else None,
            contact_name=contact_name,
            contact_phone=contact_phone,
            starts=starts if answer == Answer.OTHER_DATE else None,
            ends=(ends or starts) if answer == Answer.OTHER_DATE else None,
            text=text,
            at=clock.now(),
        )
        said.full_clean()
        said.save()
        line.answer = answer
        line.save(update_fields=["answer"])
        return said

    def mark_sent(self, *, by: Powers, on: date, how: str) -> None:
        """Record that the notice went out; NotNow for a day to come or before it was composed."""
        self.refuse_unless_led_by(by)
        if on > clock.today():
            raise NotNow(_("The day on which it was sent cannot lie in the future."))
        if on < timezone.localdate(self.composed_at):
            raise NotNow(_("It cannot have been sent before it was composed."))
        self.sent_on, self.sent_how = on, how
        self.save(update_fields=["sent_on", "sent_how"])


class NoticeLine(models.Model):
    """One visit as a notice announced it, and what the unit said last."""

    notice = models.ForeignKey(HostNotice, models.CASCADE, related_name="lines")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="notice_lines")
    starts = models.DateField()
    ends = models.DateField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "visit"], name="fieldvisits_noticeline_once")
        ]

    def __str__(self) -> str:
        return f"{self.visit.officer} · {self.dates_text}"

    @property
    def dates_text(self) -> str:
        return dates_text(self.starts, self.ends)

    @property
    def is_changed(self) -> bool:
        """Whether the visit no longer is what the unit was told: other days, another unit, or it does not take place."""
        visit, notice = self.visit, self.notice
        told = (self.starts, self.ends, notice.unit_id, notice.quarter_id)
        return (
            visit.state != VisitState.APPROVED
            or (visit.starts, visit.ends, visit.unit_id, visit.quarter_id) != told
        )

    @property
    def is_open(self) -> bool:
        """Whether the unit may still say something to it: it stands as announced and has not begun."""
        return not self.is_changed and self.starts > clock.today()


class NoticeAnswer(models.Model):
    """What a unit said to one announced visit, when, and who wrote it down (nobody: the unit itself). Never changed; the last one holds."""

    line = models.ForeignKey(NoticeLine, models.CASCADE, related_name="answers")
    answer = models.CharField(gettext_lazy("answer"), max_length=10, choices=Answer)
    how = models.CharField(gettext_lazy("how"), max_length=10, choices=Means)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    contact_name = CleanCharField(gettext_lazy("contact person"), max_length=120, blank=True)
    contact_phone = models.CharField(gettext_lazy("contact phone"), max_length=30, blank=True)
    starts = models.DateField(gettext_lazy("proposed from"), null=True, blank=True)
    ends = models.DateField(gettext_lazy("proposed until"), null=True, blank=True)
    text = CleanTextField(gettext_lazy("note"), max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_noticeanswer_other_date_named",
                condition=~Q(answer=Answer.OTHER_DATE)
                | Q(starts__isnull=False, ends__isnull=False, ends__gte=F("starts")),
                violation_error_message=gettext_lazy("Name the other days, the first before the last."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.get_answer_display()}"

    @property
    def dates_text(self) -> str:
        return dates_text(self.starts, self.ends)
