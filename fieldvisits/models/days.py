"""One day of one officer is one row: which days count, and every figure that is a count of days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Membership, User

from ..quota import Span
from ..workflow import AdHocState, OfficerPlanState, ResultState, VisitState
from .exemptions import Exemption
from .regime import YearRule

#: States of a plan out of the officer's hands that may still be, or has been, approved.
REGISTERED = (
    OfficerPlanState.SUBMITTED,
    OfficerPlanState.ENDORSED,
    OfficerPlanState.SENT,
    OfficerPlanState.FORWARDED,
    OfficerPlanState.APPROVED,
)
#: States of a plan that is out of the officer's hands, whatever has been decided on it.
FILED = (*REGISTERED, OfficerPlanState.REJECTED)
#: States of an ad-hoc request that may still be, or has been, consented to.
ASKED = (AdHocState.SUBMITTED, AdHocState.ENDORSED, AdHocState.TO_CONFIRM, AdHocState.CONSENTED)
#: States of an ad-hoc request that has been made and was not withdrawn, whatever has been decided on it.
ASKED_FOR = (*ASKED, AdHocState.REFUSED)
#: States of a result in which its days are done: reported, whether accepted yet or not.
REPORTED = (ResultState.SUBMITTED, ResultState.ACCEPTED)


class NotCounted(models.TextChoices):
    """Why a day that was reported and accepted does not count."""

    TWICE = "twice", gettext_lazy("the day already counts on another visit")
    WINDOW = "window", gettext_lazy("outside the counting period")
    CALENDAR = "calendar", gettext_lazy("weekends or public holidays do not count")
    EXEMPT = "exempt", gettext_lazy("the officer was exempt on that day")
    UNAPPROVED = "unapproved", gettext_lazy("the visit is not approved")


class VisitDayQuerySet(models.QuerySet):
    def in_window(self, rule: YearRule):
        """Days inside the counting window that may count: by the rule, and of an officer who is not exempt on them."""
        return self.filter(~exempt(), date__range=rule.window, countable=True)

    def balance_rows(self, *before: str):
        """Rows of (date, counted, state of the visit, plan), after the columns ``before``: what ``balance_of`` adds up."""
        return self.values_list(*before, "date", "counted", "visit__state", "visit__plan")

    def with_served(self):
        """With ``served``: the department the officer belonged to on the date; the visit's own where none is known."""
        memberships = Membership.objects.filter(
            user=OuterRef("officer"), valid_from__lte=OuterRef("date")
        ).filter(Q(valid_to=None) | Q(valid_to__gte=OuterRef("date")))
        return self.annotate(
            served=Coalesce(
                Subquery(memberships.values("department")[:1]),
                F("visit__department"),
                output_field=models.BigIntegerField(),
            )
        )


