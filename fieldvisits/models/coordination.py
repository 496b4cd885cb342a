"""Step 5: letters to the host units and their answers. Correspondence: no paper moves in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
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
from .notice_lines import Answer, Means, NoticeAnswer, NoticeLine
from .regime import Quarter
from .visits import Visit


def _heard_of() -> Q:
    # not ``line.answer``: that may have been carried over from a notice before
    said = NoticeAnswer.objects.filter(line__notice=OuterRef("pk"))
    return Q(sent_on__isnull=False) | Exists(said)


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
        return (
            Visit.objects.filter(quarter=quarter, department=department, state=VisitState.APPROVED)
            .exclude(Exists(NoticeLine.objects.announcing()))
            .select_related("unit", "officer")
            .order_by("unit__name", "unit", "starts", "pk")
        )

    def heard_of(self):
        """Notices the unit knows: sent, or answered to."""
        return self.filter(_heard_of())

    def with_replaced(self):
        """Each with ``replaces``: whether it was written in place of one the unit knows; and ``heard``: whether it knows this."""
        replaced = HostNotice.objects.replaced_by(OuterRef)
        return self.annotate(replaces=Exists(replaced), heard=Q(_heard_of()))

    def replaced_by(self, of: Callable[[str], Any]):
        """Notices the unit knows in whose place the one of ``of`` - its values by name - was written.

        With a withdrawal all that had been announced until then was taken back: there is nothing of it left to replace.
        """
        names, number = ("quarter", "department", "unit"), of("pk")
        known = self.heard_of().filter(superseded=True, pk__lt=number, **{name: of(name) for name in names})
        taken_back = HostNotice.objects.filter(
            withdrawn_on__isnull=False,
            pk__gte=OuterRef("pk"),
            pk__lt=OuterRef(number) if isinstance(number, OuterRef) else number,
            **{name: OuterRef(name) for name in names},
        )
        return known.exclude(Exists(taken_back))

    def to_send(self):
        """In force, not sent, and of use to the unit: it announces a visit that is ahead, which the unit has not answered to -
        or which it knows from a notice that this one replaces."""
        ahead = NoticeLine.objects.as_announced().filter(notice=OuterRef("pk"), ends__gte=clock.today())
        return self.with_replaced().filter(
            Exists(ahead.filter(answer="")) | Q(Exists(ahead), replaces=True),
            superseded=False,
            sent_on=None,
        )

    def lines_to_take_back(self) -> models.QuerySet[NoticeLine]:
        """Changed lines of notices in force where the unit expects somebody: it knows the notice, or the one before."""
        known = self.with_replaced().filter(Q(heard=True) | Q(replaces=True), superseded=False)
        return NoticeLine.objects.changed().filter(notice__in=known.values("pk"))

    @transaction.atomic
    def compose(self, quarter: Quarter, department: Department, unit: HostUnit, *, by: Powers) -> HostNotice:
        """A new notice to ``unit`` of all the department's approved visits there in the quarter.

        Visits that are over are carried along, so that the unit can still confirm them. An earlier notice is superseded and its
        links are revoked: the unit sees one truth; what was typed into it, and the answers to visits that stay as they were, are
        taken over. Days that the unit itself has asked for count as agreed to. PermissionDenied unless one leads the department; NotNow when there is nothing new to tell.
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
        if earlier:
            earlier.supersede()
        return self.written_for(quarter, department, unit, visits, earlier, by)

    def written_for(
        self,
        quarter: Quarter,
        department: Department,
        unit: HostUnit,
        visits: Iterable[Visit],
        earlier: HostNotice | None,
        by: Powers,
    ) -> HostNotice:
        """The new notice of ``visits``, with what ``earlier`` held that still holds."""
        lines = earlier.lines.exclude(answer="") if earlier else NoticeLine.objects.none()
        answers = {(line.visit_id, line.starts, line.ends): line.answer for line in lines}
        said = NoticeAnswer.objects.filter(
            line__visit__in=visits, line__notice__unit=unit, line__notice__department=department
        )
        for last in {one.line.visit_id: one for one in said.select_related("line").order_by("pk")}.values():
            if last.answer == Answer.OTHER_DATE:
                answers.setdefault((last.line.visit_id, last.starts, last.ends), Answer.AGREED)
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

    ``superseded`` once a newer notice to the same unit replaces it, or it is withdrawn: then ``withdrawn_on`` is the day on which
    that was done. Number and date stay open until the clerk types them.
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
    withdrawn_on = models.DateField(gettext_lazy("withdrawn on"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")

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
            models.CheckConstraint(
                name="fieldvisits_hostnotice_withdrawn_in_full",
                condition=Q(withdrawn_on=None, withdrawn_by=None)
                | Q(withdrawn_on__isnull=False, withdrawn_by__isnull=False, superseded=True),
                violation_error_message=gettext_lazy(
                    "A notice is withdrawn on a day, by somebody, and is out of force then."
                ),
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

    @transaction.atomic
    def withdraw(self, *, by: Powers) -> HostNotice | None:
        """Take it back once the unit has been told that none of its visits that were ahead takes place as announced.

        ``withdrawn_on`` is the record that the unit was told. Where visits of it are over, the notice that carries them on is
        the answer, so that the unit can still confirm them. PermissionDenied unless one leads the department; NotNow when it has
        been replaced already, nothing in it has changed, or there is still a visit ahead to tell of.
        """
        self.refuse_unless_led_by(by)
        Department.objects.select_for_update(no_key=True).get(pk=self.department_id)  # one letter at a time
        self.refresh_from_db(fields=["superseded"])
        if self.superseded:
            raise NotNow(_("A newer notice has replaced this one."))
        if not self.lines.changed().exists():
            raise NotNow(_("Nothing in this notice has changed."))
        visits = list(
            Visit.objects.filter(
                quarter=self.quarter, department=self.department, unit=self.unit, state=VisitState.APPROVED
            ).in_order()
        )
        if any(not visit.is_over for visit in visits):
            raise NotNow(_("Visits to this unit are still ahead: compose the notice anew."))
        self.supersede()
        self.withdrawn_on, self.withdrawn_by = clock.today(), by.user
        self.save(update_fields=["withdrawn_on", "withdrawn_by"])
        if not visits:
            return None
        objects = type(self).objects
        return objects.written_for(self.quarter, self.department, self.unit, visits, self, by)

    def supersede(self) -> None:
        """It is out of force: a newer notice takes its place, or nobody comes. Its links open nothing any more."""
        for link in self.links.filter(revoked_at=None):
            link.revoke()
        self.superseded = True
        self.save(update_fields=["superseded"])

    @property
    def replaced(self) -> HostNotice | None:
        """The latest notice the unit knows in whose place this one was written."""
        known = type(self).objects.replaced_by(lambda name: getattr(self, name))
        return known.order_by("-pk").first()

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
        on: date | None = None,
    ) -> NoticeAnswer:
        """Record what the unit says to one visit; ``by`` is the leader who writes it down, None when the unit says it itself.

        ``on`` is the day on which the unit said it, if not just now. PermissionDenied unless one leads the department; NotNow when
        a newer notice has replaced this one, the visit is no longer as announced, the day lies in the future or before the notice
        was composed, or when the unit itself answers to a visit that has begun.
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
        if line.is_changed:
            raise NotNow(_("The visit is no longer as announced: compose the notice anew first."))
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
            at=self._moment(on),
        )
        said.full_clean()
        said.save()
        line.answer = answer
        line.save(update_fields=["answer"])
        return said

    def _moment(self, on: date | None) -> datetime:
        """When something was said on the day ``on``: now if it was today, else at noon, but not before this was composed."""
        now = clock.now()
        if on is None or on == timezone.localdate(now):
            return now
        if on > timezone.localdate(now):
            raise NotNow(_("The day of the answer cannot lie in the future."))
        if on < timezone.localdate(self.composed_at):
            raise NotNow(_("The unit cannot have answered before the notice was composed."))
        return max(timezone.make_aware(datetime.combine(on, time(12))), self.composed_at)

    def mark_sent(self, *, by: Powers, on: date, how: str) -> None:
        """Record that the notice went out; NotNow for a day to come or before it was composed."""
        self.refuse_unless_led_by(by)
        if on > clock.today():
            raise NotNow(_("The day on which it was sent cannot lie in the future."))
        if on < timezone.localdate(self.composed_at):
            raise NotNow(_("It cannot have been sent before it was composed."))
        self.sent_on, self.sent_how = on, how
        self.save(update_fields=["sent_on", "sent_how"])
