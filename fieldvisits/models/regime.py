"""The rules of a province's year, its quarters and its holidays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.history import History
from accounts.models import Department, Province, User
from accounts.text import CleanCharField, CleanTextField

from ..quota import Span, each_day
from ..workflow import QUARTER, QuarterState
from .base import Acting, Event, Stateful, state_field, state_is_known
from .hosts import Level

ROMAN = ("I", "II", "III", "IV")


class YearRuleQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """The rules of one's own province; everybody may know them."""
        return self.filter(province=user.province_id)

    def year_wanted(self, province: Province | None) -> int | None:
        """The year whose rules have to be entered in the province now (see ``year_wanted``); one query."""
        this_year = clock.today().year
        rules = self.filter(province=province, year__in=(this_year, this_year + 1))
        return year_wanted({rule.year: rule for rule in rules})


#: For how many days before registration for a year can open its rules are asked for.
ASKED_BEFORE = 30


def year_wanted(rules: Mapping[int, YearRule]) -> int | None:
    """The first year whose rules are missing now: this one, or the next once registration for its first quarter is near.

    ``rules`` by year. When that registration opens is said by the rules of this year, as long as those of the next are missing.
    """
    today = clock.today()
    if today.year not in rules:
        return today.year
    following = today.year + 1
    ahead = timedelta(days=rules[today.year].opens_before + ASKED_BEFORE)
    return following if following not in rules and today >= date(following, 1, 1) - ahead else None


