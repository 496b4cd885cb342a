"""Officers as the quarter and the year see them: who is in scope where, and how many days they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, F, FilteredRelation, Prefetch, Q

from accounts import clock
from accounts.models import Department, Membership, OfficerManager, Role, RoleGrant, User

from ..quota import Pace, Span, Target, each_day, pace, parts, target
from ..workflow import VisitState
from .days import ALL_KINDS, VisitDay, day_figures, still_registered, tally
from .exemptions import Exemption
from .regime import Quarter, YearRule

if TYPE_CHECKING:
    from .plans import OfficerPlan


def scope_of(rule: YearRule) -> tuple[Prefetch, Prefetch]:
    """What ``Officer.target`` needs of the rule's year, to be prefetched."""
    return (
        Prefetch("memberships", Membership.objects.between(*rule.window), to_attr="memberships_of_year"),
        Prefetch("exemptions", Exemption.objects.between(*rule.window), to_attr="exemptions_of_year"),
    )


class OfficerQuerySet(models.QuerySet):
    def by_name(self):
        """By given name, as Vietnamese names are sorted."""
        return self.order_by("sort_name", "pk")

    def of_year(self, rule: YearRule):
        """Whom the rule's year is about: who belonged to a department of the province in it and does movement work - and
        whoever has a day that counts in it, so that no day is lost from a sum."""
        members = Membership.objects.between(*rule.window).filter(department__province=rule.province_id)
        granted = RoleGrant.objects.between(*rule.window).filter(province=rule.province_id, role=Role.OFFICER)
        counted = VisitDay.objects.filter(
            officer__province=rule.province_id, date__range=rule.window, counted=True
        )
        return self.filter(province=rule.province_id).filter(
            Q(pk__in=members.values("user"), movement_work=True) & Q(pk__in=granted.values("user"))
            | Q(pk__in=counted.values("officer"))
        )

    def in_sight_of(self, user: User, rule: YearRule):
        """Whose year a person may read day by day: one's own; as head or deputy those who belonged to the department in it;
        as coordinator, results desk, Standing Committee or executive member everybody's of the province."""
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE)
        led = Membership.objects.between(*rule.window).filter(
            department__in=powers.departments(Role.HEAD, Role.DEPUTY)
        )
        at_home = self.filter(province=rule.province_id) & self.filter(province=user.province_id)
        return at_home.filter(Q(pk=user.pk) | Q(province__in=wide) | Q(pk__in=led.values("user")))

    def with_days(self, rule: YearRule, as_of: date | None = None):
        """With ``registered``, ``approved``, ``done``, ``accepted`` …: days of the rule's year (see ``day_figures``); and with
        ``counted_today``, whether today counts already."""
        # only the days of the year are joined, not those of all years, of which most would be left uncounted
        days = FilteredRelation("days", condition=Q(days__date__range=rule.window))
        figures = day_figures(rule.window, "days_of_year__", as_of)
        given = Q(days_of_year__counted=True, days_of_year__date=clock.today())
        return self.annotate(days_of_year=days).annotate(
            **figures, counted_today=Count("days_of_year__date", distinct=True, filter=given)
        )

    def with_standing(self, rule: YearRule):
        """With ``standing`` beside ``with_days``: registered days of the rule's year that are not given up, what is left to register
        is counted from."""
        counted = still_registered(rule.window, "days_of_year__")
        return self.annotate(standing=Count("days_of_year__date", distinct=True, filter=counted))

    def with_scope(self, rule: YearRule):
        """With what ``target`` needs, in two more queries whatever the number of officers."""
        return self.prefetch_related(*scope_of(rule))


class OfficerSet(OfficerManager.from_queryset(OfficerQuerySet)):
    """People as officers: what accounts say of them, and their days."""


@dataclass(frozen=True)
class Balance:
    """An officer's year while planning a quarter, in different dates: what ``screens.md`` calls the running total.

    ``missing`` counts a date once even when it is planned here and approved elsewhere.
    """

    this_quarter: int
    accepted: int
    approved_ahead: int
    required: int
    missing: int


class Officer(User):
    """The officer's side of a person: the same row as the account."""

    objects = OfficerSet()

    class Meta:
        proxy = True

    def target(self, rule: YearRule) -> Target:
        """Days owed in the rule's year, with the explanation in words."""
        memberships = getattr(self, "memberships_of_year", None)
        exemptions = getattr(self, "exemptions_of_year", None)
        if memberships is None:
            memberships = self.memberships.between(*rule.window)
        if exemptions is None:
            exemptions = self.exemptions.between(*rule.window)
        return target(
            rule.required_days,
            rule.window,
            [(m.valid_from, m.valid_to or rule.window_to) for m in memberships],
            [e.as_relief() for e in exemptions],
            self.movement_work,
        )

    def balance(self, rule: YearRule, plan: OfficerPlan | None = None) -> Balance:
        """The running total of the year, with the lines of ``plan`` as the quarter being planned (two queries)."""
        days = VisitDay.objects.in_window(rule).filter(officer_id=self.pk).balance_rows()
        return balance_of(days, self.target(rule).days, plan)


