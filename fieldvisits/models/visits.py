"""One line of a plan - a visit - and its days. One day of one officer is one row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Membership, Role, User
from accounts.text import CleanCharField, CleanTextField

from ..quota import Span, days_between
from ..workflow import VISIT, AdHocState, OfficerPlanState, ResultState, VisitState
from .base import Acting, Event, Stateful, state_field, state_is_known
from .hosts import HostUnit
from .regime import Quarter, YearRule

#: States of a plan in which its lines are registered: out of the officer's hands, not refused.
REGISTERED = (
    OfficerPlanState.SUBMITTED,
    OfficerPlanState.ENDORSED,
    OfficerPlanState.SENT,
    OfficerPlanState.FORWARDED,
    OfficerPlanState.APPROVED,
)

#: States of an ad-hoc request in which its visit is registered.
ASKED = (AdHocState.SUBMITTED, AdHocState.ENDORSED, AdHocState.TO_CONFIRM, AdHocState.CONSENTED)
#: States of a result in which its days are done: reported, whether accepted yet or not.
REPORTED = (ResultState.SUBMITTED, ResultState.ACCEPTED)


class ContentGroup(models.IntegerChoices):
    """The four groups of content, the same everywhere (domain section 3)."""

    THEMATIC = 1, gettext_lazy("1. Thematic survey or study")
    ACTIVITY = 2, gettext_lazy("2. Organising activities with the host")
    INSPECTION = 3, gettext_lazy("3. Inspection and supervision")
    ATTENDANCE = 4, gettext_lazy("4. Attending meetings")


class Variance(models.TextChoices):
    """Why an approved visit was not carried out (step 4)."""

    WEATHER = "weather", gettext_lazy("Weather, natural disaster")
    EPIDEMIC = "epidemic", gettext_lazy("Epidemic")
    HOST = "host", gettext_lazy("The host unit was busy")
    OFFICE = "office", gettext_lazy("Work at the office")
    ILLNESS = "illness", gettext_lazy("Illness")
    MERGED = "merged", gettext_lazy("Merged with another visit")
    OTHER = "other", gettext_lazy("Other reason")


class VisitQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """The visits one may read whole: those of the plans and of the ad-hoc requests one may read."""
        from .adhoc import AdHocRequest
        from .plans import OfficerPlan

        return self.filter(
            Q(plan__in=OfficerPlan.objects.visible_to(user))
            | Q(plan=None, adhoc__in=AdHocRequest.objects.visible_to(user))
        )

    def known_to(self, user: User):
        """The visits one may know of - who, dates, unit, content group: those one may read, and approved ones of the province."""
        working = user.powers.provinces(
            Role.OFFICER,
            Role.HEAD,
            Role.DEPUTY,
            Role.COORDINATOR,
            Role.RESULTS_DESK,
            Role.COMMITTEE,
            Role.EXECUTIVE,
        )
        return self.filter(
            Q(state=VisitState.APPROVED, quarter__province__in=working)
            | Q(pk__in=Visit.objects.visible_to(user).values("pk"))
        )

    def standing(self):
        """Neither struck nor refused."""
        return self.filter(state__in=(VisitState.PLANNED, VisitState.APPROVED))

    def registered(self):
        """Standing lines and ad-hoc visits that have left their officer's hands."""
        return self.standing().filter(Q(plan__state__in=REGISTERED) | Q(adhoc__state__in=ASKED))

    def begun(self):
        """Whose first day is today or earlier."""
        return self.filter(starts__lte=clock.today())

    def owed(self):
        """Approved visits that are over and whose result has not been reported: what their officers still owe."""
        return self.filter(state=VisitState.APPROVED, ends__lt=clock.today()).exclude(
            result__state__in=REPORTED
        )

    def in_order(self):
        """As a plan lists them: by date, lines without a date last, then as they were entered."""
        return self.order_by(F("starts").asc(nulls_last=True), "ends", "pk")

    def whole(self):
        """With what a line prints."""
        return self.select_related("unit", "officer").prefetch_related("companions")


