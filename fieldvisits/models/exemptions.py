"""Who is relieved from the quota, from one day to another."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

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


class Exemption(Dated):
    """Dated relief from the quota, with a reason and a decision; both dates inclusive and known."""

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
    history = HistoricalRecords()

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

    def clean(self) -> None:
        if self.valid_to is None:
            raise ValidationError({"valid_to": _("An exemption needs its last day.")})
        if self.officer_id:
            # a number of days by decision may stand beside days out of scope: the smaller one is owed
            same = Exemption.objects.filter(officer=self.officer_id, days__isnull=self.days is None)
            self.refuse_overlap(same, _("The officer is already relieved on some of these days."))

    def as_relief(self) -> Relief:
        """For ``quota.target``."""
        return Relief(self.valid_from, self.valid_to, self.grounds, self.days)

    @property
    def grounds(self) -> str:
        """Why, and the decision's number and date; a reason that only repeats the kind is not said twice."""
        kind = str(self.get_kind_display())
        why = kind if fold(self.reason) == fold(kind) else f"{kind} - {self.reason}"
        return f"{why}, {self.decision}"
