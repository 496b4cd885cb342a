"""Step 5: letters to the host units, their answers, and what they confirm afterwards. Correspondence: no paper moves in it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
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
from .visits import Visit, VisitDay, dates_text

#: For how long after the last visit of a notice its unit may confirm it and leave feedback (days).
FEEDBACK_DAYS = 21


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
        """A new notice to ``unit`` of all the department's approved visits there in the quarter that are not over.

        An earlier notice is superseded and its links are revoked, so that the unit sees one truth. PermissionDenied unless one
        leads the department; NotNow when nobody is to be announced.
        """
        holding = next(iter(who.leader(by, HostNotice(quarter=quarter, department=department))), None)
        if holding is None:
            raise PermissionDenied(_("Your role does not allow this."))
        Department.objects.select_for_update().get(pk=department.pk)  # one letter at a time
        visits = list(
            Visit.objects.filter(
                quarter=quarter, department=department, unit=unit, state=VisitState.APPROVED
            ).in_order()
        )
        if not self.unannounced(quarter, department).filter(unit=unit).exists():
            raise NotNow(_("The unit has been told of every approved visit."))
        earlier = self.filter(quarter=quarter, department=department, unit=unit, superseded=False)
        answers = {
            (line.visit_id, line.starts, line.ends): line.answer
            for line in NoticeLine.objects.filter(notice__in=earlier)
        }
        for link in HostLink.objects.filter(notice__in=earlier):
            link.revoke()
        earlier.update(superseded=True)
        notice = self.create(
            quarter=quarter,
            department=department,
            unit=unit,
            composed_by=by.user,
            composed_at=clock.now(),
            contact=by.user,
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

    # -- what it says -------------------------------------------------------------------------------------------------

    @property
    def first_day(self) -> date:
        return min(line.starts for line in self.lines.all())

    @property
    def last_day(self) -> date:
        return max(line.ends for line in self.lines.all())

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

        PermissionDenied unless one leads the department; NotNow when a newer notice has replaced this one.
        """
        if by is not None:
            self.refuse_unless_led_by(by)
        locked = HostNotice.objects.select_for_update().get(pk=self.pk)
        if locked.superseded:
            raise NotNow(_("A newer notice has replaced this one."))
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
        """Record that the notice went out; Refused for a day to come."""
        self.refuse_unless_led_by(by)
        if on > clock.today():
            raise NotNow(_("The day on which it was sent cannot lie in the future."))
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
                condition=~Q(answer=Answer.OTHER_DATE) | Q(starts__isnull=False, ends__gte=F("starts")),
                violation_error_message=gettext_lazy("Name the other days, the first before the last."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.get_answer_display()}"

    @property
    def dates_text(self) -> str:
        return dates_text(self.starts, self.ends)


class Purpose(models.TextChoices):
    """What a unit can do through a link."""

    ANSWER = "answer", gettext_lazy("Answer the notice")
    FEEDBACK = "feedback", gettext_lazy("Confirm the visit and leave feedback")


class LinkRefused(Exception):
    """A link that opens nothing any more, with a sentence for whoever holds it."""


class HostLinkQuerySet(models.QuerySet):
    def issue(self, notice: HostNotice, purpose: str, *, by: Powers) -> HostLink:
        """A link for the unit, valid to its natural end; an earlier one for the same purpose is revoked."""
        notice.refuse_unless_led_by(by)
        if notice.superseded:
            raise NotNow(_("A newer notice has replaced this one."))
        for link in self.filter(notice=notice, purpose=purpose, revoked_at=None):
            link.revoke()
        days = 0 if purpose == Purpose.ANSWER else FEEDBACK_DAYS
        end = timezone.make_aware(datetime.combine(notice.last_day + timedelta(days=days + 1), time.min))
        nonce = secrets.token_urlsafe(16)
        return self.create(
            notice=notice,
            purpose=purpose,
            nonce=nonce,
            token_hash=_hash(_sign(nonce)),
            issued_by=by.user,
            issued_at=clock.now(),
            expires_at=end,
        )

    def opened(self, token: str) -> HostLink:
        """The link of ``token``; ``HostLink.DoesNotExist`` for a forged one, LinkRefused once it is over or revoked."""
        try:
            Signer(salt=_SALT).unsign(token)
        except BadSignature as forged:
            raise HostLink.DoesNotExist from forged
        link = self.select_related(
            "notice__quarter__province", "notice__department", "notice__unit", "notice__contact"
        ).get(token_hash=_hash(token))
        if link.revoked_at is not None:
            raise LinkRefused(
                _("This link has been withdrawn. Please ask the provincial Union for a new one.")
            )
        if clock.now() >= link.expires_at:
            raise LinkRefused(_("This link is over. Please ask the provincial Union for a new one."))
        return link


_SALT = "fieldvisits.host"


