"""One line of a plan - a visit - and its days. One day of one officer is one row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Case, DateField, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Department, Role, User
from accounts.text import CleanCharField, CleanTextField

from ..quota import days_between
from ..workflow import VISIT, AdHocState, VisitState
from .base import Acting, Event, MayBeHeadsOwn, Stateful, state_field, state_is_known
from .days import ASKED, REGISTERED, REPORTED, VisitDay
from .hosts import HostUnit
from .regime import Quarter

#: Most days (first and last included) of one visit asked for by itself or moved by a change.
MOST_DAYS = 31
#: Visits to one unit that may overlap on its last days.
MOST_OVERLAPPING = 8


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
        return self.filter(self.readable(user))

    def readable(self, user: User, way: str = "") -> Q:
        """``visible_to`` as a condition on rows that lead to the visit by ``way`` (with its underscores)."""
        from .adhoc import AdHocRequest
        from .plans import OfficerPlan

        planned = OfficerPlan.objects.readable(user, f"{way}plan__")
        asked_for = AdHocRequest.objects.readable(user, f"{way}adhoc__", way)
        kinds = {name: Q(**{f"{way}{name}__isnull": False}) for name in ("plan", "adhoc")}
        # no visit is in another province than its plan: said first, so that the database need not look further
        return Q(**{f"{way}quarter__province": user.province_id}) & (
            kinds["plan"] & planned | ~kinds["plan"] & kinds["adhoc"] & asked_for
        )

    def with_readable(self, user: User):
        """With ``is_readable``: whether ``user`` may read the visit whole, or only know of it."""
        return self.annotate(is_readable=Case(When(self.readable(user), then=True), default=False))

    def known_to(self, user: User):
        """The visits one may know of - who, dates, unit, content group: those one may read, and approved ones of the province."""
        return self.filter(self.known(user))

    def known(self, user: User, way: str = "") -> Q:
        """``known_to`` as a condition on rows that lead to the visit by ``way`` (with its underscores)."""
        working = user.powers.provinces(
            Role.OFFICER,
            Role.HEAD,
            Role.DEPUTY,
            Role.COORDINATOR,
            Role.RESULTS_DESK,
            Role.COMMITTEE,
            Role.EXECUTIVE,
        )
        approved = Q(**{f"{way}state": VisitState.APPROVED, f"{way}quarter__province__in": working})
        return (approved | self.readable(user, way)) & Q(**{f"{way}quarter__province": user.province_id})

    def standing(self):
        """Neither struck nor refused."""
        return self.filter(state__in=(VisitState.PLANNED, VisitState.APPROVED))

    def registered(self):
        """Standing lines and ad-hoc visits that have left their officer's hands."""
        return self.standing().filter(Q(plan__state__in=REGISTERED) | Q(adhoc__state__in=ASKED))

    def decided(self):
        """Decided on at some time - approved or consented to - whatever has become of them since.

        An ad-hoc visit given up before anybody had decided on its request is not one of them.
        """
        states = (VisitState.APPROVED, VisitState.NOT_DONE, VisitState.CANCELLED)
        return self.filter(~Q(adhoc__state=AdHocState.WITHDRAWN), state__in=states)

    def begun(self):
        """Whose first day is today or earlier."""
        return self.filter(starts__lte=clock.today())

    def been(self):
        """Approved visits that have begun, the one on which somebody was there last first, with ``last_there``: the last day, up to
        today, on which its officer was there as far as is known - the last one ticked once the result is reported, until then the
        last one planned; None where the result says that nobody came.

        What every "last visited" and "days since" outside the report on accepted days is told by.
        """
        today = clock.today()
        ticked = VisitDay.objects.filter(visit=OuterRef("pk"), present=True, date__lte=today)
        planned = Case(When(ends__lt=today, then=F("ends")), default=Value(today, DateField()))
        last = Case(
            When(result__state__in=REPORTED, then=Subquery(ticked.order_by("-date").values("date")[:1])),
            default=planned,
            output_field=DateField(),
        )
        begun = self.filter(state=VisitState.APPROVED).begun().annotate(last_there=last)
        return begun.order_by(F("last_there").desc(nulls_last=True), "-pk")

    def been_last(self, way: str):
        """For a subquery on host units: ``been`` of the few visits that ended last at the outer unit, reached by ``way``.

        Only of these it is asked when somebody was there last: of a long history that would be asked of every visit. A few, because
        of two that overlap the one that ended first may hold the later day.
        """
        ended = self.filter(state=VisitState.APPROVED, **{way: OuterRef(OuterRef("pk"))}).begun()
        return Visit.objects.been().filter(
            pk__in=ended.order_by("-ends", "-pk").values("pk")[:MOST_OVERLAPPING]
        )

    def touching(self, quarter: Quarter):
        """With a day in the quarter, also those that begin before it: what a report on the quarter tells of."""
        return self.filter(
            quarter__province=quarter.province_id, starts__lte=quarter.ends, ends__gte=quarter.starts
        )

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
        indexes = [
            models.Index(fields=["unit", "starts"], name="fieldvisits_visit_unit"),
            # a year of a province: its quarters, and in each only the days asked about
            models.Index(fields=["quarter", "starts"], name="fieldvisits_visit_quarter"),
        ]
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
        return result_due(self.ends, self.quarter) if self.ends else None

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


def result_due(ends: date, quarter: Quarter) -> date:
    """By when the result of a visit that ends on ``ends`` is to be reported (inclusive): the rule's days after it."""
    return ends + timedelta(days=quarter.rule.report_due_days)


class PaperOfVisit(MayBeHeadsOwn):
    """A paper about one ``visit``: it is that visit's officer's, department's, quarter's."""

    class Meta:
        abstract = True

    @property
    def officer(self) -> User:
        return self.visit.officer

    @property
    def department(self) -> Department:
        return self.visit.department

    @property
    def author_id(self) -> int:
        return self.visit.officer_id

    @property
    def department_id(self) -> int:
        return self.visit.department_id

    @property
    def province_id(self) -> int:
        return self.visit.quarter.province_id

    @property
    def quarter(self) -> Quarter:
        return self.visit.quarter


def dates_text(first: date | None, last: date | None) -> str:
    """ "05/10/2026 – 07/10/2026", or one day, or "…" while open."""
    if not (first and last):
        return "…"
    texts = [day.strftime("%d/%m/%Y") for day in (first, last)]
    return texts[0] if first == last else " – ".join(texts)


def why_too_long(starts: date, ends: date) -> str | None:
    """Why a visit from ``starts`` to ``ends`` (inclusive) is too long to be asked for, as the end of a sentence."""
    if days_between(starts, ends) <= MOST_DAYS:
        return None
    return _("a visit lasts at most %(days)d days.") % {"days": MOST_DAYS}


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


class Remark(models.Model):
    """What a reader says about a single line: shown to its officer at the line (steps 2 and 3)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(User, models.PROTECT, related_name="remarks")
    role = models.CharField(max_length=20, choices=Role)
    text = CleanTextField(gettext_lazy("comment"), max_length=1000)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text