class Visit(Stateful):
    """A visit of one officer to one host unit, from ``starts`` to ``ends`` (whole days, both inclusive).

    As a draft line it may be incomplete; ``unparsed`` keeps what was typed and could not be understood, so nothing is lost.
    ``revision`` counts the saves of a line, so that a second window does not overwrite the first. ``plan`` is None for an ad-hoc
    visit, which has its request instead. ``quarter`` is the one the visit is carried out in: it may differ from its plan's
    when the Standing Committee agreed to move it there.
    """

    flow = VISIT
    locked_with = ("quarter", "plan__quarter")

    plan = models.ForeignKey("OfficerPlan", models.CASCADE, null=True, blank=True, related_name="lines")
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="visits")
    officer = models.ForeignKey(User, models.PROTECT, related_name="visits")
    department = models.ForeignKey(Department, models.PROTECT, related_name="visits")
    state = state_field(VISIT)
    starts = models.DateField(gettext_lazy("from"), null=True, blank=True)
    ends = models.DateField(gettext_lazy("until"), null=True, blank=True)
    unit = models.ForeignKey(
        HostUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name=gettext_lazy("host unit"),
    )
    group = models.PositiveSmallIntegerField(
        gettext_lazy("content group"), choices=ContentGroup, null=True, blank=True
    )
    content = CleanCharField(gettext_lazy("what for"), max_length=500, blank=True)
    expected = CleanCharField(gettext_lazy("expected result"), max_length=500, blank=True)
    companions = models.ManyToManyField(
        User, blank=True, related_name="accompanied_visits", verbose_name=gettext_lazy("companions")
    )
    note = CleanCharField(gettext_lazy("note"), max_length=300, blank=True)
    unparsed = models.JSONField(default=dict, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    variance = models.CharField(gettext_lazy("reason"), max_length=10, choices=Variance, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["unit", "starts"], name="fieldvisits_visit_unit")]
        constraints = [
            models.CheckConstraint(
                name="fieldvisits_visit_dates_in_order",
                condition=Q(starts=None) | Q(ends=None) | Q(ends__gte=F("starts")),
                violation_error_message=gettext_lazy("The visit cannot end before it starts."),
            ),
            models.CheckConstraint(
                name="fieldvisits_visit_approved_is_complete",
                condition=~Q(state=VisitState.APPROVED)
                | Q(starts__isnull=False, ends__isnull=False, unit__isnull=False, group__isnull=False),
            ),
            models.CheckConstraint(
                name="fieldvisits_visit_group", condition=Q(group=None) | Q(group__in=ContentGroup.values)
            ),
            models.CheckConstraint(
                name="fieldvisits_visit_not_done_with_reason",
                condition=Q(state=VisitState.NOT_DONE, variance__in=Variance.values)
                | (~Q(state=VisitState.NOT_DONE) & Q(variance="")),
                violation_error_message=gettext_lazy("Choose why the visit was not carried out."),
            ),
            state_is_known(VISIT, "fieldvisits_visit_state"),
        ]

    def __str__(self) -> str:
        return f"{self.dates_text} · {self.unit or '…'}"

    def get_absolute_url(self) -> str:
        """Its own page once it is decided on or asked for by itself; before that its line in the plan."""
        if self.plan_id and self.state in (VisitState.PLANNED, VisitState.STRUCK, VisitState.REFUSED):
            return reverse("plan-detail", args=[self.plan_id]) + f"#line-{self.pk}"
        return reverse("visit-detail", args=[self.pk])

    @property
    def author_id(self) -> int:
        return self.officer_id

    @property
    def province_id(self) -> int:
        return self.quarter.province_id

    def locks(self) -> Iterable[models.QuerySet]:
        from .plans import OfficerPlan

        yield OfficerPlan.objects.filter(pk=self.plan_id)

    @property
    def is_adhoc(self) -> bool:
        """Asked for by itself, outside the quarter's plan."""
        return self.plan_id is None

    @property
    def is_planned_ahead(self) -> bool:
        return self.plan_id is not None

    @property
    def has_begun(self) -> bool:
        return self.starts is not None and self.starts <= clock.today()

    @property
    def is_over(self) -> bool:
        return self.ends is not None and self.ends < clock.today()

    @property
    def result_due(self) -> date | None:
        """By when its result is to be reported (inclusive): the rule's days after its last day."""
        return self.ends + timedelta(days=self.quarter.rule.report_due_days) if self.ends else None

    @property
    def day_count(self) -> int:
        """Whole days from first to last, both counted; 0 while a date is missing."""
        return days_between(self.starts, self.ends) if self.starts and self.ends else 0

    @property
    def dates_text(self) -> str:
        return dates_text(self.starts, self.ends)

    @property
    def is_standing(self) -> bool:
        return self.state in (VisitState.PLANNED, VisitState.APPROVED)

    @property
    def is_blank(self) -> bool:
        """Nothing typed yet."""
        return not any(
            (
                self.starts,
                self.ends,
                self.unit_id,
                self.group,
                self.content,
                self.expected,
                self.note,
                self.unparsed,
            )
        )

    def problem(self) -> str | None:
        """The first thing that keeps this line from being registered, for people."""
        if self.unparsed:
            return _("something typed here could not be understood; please correct it.")
        return (
            problem_of(self.starts, self.ends, self.unit, self.quarter)
            or (None if self.group else _("choose the content group."))
            or (None if self.content else _("say what the visit is for."))
        )

    @transaction.atomic
    def write_days(self) -> None:
        """Make the day rows follow the dates: one row for each day from ``starts`` to ``ends``."""
        wanted = {self.starts + timedelta(days=n) for n in range(self.day_count)} if self.starts else set()
        self.days.exclude(date__in=wanted).delete()
        missing = wanted - set(self.days.values_list("date", flat=True))
        if not missing:
            return
        off: set[date] = set()
        for year in {day.year for day in missing}:
            rule = self.quarter.rule_of(year)
            days = {day for day in missing if day.year == year}
            if not rule.holidays_count:
                holidays = self.quarter.province.holidays.filter(date__in=days)
                off |= set(holidays.values_list("date", flat=True))
            if not rule.weekends_count:
                off |= {day for day in days if day.weekday() >= 5}
        VisitDay.objects.bulk_create(
            VisitDay(visit=self, officer_id=self.officer_id, date=day, countable=day not in off)
            for day in sorted(missing)
        )

    # -- what the table asks ------------------------------------------------------------------------------------------

    def why_not_closable(self) -> str | None:
        """Why it cannot be closed as not carried out: it still lies ahead, or its result says that it was carried out."""
        if not self.has_begun:
            return _("The visit still lies ahead: ask for a change or for its cancellation.")
        if not self.variance:
            return _("Choose why the visit was not carried out.")
        return self.why_reported()

    def why_reported(self) -> str | None:
        """Why it can no longer be changed: its result has been reported."""
        result = getattr(self, "result", None)
        if result is not None and result.state in REPORTED:
            return _("The result of the visit has been reported; it must be returned first.")
        return None

    def forget_variance(self, event: Event, acting: Acting) -> None:
        self.variance = ""

    def as_copy(self) -> dict[str, Any]:
        return {
            "id": self.pk,
            "state": self.state,
            "starts": self.starts and self.starts.isoformat(),
            "ends": self.ends and self.ends.isoformat(),
            "days": self.day_count,
            "unit": self.unit_id,
            "unit_name": self.unit.name if self.unit else "",
            "level": self.unit.level if self.unit else "",
            "group": self.group,
            "content": self.content,
            "expected": self.expected,
            "companions": [str(person) for person in self.companions.all()],
            "note": self.note,
        }


