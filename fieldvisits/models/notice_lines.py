"""Step 5: the visits that a letter to a host unit announces, and what the unit says to each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import User
from accounts.text import CleanCharField, CleanTextField

from ..workflow import VisitState
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


class Change(models.TextChoices):
    """What has become of a visit since its unit was told of it."""

    CANCELLED = "cancelled", gettext_lazy("Does not take place")
    ELSEWHERE = "elsewhere", gettext_lazy("Goes to another unit")
    MOVED = "moved", gettext_lazy("On other days")


#: A line's visit is as the line announced it; ``NoticeLine.change`` says the same of one line.
_AS_ANNOUNCED = Q(
    visit__state=VisitState.APPROVED,
    visit__unit=F("notice__unit"),
    visit__quarter=F("notice__quarter"),
    visit__starts=F("starts"),
    visit__ends=F("ends"),
)


class NoticeLineQuerySet(models.QuerySet):
    def announcing(self):
        """Inside a query of visits: the lines of notices in force that announce the visit as it is now."""
        return self.filter(
            visit=OuterRef("pk"),
            notice__superseded=False,
            notice__unit=OuterRef("unit"),
            notice__quarter=OuterRef("quarter"),
            starts=OuterRef("starts"),
            ends=OuterRef("ends"),
        )

    def telling(self):
        """Those the unit knows of: their notice was sent, or it has answered."""
        return self.filter(Q(notice__sent_on__isnull=False) | ~Q(answer=""))

    def as_announced(self):
        """Those whose visit still is what the line announced."""
        return self.filter(_AS_ANNOUNCED)

    def changed(self):
        """Those whose visit no longer is what the line announced, and which lie ahead still (in part)."""
        return self.filter(~_AS_ANNOUNCED, ends__gte=clock.today())


class NoticeLine(models.Model):
    """One visit as a notice announced it, and what the unit said last."""

    notice = models.ForeignKey("HostNotice", models.CASCADE, related_name="lines")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="notice_lines")
    starts = models.DateField()
    ends = models.DateField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)

    objects = NoticeLineQuerySet.as_manager()

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
    def change(self) -> str:
        """What has become of the visit since (``Change``), empty while it is what the unit was told."""
        visit, notice = self.visit, self.notice
        if visit.state != VisitState.APPROVED:
            return Change.CANCELLED
        if visit.unit_id != notice.unit_id:
            return Change.ELSEWHERE
        told = (self.starts, self.ends, notice.quarter_id)
        return Change.MOVED if (visit.starts, visit.ends, visit.quarter_id) != told else ""

    @property
    def is_changed(self) -> bool:
        """Whether the visit no longer is what the unit was told: other days, another unit, or it does not take place."""
        return bool(self.change)

    @property
    def asks_for_other_days(self) -> bool:
        """Whether the unit asks for other days, and nothing has come of it."""
        return self.answer == Answer.OTHER_DATE and not self.is_changed

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