def balance_of(
    days: Iterable[tuple[date, bool, str, int]], required: int, plan: OfficerPlan | None
) -> Balance:
    """The running total from an officer's ``days`` (``VisitDayQuerySet.balance_rows``); no query."""
    here: set[date] = set()
    accepted: set[date] = set()
    ahead: set[date] = set()
    today = clock.today()
    for day, counted, state, plan_id in days:
        if counted:
            accepted.add(day)
        elif state == VisitState.APPROVED and day >= today:
            ahead.add(day)
        if plan is not None and plan_id == plan.pk and state in (VisitState.PLANNED, VisitState.APPROVED):
            here.add(day)
    return Balance(
        len(here),
        len(accepted),
        len(ahead - accepted),
        required,
        max(0, required - len(accepted | ahead | here)),
    )


@dataclass(frozen=True)
class OfficerYear:
    """An officer's year as it stands on a day: what is owed and why, the days of each kind (``day_figures``), the pace."""

    officer: Officer
    target: Target
    figures: dict[str, int]
    pace: Pace


def years_of(rule: YearRule, officers: OfficerQuerySet, as_of: date | None = None) -> list[OfficerYear]:
    """How the year of each of ``officers`` stands today, by given name: the one source of "38 of 60".

    With ``as_of``: as it stood at the end of that day, which therefore has no day left to give; dates after it are still
    to come. Five queries at most, whatever the number of officers.
    """
    found = list(officers.with_days(rule, as_of).with_scope(rule).by_name())
    sub_quotas = [(s.level, s.get_level_display(), s.days) for s in rule.sub_quotas.order_by("pk")]
    levels: dict[int, dict[str, dict[str, int]]] = {}
    if sub_quotas:
        by_level = tally(
            rule.window,
            "officer_id",
            "visit__unit__level",
            as_of=as_of,
            officer__in=[o.pk for o in found],
        )
        for (officer_id, level), days in by_level.items():
            mine = levels.setdefault(officer_id, {"accepted": {}, "ahead": {}})
            mine["accepted"][level], mine["ahead"][level] = days["accepted"], days["ahead"]
    today, off = as_of or clock.today(), rule.off_days()
    if as_of is not None:
        off |= {as_of}
    years = []
    for officer in found:
        owed = officer.target(rule)
        figures = {kind: getattr(officer, kind) for kind in ALL_KINDS}
        by_kind = levels.get(officer.pk, {"accepted": {}, "ahead": {}})
        shares = parts(owed, sub_quotas, by_kind["accepted"], by_kind["ahead"])
        standing = pace(
            owed,
            figures["accepted"],
            figures["ahead"],
            today,
            parts=shares,
            waiting=figures["waiting"],
            submitted=figures["submitted"],
            closes=rule.window_to + timedelta(days=rule.report_due_days),
            off=off | {today} if officer.counted_today else off,
        )
        years.append(OfficerYear(officer, owed, figures, standing))
    return years


@dataclass(frozen=True)
class Place:
    """An officer's place in a quarter: the department that answers for their plan, and why none is expected, if so."""

    officer: Officer
    department: Department
    excused: str


def places_in(quarter: Quarter, department: Department | None = None) -> list[Place]:
    """Who belongs to which department in the quarter, by given name; two queries.

    The department of the quarter's first day answers for an officer (of their first day, when they join later). Posts outside
    the quota do not appear; whoever is relieved for the whole quarter appears as excused. People without the officer's role on
    any day of the quarter do not register.
    """
    places = places_in_each([quarter])[quarter.pk]
    return [p for p in places if department is None or p.department.pk == department.pk]


def places_in_each(quarters: Sequence[Quarter]) -> dict[int, list[Place]]:
    """``places_in`` of several quarters of one province, by the quarter's id; two queries for all of them."""
    if not quarters:
        return {}
    first, last = min(q.starts for q in quarters), max(q.ends for q in quarters)
    # a row for each membership and each of the officer's grants: the same grant must be an officer's and hold in the quarter
    memberships = (
        Membership.objects.between(first, last)
        .filter(
            department__province=quarters[0].province_id,
            user__movement_work=True,
            user__is_active=True,
            user__grants__role=Role.OFFICER,
        )
        .annotate(grant_from=F("user__grants__valid_from"), grant_to=F("user__grants__valid_to"))
        .select_related("user", "department")
        .order_by("user__sort_name", "user", "valid_from")
    )
    away = Exemption.objects.full().filter(officer__province=quarters[0].province_id)
    exemptions = away.between(first, last)
    rows, reliefs = list(memberships), list(exemptions)
    return {quarter.pk: _places(quarter, rows, reliefs) for quarter in quarters}


def _places(quarter: Quarter, memberships: list[Membership], exemptions: list[Exemption]) -> list[Place]:
    whole = (quarter.starts, quarter.ends)
    reliefs: dict[int, list[Exemption]] = {}
    for exemption in exemptions:
        if _touches(whole, exemption.valid_from, exemption.valid_to):
            reliefs.setdefault(exemption.officer_id, []).append(exemption)
    places: dict[int, Place] = {}
    length = (quarter.ends - quarter.starts).days + 1
    for membership in memberships:
        user = membership.user
        if user.pk in places or not _touches(whole, membership.valid_from, membership.valid_to):
            continue
        if not _touches(whole, membership.grant_from, membership.grant_to):
            continue
        away = reliefs.get(user.pk, [])
        covered = len(each_day([(e.valid_from, e.valid_to) for e in away if e.valid_to], whole))
        user.__class__ = Officer
        places[user.pk] = Place(
            user, membership.department, away[0].get_kind_display() if covered == length else ""
        )
    return list(places.values())


def _touches(span: Span, first: date, last: date | None) -> bool:
    """Whether ``first``..``last`` (open when None) shares a day with ``span``."""
    return first <= span[1] and (last is None or last >= span[0])