class VisitDay(models.Model):
    """One day of one officer on one visit. At most one of an officer's rows for a date is ``counted``.

    Rows are written while planning. ``present`` is the officer's tick in the visit's result, ``counted`` becomes true when that
    result is accepted (step 6), else ``not_counted`` says why not; ``confirmed`` is the host unit's word, None while it has said
    nothing. ``countable`` is false on a weekend or holiday where the year's rule excludes it.
    """

    visit = models.ForeignKey("Visit", models.CASCADE, related_name="days")
    officer = models.ForeignKey(User, models.PROTECT, related_name="days")
    date = models.DateField()
    countable = models.BooleanField(default=True)
    present = models.BooleanField(default=False)
    counted = models.BooleanField(default=False)
    not_counted = models.CharField(max_length=10, choices=NotCounted, blank=True)
    confirmed = models.BooleanField(null=True)

    objects = VisitDayQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["officer", "date"], name="fieldvisits_day_officer_date")]
        constraints = [
            models.UniqueConstraint(fields=["visit", "date"], name="fieldvisits_visitday_once_per_visit"),
            models.UniqueConstraint(
                fields=["officer", "date"],
                condition=Q(counted=True),
                name="fieldvisits_visitday_counted_once",
                violation_error_message=gettext_lazy(
                    "This day already counts on another visit of the officer."
                ),
            ),
            models.CheckConstraint(
                name="fieldvisits_visitday_counted_is_countable",
                condition=Q(counted=False) | Q(countable=True),
            ),
            models.CheckConstraint(
                name="fieldvisits_visitday_counted_was_present",
                condition=Q(counted=False) | Q(present=True, not_counted=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer} {self.date}"


#: The kinds of figures shown side by side, never mixed (domain section 3), in the order a visit passes through them.
KINDS = ("registered", "approved", "done", "accepted", "confirmed")
#: All that ``day_kinds`` tells apart.
ALL_KINDS = (*KINDS, "adhoc", "ahead", "waiting", "submitted")


def _under(prefix: str) -> Callable[..., Q]:
    """Conditions on days to which ``prefix`` is the way from the rows."""

    def q(**conditions: object) -> Q:
        return Q(**{prefix + name: value for name, value in conditions.items()})

    return q


def exempt(prefix: str = "") -> Exists:
    """Whether the day of a row lies in a full exemption of its officer: it cannot count."""
    days = {"valid_from__lte": OuterRef(f"{prefix}date"), "valid_to__gte": OuterRef(f"{prefix}date")}
    return Exists(Exemption.objects.full().filter(officer=OuterRef(f"{prefix}officer"), **days))


def _taken(prefix: str) -> Exists:
    """Whether the date of a row counts already, on this visit or on another of its officer."""
    # two bounds for one date: of an equality PostgreSQL makes a table of all days that count in the country, for each page anew
    day = OuterRef(f"{prefix}date")
    same = {"officer": OuterRef(f"{prefix}officer"), "date__gte": day, "date__lte": day}
    return Exists(VisitDay.objects.filter(counted=True, **same))


def day_kinds(window: Span, prefix: str = "days__", as_of: date | None = None) -> dict[str, Q]:
    """Which of an officer's days in ``window`` (both dates inclusive) are of which kind, said once: what every figure counts and
    every list behind a figure shows.

    registered - out of the officer's hands, whatever was decided on them afterwards: also struck, refused, cancelled, not carried
    out; of ad-hoc visits those asked for and not withdrawn; approved - decided or consented to, whatever became of them: also
    cancelled and not carried out. The others are of visits that stand: done - ticked in a reported result; accepted - counted;
    confirmed - by the host unit, too; adhoc - counted on ad-hoc visits; ahead - from today on, and not counted yet; waiting - gone
    by, with a result that is not accepted yet; submitted - those of them that are ticked in a reported one. Of the last three a day
    that can no longer count is none: the officer is exempt on it, or its date counts on another visit.

    With ``as_of`` the year is told as at the end of that day: only dates up to it are counted, those after it are ahead.
    ``prefix`` is the way from the rows to the days.
    """
    q = _under(prefix)
    whole = q(date__range=window, countable=True)
    inside = whole if as_of is None else whole & q(date__lte=as_of)
    given_up = q(visit__state=VisitState.CANCELLED)
    decided = q(visit__state__in=(VisitState.APPROVED, VisitState.NOT_DONE)) | given_up & (
        q(visit__plan__isnull=False) | q(visit__adhoc__state=AdHocState.CONSENTED)  # else withdrawn before
    )
    stands = q(visit__state=VisitState.APPROVED)
    counted = inside & q(counted=True)
    # what asks another table comes last: it is asked of the few days that are left
    undecided = stands & q(counted=False) & ~q(visit__result__state=ResultState.ACCEPTED)
    undecided &= ~Q(_taken(prefix)) & ~Q(exempt(prefix))
    if as_of is None:
        ahead, gone_by = whole & q(date__gte=clock.today()) & undecided, q(date__lt=clock.today())
    else:
        ahead, gone_by = whole & q(date__gt=as_of) & stands & ~Q(exempt(prefix)), q(date__lte=as_of)
    ticked = q(present=True)
    return {
        "registered": inside & (q(visit__plan__state__in=FILED) | q(visit__adhoc__state__in=ASKED_FOR)),
        "approved": inside & decided,
        "done": inside & stands & ticked & q(visit__result__state__in=REPORTED),
        "accepted": counted,
        "confirmed": counted & q(confirmed=True),
        "adhoc": counted & q(visit__plan=None),
        "ahead": ahead,
        "waiting": inside & gone_by & undecided,
        "submitted": inside & gone_by & ticked & q(visit__result__state=ResultState.SUBMITTED) & undecided,
    }


def still_registered(window: Span, prefix: str = "days__") -> Q:
    """Registered days in ``window`` that are not given up: neither struck, refused, cancelled nor not carried out."""
    q = _under(prefix)
    standing = q(visit__state__in=(VisitState.PLANNED, VisitState.APPROVED))
    sent = q(visit__plan__state__in=REGISTERED) | q(visit__adhoc__state__in=ASKED)
    return q(date__range=window, countable=True) & standing & sent


def day_figures(window: Span, prefix: str = "days__", as_of: date | None = None) -> dict[str, Count]:
    """For each of ``day_kinds`` the number of an officer's different dates of that kind."""
    return {
        kind: Count(f"{prefix}date", distinct=True, filter=condition)
        for kind, condition in day_kinds(window, prefix, as_of).items()
    }


def tally(
    window: Span, *keys: str, as_of: date | None = None, **which: object
) -> dict[tuple, dict[str, int]]:
    """Days of many officers in ``window``, by the kinds of ``day_figures``, for each combination of ``keys`` (lookups of VisitDay;
    ``served`` is the department on the date).

    ``which`` narrows the days. Each officer's dates are counted once for each combination, then summed: one query.
    """
    figures = day_figures(window, prefix="", as_of=as_of)
    days = VisitDay.objects.all()
    if "served" in {*keys, *which}:
        days = days.with_served()
    rows = days.filter(date__range=window, **which).values_list("officer", *keys).annotate(**figures)
    sums: dict[tuple, dict[str, int]] = {}
    for row in rows:
        key, counts = tuple(row[1 : 1 + len(keys)]), row[1 + len(keys) :]
        total = sums.setdefault(key, dict.fromkeys(figures, 0))
        for name, count in zip(figures, counts, strict=True):
            total[name] += count
    return sums
