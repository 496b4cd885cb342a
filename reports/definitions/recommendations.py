"""What visits recommended, to whom, since when, and what became of it (annex f)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar

from django.db.models import (
    Case,
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from fieldvisits.models import Recommendation
from fieldvisits.models.recommendations import PENDING
from fieldvisits.workflow import RecommendationState

from ..base import Column, Report
from ..outcomes import quarters_around

#: Ages in days, from and until (both inclusive) by their name in an address; the last has no end.
AGES: dict[str, tuple[int, int | None]] = {
    "to-30": (0, 30),
    "to-90": (31, 90),
    "to-180": (91, 180),
    "more": (181, None),
}


def age_label(age: str) -> str:
    """ "up to 30", "31–90", "over 180"."""
    low, high = AGES[age]
    if not low:
        return _("up to %(days)d") % {"days": high}
    return f"{low}–{high}" if high else _("over %(days)d") % {"days": low - 1}


def age_of(days: int) -> str:
    """The name of the age of that many days."""
    return next(age for age, (_low, high) in AGES.items() if high is None or days <= high)


class RecommendationReport(Report):
    """The year's recommendations: those raised by visits that begin in it, the pending ones first, by their due date."""

    slug = "recommendations"
    title = gettext_lazy("Recommendations by state, age and owner")
    about = gettext_lazy("What visits recommended, who is to see to it, and how long it has been open.")
    icon = "chat-square-text"
    filters = ("quarter", "department", "status", "age", "group", "level", "officer", "unit")
    statuses = (
        ("pending", gettext_lazy("somebody has to act")),
        ("overdue", gettext_lazy("overdue")),
        *((s.value, s.label) for s in RecommendationState if s != RecommendationState.NOTED),
    )
    choices: ClassVar = {"age": [(age, lazy(age_label, str)(age)) for age in AGES]}

    def _found(self) -> QuerySet[Recommendation]:
        asked = self.asked
        values = {
            "department": asked.department,
            "result__visit__group": asked.group,
            "unit__level": asked.level,
            "unit": asked.unit,
            "result__visit__officer": asked.officer,
        }
        return (
            Recommendation.objects.visible_to(asked.reader)
            .raised()
            .filter(
                **quarters_around(asked.rule, "result__visit__quarter__"),
                result__visit__starts__range=asked.window,
            )
            .filter(**{name: value for name, value in values.items() if value is not None})
        )

    def rows(self) -> QuerySet[Recommendation]:
        found = self._found()
        match self.asked.status:
            case None:
                pass
            case "pending":
                found = found.pending()
            case "overdue":
                found = found.overdue()
            case state:
                found = found.filter(state=state)
        if self.asked.age:
            found = of_age(found, self.asked.age)
        closed = Case(When(state__in=PENDING, then=Value(0)), default=Value(1), output_field=IntegerField())
        return found.select_related(
            "result__visit__officer", "result__visit__quarter", "unit", "department", "owner"
        ).order_by(closed, F("due").asc(nulls_last=True), "result__visit__ends", "pk")

    def columns(self) -> Sequence[Column]:
        return [
            Column(
                "unit",
                _("Host unit"),
                lambda r: r.unit.name,
                width=30,
                order=("unit__folded",),
                url=lambda r: r.unit.get_absolute_url(),
                is_heading=True,
            ),
            Column(
                "recommendation",
                _("Recommendation"),
                lambda r: r.text,
                width=60,
                order=("text",),
                url=lambda r: r.get_absolute_url(),
                is_key=True,
            ),
            Column(
                "state",
                _("State"),
                lambda r: str(r.current.label),
                width=16,
                order=("state",),
                state=lambda r: r.current,
                is_key=True,
            ),
            Column(
                "made",
                _("Made on"),
                lambda r: r.result.visit.ends,
                "date",
                12,
                order=("result__visit__ends",),
            ),
            Column("age", _("Age, days"), _age, "number", 10, is_key=True),
            Column("due", _("Due"), lambda r: r.due, "date", 12, order=("due",), is_key=True),
            Column("overdue", _("Days overdue"), _overdue, "number", 10),
            Column(
                "addressee",
                _("To whom"),
                lambda r: r.addressee_text,
                width=28,
                order=("addressee", "addressee_name"),
            ),
            Column(
                "owner",
                _("Person in charge"),
                lambda r: r.owner.full_name if r.owner else "",
                width=24,
                order=("owner__sort_name",),
            ),
            Column(
                "department",
                _("Department in charge"),
                lambda r: r.department.name,
                width=26,
                order=("department__name",),
            ),
            Column(
                "officer",
                _("Made by"),
                lambda r: r.result.visit.officer.full_name,
                width=24,
                order=("result__visit__officer__sort_name",),
            ),
            Column("answer", _("Answer"), lambda r: r.answer, width=50),
            Column("answered", _("Answered on"), lambda r: r.answered_on, "date", 12, order=("answered_on",)),
        ]

    def notes(self) -> Iterable[str]:
        overdue = Q(state__in=PENDING, due__lt=clock.today())
        counts = dict(self._found().order_by().values_list("state").annotate(n=Count("pk")))
        late = self._found().filter(overdue).count()
        states = [s for s in RecommendationState if counts.get(s.value)]
        yield _("%(all)d recommendations: %(states)s; %(late)d overdue.") % {
            "all": sum(counts.values()),
            "states": ", ".join(f"{s.label} {counts[s.value]}" for s in states) or "–",
            "late": late,
        }
        yield _("Age: from the last day of the visit to the answer, or to today while there is none.")


def of_age(found: QuerySet[Recommendation], age: str) -> QuerySet[Recommendation]:
    """Those of that age (``AGES``): today while they are pending, else when they were answered."""
    low, high = AGES[age]
    until = Case(
        When(~Q(state__in=PENDING) & Q(answered_on__isnull=False), then=F("answered_on")),
        default=Value(clock.today()),
        output_field=DateField(),
    )
    found = found.annotate(
        aged=ExpressionWrapper(until - F("result__visit__ends"), output_field=DurationField())
    )
    if low:
        found = found.filter(aged__gte=timedelta(days=low))
    return found if high is None else found.filter(aged__lte=timedelta(days=high))


def _age(made: Recommendation) -> int:
    """Days from the visit's last day to the answer, or to today."""
    until = made.answered_on if not made.is_pending and made.answered_on else clock.today()
    return (until - made.result.visit.ends).days


def _overdue(made: Recommendation) -> int | None:
    return (clock.today() - made.due).days if made.is_overdue and made.due else None