def _sign(nonce: str) -> str:
    return Signer(salt=_SALT).sign(nonce)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class HostLink(models.Model):
    """Opens one notice to its unit without an account. The token is kept as a hash only; it can be written again for a paper
    from ``nonce`` and the site's secret key, so that a copy of the database opens nothing."""

    notice = models.ForeignKey(HostNotice, models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=10, choices=Purpose)
    nonce = models.CharField(max_length=30, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = HostLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "purpose"],
                condition=Q(revoked_at=None),
                name="fieldvisits_hostlink_one_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} · {self.get_purpose_display()}"

    @property
    def token(self) -> str:
        return _sign(self.nonce)

    @property
    def path(self) -> str:
        """The address the unit opens, without the host's name."""
        return reverse("host-link", args=[self.token])

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and clock.now() < self.expires_at

    def revoke(self, *, by: Powers | None = None) -> None:
        """Close it for good; PermissionDenied unless ``by`` leads the department (None: a newer link or notice replaces it)."""
        if by is not None:
            self.notice.refuse_unless_led_by(by)
        if self.revoked_at is None:
            self.revoked_at = clock.now()
            self.save(update_fields=["revoked_at"])

    def touch(self) -> None:
        """Note that the unit opened it."""
        self.last_used_at = clock.now()
        self.save(update_fields=["last_used_at"])


class Mark(models.IntegerChoices):
    """A unit's mark for one question."""

    NO = 1, gettext_lazy("No")
    PARTLY = 2, gettext_lazy("Partly")
    YES = 3, gettext_lazy("Yes")


#: The five fixed questions to a host unit, by column.
QUESTIONS: Mapping[str, Any] = {
    "told_in_time": gettext_lazy("Was the unit told in good time who would come, when and for what?"),
    "knew_the_unit": gettext_lazy("Did the officers know the unit's situation?"),
    "helped_prepare": gettext_lazy("Did the officers help to prepare before the activity?"),
    "reviewed_after": gettext_lazy("Did they review the activity with the unit afterwards?"),
    "was_useful": gettext_lazy("Was the visit useful to the unit's work?"),
}


class HostFeedback(models.Model):
    """What a unit says of one visit afterwards: five marks and a few words. One for each visit; the last one sent holds."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="feedback")
    link = models.ForeignKey(HostLink, models.PROTECT, related_name="feedback")
    told_in_time = models.PositiveSmallIntegerField(QUESTIONS["told_in_time"], choices=Mark)
    knew_the_unit = models.PositiveSmallIntegerField(QUESTIONS["knew_the_unit"], choices=Mark)
    helped_prepare = models.PositiveSmallIntegerField(QUESTIONS["helped_prepare"], choices=Mark)
    reviewed_after = models.PositiveSmallIntegerField(QUESTIONS["reviewed_after"], choices=Mark)
    was_useful = models.PositiveSmallIntegerField(QUESTIONS["was_useful"], choices=Mark)
    text = CleanTextField(gettext_lazy("remarks"), max_length=2000, blank=True)
    given_by = CleanCharField(gettext_lazy("your name and post"), max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_hostfeedback_marks",
                condition=Q(
                    told_in_time__in=Mark.values,
                    knew_the_unit__in=Mark.values,
                    helped_prepare__in=Mark.values,
                    reviewed_after__in=Mark.values,
                    was_useful__in=Mark.values,
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.visit}: {self.mean}"

    @property
    def marks(self) -> list[tuple[str, str]]:
        """(question, answer in words), in order."""
        return [(str(text), str(Mark(getattr(self, name)).label)) for name, text in QUESTIONS.items()]

    @property
    def mean(self) -> float:
        """Mean of the five marks, 1 to 3."""
        return sum(getattr(self, name) for name in QUESTIONS) / len(QUESTIONS)


@transaction.atomic
def confirm_presence(link: HostLink, visit: Visit, days: Iterable[date], **feedback: Any) -> HostFeedback:
    """What the unit says of one visit of its notice: on which ``days`` the officer was there (all others: not), and its feedback.

    NotNow while the visit is not over, or when it is not in the notice.
    """
    line = link.notice.lines.filter(visit=visit).first()
    if line is None or visit.state != VisitState.APPROVED or visit.unit_id != link.notice.unit_id:
        raise NotNow(_("This visit is not announced to your unit."))
    if not visit.starts or visit.starts > clock.today():
        raise NotNow(_("The visit has not taken place yet."))
    there = set(days)
    past = VisitDay.objects.select_for_update().filter(visit=visit, date__lte=clock.today())
    for row in past:
        row.confirmed = row.date in there
    VisitDay.objects.bulk_update(past, ["confirmed"])
    said = HostFeedback.objects.filter(visit=visit).first() or HostFeedback(visit=visit)
    for name, value in feedback.items():
        setattr(said, name, value)
    said.link, said.at = link, clock.now()
    said.full_clean()
    said.save()
    return said
