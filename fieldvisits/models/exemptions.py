"""Who is relieved from the quota, from one day to another."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.history import History
from accounts.models import Dated, DatedQuerySet, Role, User
from accounts.text import CleanCharField, CleanTextField, fold

from ..quota import Relief


class ExemptionKind(models.TextChoices):
    """Why an officer owes fewer days."""

    STUDY = "study", gettext_lazy("Study of six months or more")
    ILLNESS = "illness", gettext_lazy("Long illness")
    MATERNITY = "maternity", gettext_lazy("Maternity leave")
    OTHER = "other", gettext_lazy("Other, by decision")


class ExemptionQuerySet(DatedQuerySet):
    def visible_to(self, user: User):
        """One's own; those of the province for whoever administers, coordinates or decides there."""
        wide = user.powers.provinces(Role.ADMINISTRATOR, Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        return self.filter(Q(officer=user) | Q(officer__province__in=wide))

    def full(self):
        """Those under which no day counts; a decision that names the days owed leaves every day countable."""
        return self.filter(days=None)


class Exemption(Dated):
    """Dated relief from the quota, with a reason and a decision; both dates inclusive and known.

    Days of a full exemption do not count, whichever was there first: the exemption or the accepted result.
    """

    officer = models.ForeignKey(
        User, models.CASCADE, related_name="exemptions", verbose_name=gettext_lazy("officer")
    )
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=ExemptionKind)
    reason = CleanTextField(gettext_lazy("reason"), max_length=500)
    decision = CleanCharField(gettext_lazy("decision"), max_length=200)
    days = models.PositiveSmallIntegerField(
        gettext_lazy("days owed"),
        null=True,
        blank=True,
        help_text=gettext_lazy(
            "Only where the decision names a number; empty: in proportion to the days in scope."
        ),
    )

    objects = ExemptionQuerySet.as_manager()
    history = History()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="fieldvisits_exemption_has_an_end",
                condition=Q(valid_to__isnull=False),
                violation_error_message=gettext_lazy("An exemption needs its last day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.officer}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        self._hold()
        before = Exemption.objects.filter(pk=self.pk).first() if self.pk else None
        super().save(*args, **kwargs)
        self._recount(before, self)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> Any:
        self._hold()
        before = Exemption.objects.filter(pk=self.pk).first()
        gone = super().delete(*args, **kwargs)
        self._recount(before)
        return gone

    def clean(self) -> None:
        if self.valid_to is None:
            raise ValidationError({"valid_to": _("An exemption needs its last day.")})
        if self.officer_id:
            # a number of days by decision may stand beside days out of scope: the smaller one is owed
            same = Exemption.objects.filter(officer=self.officer_id, days__isnull=self.days is None)
            self.refuse_overlap(same, _("The officer is already relieved on some of these days."))

    @property
    def is_full(self) -> bool:
        """Whether no day counts under it (``full``)."""
        return self.days is None

    def _hold(self) -> None:
        """Before it is read and written, so that nobody counts the officer's days between the two."""
        from .counting import hold

        officers = Exemption.objects.filter(pk=self.pk).values_list("officer", flat=True)
        hold({self.officer_id, *officers})

    @staticmethod
    def _recount(*spans: Exemption | None) -> None:
        """Let the days of each officer and span follow what is in force now."""
        from .counting import recount
        from .days import VisitDay

        touched = Q(pk__in=[])
        for of in filter(None, spans):
            touched |= Q(officer=of.officer_id, date__range=(of.valid_from, of.valid_to))
        recount(VisitDay.objects.filter(touched))

    def as_relief(self) -> Relief:
        """For ``quota.target``."""
        return Relief(self.valid_from, self.valid_to, self.grounds, self.days)

    @property
    def grounds(self) -> str:
        """Why, and the decision's number and date; a reason that only repeats the kind is not said twice."""
        kind = str(self.get_kind_display())
        why = kind if fold(self.reason) == fold(kind) else f"{kind} - {self.reason}"
        return f"{why}, {self.decision}"
