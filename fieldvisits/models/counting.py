"""Which days count: written once, run whenever a result is accepted or its acceptance is taken back (step 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q

from ..workflow import ResultState, VisitState
from .days import NotCounted, VisitDay
from .exemptions import Exemption
from .regime import YearRule
from .visits import Visit


def recount(officer_id: int, province_id: int, dates: Iterable[date]) -> None:
    """Count an officer's days of ``dates`` again, inside a transaction that holds the officer's row.

    A day counts when its result is accepted and ticked, the visit approved, the date inside the counting window of its year,
    countable by the rule, not exempt, and not counted already: of two visits on one date the one accepted first keeps it.
    Otherwise the day stays, not counted, with the reason. When an acceptance is taken back, the other visit's day moves up.
    """
    dates = sorted(set(dates))
    rows = list(
        VisitDay.objects.filter(officer=officer_id, date__in=dates)
        .filter(
            Q(counted=True) | ~Q(visit__result=None)
        )  # a line that is being planned is nobody else's business
        .select_related("visit__result")
        .order_by("date", "visit__result__last_event", "pk")
    )
    rules, away = _grounds(officer_id, province_id, dates)
    taken: set[date] = set()
    for row in rows:
        row.counted, row.not_counted = False, ""
        result = getattr(row.visit, "result", None)
        if result is None or result.state != ResultState.ACCEPTED or not row.present:
            continue
        row.not_counted = _why_not(row, rules.get(row.date.year), away, taken)
        row.counted = not row.not_counted
        if row.counted:
            taken.add(row.date)
    # first what no longer counts: the database never sees two counted days of one date
    VisitDay.objects.filter(pk__in=[r.pk for r in rows if not r.counted], counted=True).update(counted=False)
    VisitDay.objects.bulk_update(rows, ["counted", "not_counted"])


def foreseen(visit: Visit, days: Iterable[VisitDay], taken: Collection[date]) -> dict[date, str]:
    """Why some of ``days`` of ``visit`` would not count were its result accepted now, by their dates (NotCounted).

    ``taken`` are the dates that count on other visits of the officer. Two queries.
    """
    days = list(days)
    rules, away = _grounds(visit.officer_id, visit.province_id, [day.date for day in days])
    reasons = {}
    for day in days:
        day.visit = visit
        reasons[day.date] = _why_not(day, rules.get(day.date.year), away, taken)
    return {day: reason for day, reason in reasons.items() if reason}


def _grounds(
    officer_id: int, province_id: int, dates: Collection[date]
) -> tuple[dict[int, YearRule], list[Exemption]]:
    """The rules of the years of ``dates``, and the officer's full exemptions that touch them."""
    rules = YearRule.objects.filter(province=province_id, year__in={d.year for d in dates})
    away = (
        Exemption.objects.filter(
            officer=officer_id, days=None, valid_from__lte=max(dates), valid_to__gte=min(dates)
        )
        if dates
        else ()
    )
    return {rule.year: rule for rule in rules}, list(away)


def _why_not(row: VisitDay, rule: YearRule | None, away: list[Exemption], taken: Collection[date]) -> str:
    if row.visit.state != VisitState.APPROVED:
        return NotCounted.UNAPPROVED
    if rule is None or not rule.window_from <= row.date <= rule.window_to:
        return NotCounted.WINDOW
    if not row.countable:
        return NotCounted.CALENDAR
    if any(e.valid_from <= row.date <= e.valid_to for e in away):
        return NotCounted.EXEMPT
    return NotCounted.TWICE if row.date in taken else ""
