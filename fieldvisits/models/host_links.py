"""Step 5: what a host unit opens without an account - its links, what it confirms, what it says of a visit afterwards."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import User
from accounts.powers import Powers
from accounts.text import CleanCharField, CleanTextField

from ..workflow import VisitState
from .base import NotNow
from .coordination import HostNotice
from .days import VisitDay
from .visits import Visit

#: For how long after the last visit of a notice its unit may confirm it and leave feedback (days).
FEEDBACK_DAYS = 21


class Purpose(models.TextChoices):
    """What a unit can do through a link."""

    ANSWER = "answer", gettext_lazy("Answer the notice")
    FEEDBACK = "feedback", gettext_lazy("Confirm the visit and leave feedback")


class LinkRefused(Exception):
    """A link that opens nothing any more, with a sentence for whoever holds it."""


class HostLinkQuerySet(models.QuerySet):
    @transaction.atomic
    def issue(self, notice: HostNotice, purpose: str, *, by: Powers) -> HostLink:
        """A link for the unit, valid to its natural end; an earlier one for the same purpose is revoked.

        Its end is the midnight after the last visit, ``FEEDBACK_DAYS`` later for feedback. PermissionDenied unless one leads the
        department; NotNow for a notice that has been replaced, or when the end has come already.
        """
        notice.refuse_unless_led_by(by)
        if HostNotice.objects.select_for_update().get(pk=notice.pk).superseded:
            raise NotNow(_("A newer notice has replaced this one."))
        days = 0 if purpose == Purpose.ANSWER else FEEDBACK_DAYS
        end = timezone.make_aware(datetime.combine(notice.last_day + timedelta(days=days + 1), time.min))
        if end <= clock.now():
            raise NotNow(_("The visits are over; such a link would open nothing any more."))
        for link in self.filter(notice=notice, purpose=purpose, revoked_at=None):
            link.revoke()
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

    @property
    def last_day(self) -> date:
        """The last day on which it opens anything."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

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


class HostFeedbackQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """What was said of visits one may read whole."""
        return self.filter(Visit.objects.readable(user, "visit__"))


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

    objects = HostFeedbackQuerySet.as_manager()

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

    ``days`` outside the visit or still to come are no matter. NotNow before the visit has begun, when it is not in the notice
    (any more), and through a link that is for answering only.
    """
    if link.purpose != Purpose.FEEDBACK:
        raise NotNow(_("This link is for answering the notice only."))
    line = link.notice.lines.filter(visit=visit).first()
    if line is None or visit.state != VisitState.APPROVED or visit.unit_id != link.notice.unit_id:
        raise NotNow(_("This visit is not announced to your unit."))
    if not visit.starts or visit.starts > clock.today():
        raise NotNow(_("The visit has not taken place yet."))
    there = set(days)
    User.objects.select_for_update(no_key=True).get(pk=visit.officer_id)  # nobody counts these days meanwhile
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