def dates_text(first: date | None, last: date | None) -> str:
    """ "05/10/2026 – 07/10/2026", or one day, or "…" while open."""
    if not (first and last):
        return "…"
    texts = [day.strftime("%d/%m/%Y") for day in (first, last)]
    return texts[0] if first == last else " – ".join(texts)


def problem_of(starts: date | None, ends: date | None, unit: HostUnit | None, quarter: Quarter) -> str | None:
    """What is wrong with these dates at this unit in this quarter, as the end of a sentence; None when nothing is.

    The rule of steps 1-3: both dates, in order, inside the quarter, at a unit valid on every one of them.
    """
    if not starts or not ends:
        return _("enter the first and the last day.")
    if ends < starts:
        return _("the visit cannot end before it starts.")
    if starts < quarter.starts or ends > quarter.ends:
        return _("the days must lie in %(quarter)s (%(first)s – %(last)s).") % {
            "quarter": quarter,
            "first": quarter.starts.strftime("%d/%m/%Y"),
            "last": quarter.ends.strftime("%d/%m/%Y"),
        }
    if unit is None:
        return _("choose the host unit.")
    return unit.why_not_between(starts, ends)


class NotCounted(models.TextChoices):
    """Why a day that was reported and accepted does not count."""

    TWICE = "twice", gettext_lazy("the day already counts on another visit")
    WINDOW = "window", gettext_lazy("outside the counting period")
    CALENDAR = "calendar", gettext_lazy("weekends or public holidays do not count")
    EXEMPT = "exempt", gettext_lazy("the officer was exempt on that day")
    UNAPPROVED = "unapproved", gettext_lazy("the visit is not approved")