class YearRule(models.Model):
    """What a province asks of its officers in a year. Provinces disagree, so none of it is a constant (domain section 3)."""

    province = models.ForeignKey(
        Province, models.PROTECT, related_name="year_rules", verbose_name=gettext_lazy("province")
    )
    year = models.PositiveSmallIntegerField(
        gettext_lazy("year"), validators=[MinValueValidator(2010), MaxValueValidator(2100)]
    )
    required_days = models.PositiveSmallIntegerField(
        gettext_lazy("required days a year"), default=60, validators=[MaxValueValidator(366)]
    )
    window_from = models.DateField(gettext_lazy("counting from"))
    window_to = models.DateField(gettext_lazy("counting until"))
    weekends_count = models.BooleanField(gettext_lazy("weekends count"), default=True)
    holidays_count = models.BooleanField(gettext_lazy("public holidays count"), default=True)
    opens_before = models.PositiveSmallIntegerField(
        gettext_lazy("registration opens, days before the quarter"),
        default=20,
        validators=[MaxValueValidator(90)],
    )
    officer_due_day = models.PositiveSmallIntegerField(
        gettext_lazy("officers' plans due on the quarter's day"),
        default=5,
        validators=[MaxValueValidator(60)],
    )
    department_due_day = models.PositiveSmallIntegerField(
        gettext_lazy("department plans due on the quarter's day"),
        default=10,
        validators=[MaxValueValidator(60)],
    )
    committee_due_day = models.PositiveSmallIntegerField(
        gettext_lazy("decision due on the quarter's day"), default=15, validators=[MaxValueValidator(60)]
    )
    report_due_days = models.PositiveSmallIntegerField(
        gettext_lazy("result due, days after the visit"), default=10, validators=[MaxValueValidator(90)]
    )
    quarter_report_due_days = models.PositiveSmallIntegerField(
        gettext_lazy("quarter report due, days after the quarter"),
        default=5,
        validators=[MaxValueValidator(60)],
    )
    confirm_days = models.PositiveSmallIntegerField(
        gettext_lazy("confirmation of a visit agreed by word of mouth due, days after it was registered"),
        default=3,
        validators=[MaxValueValidator(30)],
    )
    cut_off = models.DateField(gettext_lazy("cut-off of the provisional annual report"))
    away_share = models.PositiveSmallIntegerField(
        gettext_lazy("warn when this share of a department is away (%)"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    legal_basis = CleanTextField(
        gettext_lazy("legal basis"),
        blank=True,
        max_length=4000,
        help_text=gettext_lazy("One document a line; printed on every form after “Căn cứ”."),
    )

    #: What decides which days count.
    DECIDES_DAYS = ("window_from", "window_to", "weekends_count", "holidays_count")

    objects = YearRuleQuerySet.as_manager()
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province", "year"],
                name="fieldvisits_yearrule_once",
                violation_error_message=gettext_lazy("The rules of this year exist already."),
            ),
            models.CheckConstraint(
                name="fieldvisits_yearrule_window_in_order",
                condition=Q(window_to__gte=F("window_from")),
                violation_error_message=gettext_lazy("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                name="fieldvisits_yearrule_due_days_in_order",
                condition=Q(officer_due_day__lte=F("department_due_day"))
                & Q(department_due_day__lte=F("committee_due_day")),
                violation_error_message=gettext_lazy(
                    "Officers come first, then departments, then the Standing Committee: put the due days in that order."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.year}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        known = YearRule.objects.filter(pk=self.pk) if self.pk else YearRule.objects.none()
        before = known.values_list(*self.DECIDES_DAYS).first()
        super().save(*args, **kwargs)
        if before != tuple(getattr(self, name) for name in self.DECIDES_DAYS):
            self.recount()

    def clean(self) -> None:
        for name in ("window_from", "window_to", "cut_off"):
            day = getattr(self, name)
            if day and self.year and day.year != self.year:
                raise ValidationError(
                    {name: _("This day is not in the year %(year)d.") % {"year": self.year}}
                )

    @classmethod
    def draft(cls, province: Province, year: int, **settings: object) -> YearRule:
        """The rule of a year with the defaults of domain section 3, not saved."""
        defaults = {
            "window_from": date(year, 1, 1),
            "window_to": date(year, 12, 31),
            "cut_off": date(year, 11, 30),
        }
        return cls(province=province, year=year, **(defaults | settings))

    @property
    def window(self) -> Span:
        """First and last day that count."""
        return self.window_from, self.window_to

    @property
    def annual_dues(self) -> dict[str, date]:
        """The day (inclusive) until which each of the year's two reports counts, by its version: it can be submitted from that day
        on, and every day after it on which nothing has been sent is one it is late."""
        return {"provisional": self.cut_off, "final": date(self.year, 12, 31)}

    def off_days(self) -> frozenset[date]:
        """Days of the window that cannot count; at most one query."""
        if self.weekends_count and self.holidays_count:
            return frozenset()
        holidays = Holiday.objects.filter(province=self.province_id).values_list("date", flat=True)
        off = set() if self.holidays_count else set(holidays)
        days = each_day([self.window], self.window)
        return frozenset(d for d in days if d in off or (not self.weekends_count and d.weekday() >= 5))

    @transaction.atomic
    def recount(self, *dates: date) -> None:
        """Make the days already planned, and those that count or were left out, follow the rule and the holidays as they are now.

        The days of the rule's own year, also of a visit that began in the one before; only ``dates`` where they are given.
        """
        from .counting import hold, recount
        from .days import VisitDay

        of_year = VisitDay.objects.filter(date__year=self.year)
        touched = of_year.filter(date__in=dates) if dates else of_year
        days = touched.filter(visit__quarter__province=self.province_id)
        hold(days.values("officer"))
        off = Q(pk__in=[])
        if not self.weekends_count:
            off |= Q(date__week_day__in=(1, 7))  # Sunday and Saturday
        if not self.holidays_count:
            off |= Q(date__in=self.province.holidays.values("date"))
        days.filter(off, countable=True).update(countable=False, counted=False)
        days.exclude(off).filter(countable=False).update(countable=True)
        recount(touched.filter(officer__in=days.values("officer")))

    @transaction.atomic
    def establish(self) -> None:
        """Save the rule and, where they are missing, make the year's four quarters and its public holidays."""
        self.save()
        for number in range(1, 5):
            Quarter.objects.get_or_create(
                province=self.province, year=self.year, number=number, defaults=self._due_dates(number)
            )
        Holiday.objects.seed(self.province, self.year)

    def _due_dates(self, number: int) -> dict[str, date]:
        first = date(self.year, 3 * number - 2, 1)
        return {
            "opens_on": first - timedelta(days=self.opens_before),
            "officer_due": first + timedelta(days=self.officer_due_day - 1),
            "department_due": first + timedelta(days=self.department_due_day - 1),
            "committee_due": first + timedelta(days=self.committee_due_day - 1),
        }


class SubQuota(models.Model):
    """A part of the required days that must be spent at hosts of one level (Bà Rịa-Vũng Tàu: 30 at chi đoàn, …)."""

    rule = models.ForeignKey(YearRule, models.CASCADE, related_name="sub_quotas")
    level = models.CharField(gettext_lazy("level"), max_length=20, choices=Level)
    days = models.PositiveSmallIntegerField(
        gettext_lazy("days"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "level"],
                name="fieldvisits_subquota_one_per_level",
                violation_error_message=gettext_lazy("This level has its days already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.days}"


class HolidayManager(models.Manager):
    def recount(self, province: Province, *dates: date) -> None:
        """Where public holidays do not count, the days of ``dates`` follow the table."""
        years = {day.year for day in dates}
        for rule in province.year_rules.filter(holidays_count=False, year__in=years).order_by("year"):
            rule.recount(*(day for day in dates if day.year == rule.year))

    @transaction.atomic
    def seed(self, province: Province, year: int) -> None:
        """Enter the public holidays of a year as the ``holidays`` package knows them; edited ones stay as they are.

        Dates of years to come follow a rule; the government's yearly notice decides, which is why the table can be edited.
        """
        import holidays

        known = holidays.country_holidays("VN", years=year, language="vi")
        self.bulk_create(
            [Holiday(province=province, date=day, name=name) for day, name in known.items()],
            ignore_conflicts=True,
        )
        self.recount(province, *known)


class Holiday(models.Model):
    """A public holiday as the province keeps it. Shown while planning; excluded from counting only if the rule says so."""

    province = models.ForeignKey(
        Province, models.CASCADE, related_name="holidays", verbose_name=gettext_lazy("province")
    )
    date = models.DateField(gettext_lazy("date"))
    name = CleanCharField(gettext_lazy("name"), max_length=120)

    objects = HolidayManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province", "date"],
                name="fieldvisits_holiday_one_per_day",
                violation_error_message=gettext_lazy("This day is a holiday already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        before = list(Holiday.objects.filter(pk=self.pk).values_list("date", flat=True))
        super().save(*args, **kwargs)
        Holiday.objects.recount(self.province, self.date, *before)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> Any:
        gone = super().delete(*args, **kwargs)
        Holiday.objects.recount(self.province, self.date)
        return gone


#: Years, the latest ones, whose quarters a choice shows one by one; of those before only the year.
RECENT_YEARS = 3


class QuarterQuerySet(models.QuerySet):
    def visible_to(self, user: User):
        """The quarters of one's own province."""
        return self.filter(province=user.province_id)

    def holding(self, province_id: int, day: date) -> Quarter | None:
        """The quarter of the province in which ``day`` lies, if its year has rules."""
        return (
            self.filter(province=province_id, year=day.year, number=(day.month + 2) // 3)
            .select_related("province")
            .first()
        )

    def at_hand(self, user: User) -> Quarter | None:
        """The quarter to show when none is named: the one that runs today, else the last one begun, else the first."""
        today = clock.today()
        mine = self.visible_to(user).select_related("province")
        begun = Q(year__lt=today.year) | Q(year=today.year, number__lte=(today.month + 2) // 3)
        return (
            mine.filter(begun).order_by("-year", "-number").first() or mine.order_by("year", "number").first()
        )


class Quarter(Stateful):
    """A quarter of a province: when registration opens, the three due dates of steps 1-3, and whether it is suspended."""

    flow = QUARTER
    locked_with = ("province",)

    province = models.ForeignKey(Province, models.PROTECT, related_name="quarters")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(4)])
    state = state_field(QUARTER)
    opens_on = models.DateField(gettext_lazy("registration opens on"))
    officer_due = models.DateField(gettext_lazy("officers' plans due on"))
    department_due = models.DateField(gettext_lazy("department plans due on"))
    committee_due = models.DateField(gettext_lazy("decision due on"))
    suspension_reason = CleanTextField(gettext_lazy("reason of the suspension"), blank=True, editable=False)

    objects = QuarterQuerySet.as_manager()
    history = History(excluded_fields=["last_event"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "year", "number"], name="fieldvisits_quarter_once"),
            models.CheckConstraint(
                name="fieldvisits_quarter_number", condition=Q(number__gte=1, number__lte=4)
            ),
            models.CheckConstraint(
                name="fieldvisits_quarter_due_dates_in_order",
                condition=Q(opens_on__lte=F("officer_due"))
                & Q(officer_due__lte=F("department_due"))
                & Q(department_due__lte=F("committee_due")),
                violation_error_message=gettext_lazy(
                    "Put the dates in order: opening, officers, departments, Standing Committee."
                ),
            ),
            models.CheckConstraint(
                name="fieldvisits_quarter_suspended_with_reason",
                condition=~Q(state=QuarterState.SUSPENDED) | ~Q(suspension_reason=""),
            ),
            state_is_known(QUARTER, "fieldvisits_quarter_state"),
        ]

    def __str__(self) -> str:
        return _("quarter %(number)s/%(year)s") % {"number": ROMAN[self.number - 1], "year": self.year}

    def get_absolute_url(self) -> str:
        return self.url("quarter-board")

    def url(self, name: str) -> str:
        """The address of one of the quarter's pages."""
        return reverse(name, args=[self.year, self.number])

    @property
    def label(self) -> str:
        return str(self)

    @property
    def starts(self) -> date:
        """First day of the quarter."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends(self) -> date:
        """Last day of the quarter."""
        following = date(self.year + 1, 1, 1) if self.number == 4 else date(self.year, 3 * self.number + 1, 1)
        return following - timedelta(days=1)

    @property
    def is_current(self) -> bool:
        return self.starts <= clock.today() <= self.ends

    @property
    def is_suspended(self) -> bool:
        return self.state == QuarterState.SUSPENDED

    @cached_property
    def rule(self) -> YearRule:
        """The rule of the quarter's year."""
        return YearRule.objects.get(province=self.province_id, year=self.year)

    def rule_of(self, year: int) -> YearRule:
        """The rule of ``year``, for a visit that reaches into the next; this quarter's own where the province has none yet."""
        if year == self.year:
            return self.rule
        return YearRule.objects.filter(province=self.province_id, year=year).first() or self.rule

    @property
    def report_due(self) -> date:
        """By when officers and departments report on the quarter (inclusive; step 6)."""
        return self.ends + timedelta(days=self.rule.quarter_report_due_days)

    def why_closed(self) -> str | None:
        """Why nothing can move in the quarter, for people; None while it is open."""
        if self.state == QuarterState.SUSPENDED:
            return _("The quarter is suspended: %(reason)s") % {"reason": self.suspension_reason}
        if self.state == QuarterState.SCHEDULED:
            return _("Registration for this quarter is not open yet.")
        return None

    def why_before_opening(self, day: date) -> str | None:
        """Why nobody can have met about the quarter on ``day``: registration was not open yet (one query, and only then)."""
        first = self.opens_on
        if day < first:  # the coordinator may have opened it earlier than planned
            opened = Event.objects.of(self).filter(to_state=QuarterState.OPEN).first()
            first = min(first, timezone.localtime(opened.at).date()) if opened else first
        if day >= first:
            return None
        return _("This day lies before registration opened (%(day)s).") % {"day": first.strftime("%d/%m/%Y")}

    def is_late(self, due: date) -> bool:
        """Whether ``due`` (inclusive) has passed today; nobody is late in a suspended quarter."""
        return not self.is_suspended and clock.today() > due

    def note_suspension(self, event: Event, acting: Acting) -> None:
        self.suspension_reason = event.comment

    def clear_suspension(self, event: Event, acting: Acting) -> None:
        self.suspension_reason = ""


class Nudge(models.Model):
    """A reminder from the coordinator to whoever holds a department's step of a quarter; once a day at most."""

    quarter = models.ForeignKey(Quarter, models.CASCADE, related_name="nudges")
    department = models.ForeignKey(Department, models.CASCADE, related_name="nudges")
    step = models.PositiveSmallIntegerField()
    day = models.DateField()
    sender = models.ForeignKey(User, models.PROTECT, related_name="nudges_sent")
    text = CleanTextField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "department", "step", "day"],
                name="fieldvisits_nudge_once_a_day",
                violation_error_message=gettext_lazy("They have been reminded today already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quarter} · {self.department} · {self.step}"
