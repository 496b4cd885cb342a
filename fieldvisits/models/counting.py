"""Which days count: written once, run whenever something it depends on changes - a result, an exemption, the rule of the year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User

from ..workflow import ResultState, VisitState
from .days import NotCounted, VisitDay, VisitDayQuerySet
from .exemptions import Exemption
from .regime import YearRule
from .visits import Visit


def hold(officers: Iterable[int] | QuerySet) -> None:
    """Lock the officers' rows, in the order everybody locks them: until the transaction ends nobody else counts their days."""
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=officers)
    list(locked.order_by("pk").values_list("pk"))


def recount(days: VisitDayQuerySet) -> None:
    """Count ``days`` again, inside a transaction that holds their officers' rows (``hold``).

    ``days`` are whole dates: of an officer and a date the rows of all visits. A day counts when its result is accepted and
    ticked, the visit approved, the date inside the counting window of its year, countable by the rule, not exempt, and not
    counted already: of two visits on one date the one accepted first keeps it. Otherwise the day stays, not counted, with the
    reason. When an acceptance is taken back, the other visit's day moves up. Three queries, and one for each thing that
    became of a day and was not so before.
    """
    rows = list(
        days.filter(  # a line that is being planned is nobody else's business
            Q(counted=True) | ~Q(not_counted="") | Q(visit__result__state=ResultState.ACCEPTED)
        )
        .select_related("visit__quarter", "visit__result")
        .only(
            *("officer", "date", "countable", "present", "counted", "not_counted"),
            *("visit__state", "visit__quarter__province", "visit__result__state"),
        )
        .order_by("date", "visit__result__last_event", "pk")
    )
    grounds = _Grounds.of(
        {row.officer_id for row in rows},
        {row.visit.province_id for row in rows},
        {row.date for row in rows},
    )
    taken: dict[int, set[date]] = defaultdict(set)
    changed: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for row in rows:
        result = getattr(row.visit, "result", None)
        counted, reason = False, ""
        if result is not None and result.state == ResultState.ACCEPTED and row.present:
            reason = grounds.why_not(row, taken[row.officer_id])
            counted = not reason
        if counted:
            taken[row.officer_id].add(row.date)
        if (row.counted, row.not_counted) != (counted, reason):
            changed[counted, reason].append(row.pk)
    # first what no longer counts: the database never sees two counted days of one date
    for (counted, reason), keys in sorted(changed.items()):
        VisitDay.objects.filter(pk__in=keys).update(counted=counted, not_counted=reason)


def foreseen(visit: Visit, days: Iterable[VisitDay], taken: Collection[date]) -> dict[date, str]:
    """Why some of ``days`` of ``visit`` would not count were its result accepted now, by their dates (NotCounted).

    ``taken`` are the dates that count on other visits of the officer. Two queries.
    """
    days = list(days)
    grounds = _Grounds.of({visit.officer_id}, {visit.province_id}, {day.date for day in days})
    reasons = {}
    for day in days:
        day.visit = visit
        reasons[day.date] = grounds.why_not(day, taken)
    return {day: reason for day, reason in reasons.items() if reason}


@dataclass(frozen=True)
class _Grounds:
    """What decides whether days count: the rules by province and year, each officer's full exemptions."""

    rules: dict[tuple[int, int], YearRule]
    away: dict[int, list[Exemption]]

    @classmethod
    def of(cls, officers: Collection[int], provinces: Collection[int], dates: Collection[date]) -> _Grounds:
        """Those of ``dates``; two queries, none without a date."""
        if not dates:
            return cls({}, {})
        rules = YearRule.objects.filter(province__in=provinces, year__in={day.year for day in dates})
        away: dict[int, list[Exemption]] = defaultdict(list)
        for exemption in Exemption.objects.full().filter(
            officer__in=officers, valid_from__lte=max(dates), valid_to__gte=min(dates)
        ):
            away[exemption.officer_id].append(exemption)
        return cls({(rule.province_id, rule.year): rule for rule in rules}, away)

    def why_not(self, row: VisitDay, taken: Collection[date]) -> str:
        """Why a day that was reported and accepted does not count (NotCounted); empty when it does."""
        if row.visit.state != VisitState.APPROVED:
            return NotCounted.UNAPPROVED
        rule = self.rules.get((row.visit.province_id, row.date.year))
        if rule is None or not rule.window_from <= row.date <= rule.window_to:
            return NotCounted.WINDOW
        if not row.countable:
            return NotCounted.CALENDAR
        if any(exemption.holds_on(row.date) for exemption in self.away.get(row.officer_id, ())):
            return NotCounted.EXEMPT
        return NotCounted.TWICE if row.date in taken else ""