class VisitDayQuerySet(models.QuerySet):
    def in_window(self, rule: YearRule):
        """Days inside the counting window that may count by the rule."""
        return self.filter(date__range=rule.window, countable=True)

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

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="days")
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


def day_figures(window: Span, prefix: str = "days__", as_of: date | None = None) -> dict[str, Count]:
    """The kinds of figures of an officer's days in ``window`` (both dates inclusive), each a count of different dates, written once.

    registered - out of the officer's hands and neither struck nor refused; approved - decided or consented to; done - ticked in a
    reported result; accepted - counted; confirmed - by the host unit, too; adhoc - counted on ad-hoc visits; ahead - approved, from
    today on, and not counted yet; waiting - approved and gone by, with a result that is not accepted yet.

    With ``as_of`` the year is told as at the end of that day: only dates up to it are counted, those after it are ahead.
    ``prefix`` is the way from the annotated rows to the days.
    """

    def q(*alternatives: Q, **conditions: object) -> Q:
        return Q(*alternatives, **{prefix + name: value for name, value in conditions.items()})

    def dates(condition: Q) -> Count:
        return Count(f"{prefix}date", distinct=True, filter=condition)

    whole = q(date__range=window, countable=True)
    inside = whole if as_of is None else whole & q(date__lte=as_of)
    standing = q(visit__state__in=(VisitState.PLANNED, VisitState.APPROVED))
    sent = q(visit__plan__state__in=REGISTERED) | q(visit__adhoc__state__in=ASKED)
    is_approved = q(visit__state=VisitState.APPROVED)
    approved = inside & is_approved
    counted = inside & q(counted=True)
    if as_of is None:
        ahead, gone_by = whole & q(counted=False, date__gte=clock.today()), q(date__lt=clock.today())
    else:
        ahead, gone_by = whole & q(date__gt=as_of), q(date__lte=as_of)
    return {
        "registered": dates(inside & standing & sent),
        "approved": dates(approved),
        "done": dates(approved & q(present=True, visit__result__state__in=REPORTED)),
        "accepted": dates(counted),
        "confirmed": dates(counted & q(confirmed=True)),
        "adhoc": dates(counted & q(visit__plan=None)),
        "ahead": dates(ahead & is_approved),
        "waiting": dates(
            approved & gone_by & q(counted=False) & ~q(visit__result__state=ResultState.ACCEPTED)
        ),
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


class Remark(models.Model):
    """What a reader says about a single line: shown to its officer at the line (steps 2 and 3)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(User, models.PROTECT, related_name="remarks")
    role = models.CharField(max_length=20, choices=Role)
    text = CleanTextField(gettext_lazy("comment"), max_length=1000)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text
