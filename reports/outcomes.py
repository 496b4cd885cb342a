"""What became of visits that were decided on, said once: what the annual report sums, reports set side by side and lists show."""

from __future__ import annotations

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from fieldvisits.models import ChangeRequest, Visit, VisitDay, YearRule
from fieldvisits.models.changes import ChangeKind
from fieldvisits.models.days import REPORTED
from fieldvisits.quota import Span
from fieldvisits.workflow import ChangeState, ResultState, VisitState

#: Each visit that was decided on has one of these: its result is reported; is still waited for (also of one that lies ahead);
#: it was closed as not carried out; it was cancelled.
OUTCOMES: dict[str, Q] = {
    "reported": Q(state=VisitState.APPROVED, result__state__in=REPORTED),
    "waiting": Q(state=VisitState.APPROVED)
    & (Q(result=None) | Q(result__state__in=(ResultState.DRAFT, ResultState.RETURNED))),
    "not_done": Q(state=VisitState.NOT_DONE),
    "cancelled": Q(state=VisitState.CANCELLED),
}


def quarters_around(rule: YearRule, path: str) -> dict[str, object]:
    """Lookups for the province's quarters of the rule's year and of the one before: visits with a day in the year lie in them, and a
    look at them does not read all other years. ``path`` is the way to the quarter, with its underscores."""
    return {f"{path}province": rule.province_id, f"{path}year__range": (rule.year - 1, rule.year)}


def with_outcome(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """With ``outcome``: which of ``OUTCOMES`` each visit has, None while it is not decided on."""
    return visits.annotate(
        outcome=Case(*(When(which, then=Value(name)) for name, which in OUTCOMES.items()), default=None)
    )


def moved() -> Exists:
    """Whether the visit of a row was moved to other days or to another unit by a change request that was agreed to."""
    return Exists(
        ChangeRequest.objects.filter(
            visit=OuterRef("pk"), kind=ChangeKind.RESCHEDULE, state=ChangeState.GRANTED
        )
    )


def counted(window: Span) -> Q:
    """Visits with an accepted day in ``window`` (both dates inclusive): what coverage means by a visit."""
    days = VisitDay.objects.filter(visit=OuterRef("pk"), counted=True, date__range=window)
    return Q(Exists(days), starts__lte=window[1], ends__gte=window[0])
