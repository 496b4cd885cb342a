"""Who is away when: people × days of a quarter, for the head's board and the province's calendar.

A day is *under strength* for a group of people (a department) when the share of it away on that day reaches the rule's
``away_share`` per cent (domain section 3). Every calendar day is looked at, weekends included: youth work happens then too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import User

from ..models import Holiday, Quarter, Visit
from ..quota import days_between, each_day
from ..workflow import OfficerPlanState, ResultState, VisitState

#: What the colours say, in the order in which a plan passes them.
TONES: dict[str, str | Promise] = {
    "draft": gettext_lazy("Draft, or returned"),
    "waiting": gettext_lazy("Waits for the department"),
    "planned": gettext_lazy("Agreed by the department"),
    "approved": gettext_lazy("Approved"),
    "done": gettext_lazy("Reported"),
    "accepted": gettext_lazy("Accepted"),
    "refused": gettext_lazy("Struck or not approved"),
}


@dataclass(frozen=True)
class Day:
    """One day of the quarter as a heading: how many of the group are away, and whether that leaves it under strength."""

    date: date
    holiday: str
    is_today: bool
    away: int = 0
    size: int = 0
    under: bool = False

    @property
    def is_weekend(self) -> bool:
        return self.date.weekday() >= 5

    @property
    def is_marked(self) -> bool:
        """Whether its number stands in a narrow heading: Mondays."""
        return self.date.weekday() == 0

    @property
    def label(self) -> str:
        """ "05/10/2026 · Quốc khánh · 3 of 5 away, under strength"."""
        parts = [self.date.strftime("%d/%m/%Y"), self.holiday]
        if self.under:
            parts.append(_("under strength"))
        if self.away and self.size:
            parts.append(_("%(away)d of %(size)d away") % {"away": self.away, "size": self.size})
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Month:
    """A month of the quarter over its ``days`` columns."""

    first: date
    days: int


@dataclass(frozen=True)
class Cell:
    """One empty day, or a run of days (``first``..``last``, inclusive) on the same visits.

    ``text`` stands in it (the content group), ``label`` says all of it, ``url`` leads to the plan when the reader may open it.
    """

    first: date
    last: date
    day: Day
    tone: str = ""
    text: str = ""
    label: str = ""
    url: str = ""
    clash: bool = False

    @property
    def span(self) -> int:
        """Columns it covers."""
        return days_between(self.first, self.last)


@dataclass(frozen=True)
class Row:
    """One person: ``days`` different dates away in the quarter, ``under`` of them while the group is under strength."""

    person: User
    cells: tuple[Cell, ...]
    days: int
    under: int


@dataclass(frozen=True)
class Group:
    """People under one label - a department - and what their days look like together."""

    label: str
    rows: tuple[Row, ...]
    days: tuple[Day, ...]

    @property
    def under(self) -> int:
        """Days on which the group is under strength."""
        return sum(day.under for day in self.days)


@dataclass(frozen=True)
class Calendar:
    """A quarter: ``months`` over ``days``, and ``groups`` of rows; a day of ``days`` is under when it is for any group."""

    quarter: Quarter
    share: int
    months: tuple[Month, ...]
    days: tuple[Day, ...]
    groups: tuple[Group, ...]

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    @property
    def columns(self) -> int:
        """Columns of the whole table: the names and the days."""
        return len(self.days) + 1

    @property
    def has_groups(self) -> bool:
        """Whether the groups need headings of their own."""
        return len(self.groups) > 1

    @property
    def under(self) -> list[Day]:
        """Days on which some group is under strength."""
        return [day for day in self.days if day.under]

    @property
    def legend(self) -> list[tuple[str, str | Promise]]:
        """The colours that occur, with their meaning."""
        used = {cell.tone for row in self.rows for cell in row.cells}
        return [(tone, meaning) for tone, meaning in TONES.items() if tone in used]


def calendar_of(
    quarter: Quarter,
    people: Sequence[tuple[User, str]],
    visits: QuerySet[Visit],
    reader: User | None = None,
    *,
    month: int | None = None,
) -> Calendar:
    """The calendar of ``people`` - (person, label of their group), in the order to show them, group by group.

    ``visits`` are those the reader may know of (only those of the quarter with both dates are drawn); struck and refused ones
    are drawn but do not take anybody away. Cells lead to the plan where ``reader`` may open it. Two queries, three with the
    rule of the year, whatever the number of people. ``month`` narrows it to one month of the quarter.
    """
    if reader is not None:
        visits = visits.with_readable(reader)
    found = list(
        visits.filter(quarter=quarter, officer__in=[person for person, _label in people])
        .exclude(starts=None)
        .exclude(ends=None)
        .select_related("unit", "plan", "result")
        .in_order()
    )
    readable = {visit.pk for visit in found if reader is not None and visit.is_readable}
    months = tuple(m for m in _months(quarter) if month in (None, m.first.month))
    blank = _blank_days(quarter, months)
    of_person: dict[int, list[Visit]] = {}
    for visit in found:
        of_person.setdefault(visit.officer_id, []).append(visit)
    share = quarter.rule.away_share
    groups = tuple(
        _group(label, [person for person, _label in members], of_person, blank, share, readable)
        for label, members in groupby(people, key=lambda entry: entry[1])
    )
    return Calendar(quarter, share, months, _together(blank, groups), groups)


def is_under_strength(away: int, size: int, share: int) -> bool:
    """Whether ``away`` of ``size`` people are ``share`` per cent of them or more."""
    return size > 0 and away > 0 and away * 100 >= share * size


def _blank_days(quarter: Quarter, months: Sequence[Month]) -> tuple[Day, ...]:
    whole = (months[0].first, months[-1].first + timedelta(days=months[-1].days - 1))
    holidays = dict(
        Holiday.objects.filter(province=quarter.province_id, date__range=whole).values_list("date", "name")
    )
    today = clock.today()
    return tuple(
        Day(day, holidays.get(day, ""), day == today)
        for day in (whole[0] + timedelta(days=n) for n in range(days_between(*whole)))
    )


def _months(quarter: Quarter) -> tuple[Month, ...]:
    firsts = [quarter.starts.replace(month=quarter.starts.month + n) for n in range(3)]
    ends = [*(first - timedelta(days=1) for first in firsts[1:]), quarter.ends]
    return tuple(Month(first, days_between(first, last)) for first, last in zip(firsts, ends, strict=True))


def _group(
    label: str,
    members: Sequence[User],
    of_person: dict[int, list[Visit]],
    blank: tuple[Day, ...],
    share: int,
    readable: set[int],
) -> Group:
    whole = (blank[0].date, blank[-1].date)
    away: dict[int, set[date]] = {
        person.pk: each_day(
            [(v.starts, v.ends) for v in of_person.get(person.pk, []) if v.is_standing], whole
        )
        for person in members
    }
    days = []
    for day in blank:
        count = sum(day.date in dates for dates in away.values())
        under = is_under_strength(count, len(members), share)
        days.append(replace(day, away=count, size=len(members), under=under))
    low = {day.date for day in days if day.under}
    rows = tuple(
        Row(
            person,
            tuple(_cells(of_person.get(person.pk, []), days, readable)),
            len(away[person.pk]),
            len(away[person.pk] & low),
        )
        for person in members
    )
    return Group(label, rows, tuple(days))


def _cells(visits: list[Visit], days: Sequence[Day], readable: set[int]) -> Iterable[Cell]:
    def on(day: Day) -> tuple[Visit, ...]:
        return tuple(v for v in visits if v.starts <= day.date <= v.ends)

    for here, run in groupby(((on(day), day) for day in days), key=lambda entry: [v.pk for v in entry[0]]):
        entries = list(run)
        if not here:
            yield from (Cell(day.date, day.date, day) for _none, day in entries)
            continue
        shown = sorted(entries[0][0], key=lambda v: not v.is_standing)
        visit = shown[0]
        yield Cell(
            entries[0][1].date,
            entries[-1][1].date,
            entries[0][1],
            tone_of(visit, visit.pk in readable),
            str(visit.group or ""),
            "; ".join(_label(v, v.pk in readable) for v in shown),
            visit.get_absolute_url() if visit.pk in readable else "",
            sum(v.is_standing for v in shown) > 1,
        )


def tone_of(visit: Visit, readable: bool) -> str:
    """The colour of a visit (``TONES``), from its own state, its plan's and, where it is ``readable``, its result's."""
    if visit.state == VisitState.APPROVED:
        result = getattr(visit, "result", None) if readable else None
        return {ResultState.SUBMITTED: "done", ResultState.ACCEPTED: "accepted"}.get(
            result.state if result else "", "approved"
        )
    if not visit.is_standing:
        return "refused"
    if visit.plan is None:  # asked for by itself
        return "waiting"
    if visit.plan.state == OfficerPlanState.REJECTED:
        return "refused"
    if visit.plan.state in (OfficerPlanState.DRAFT, OfficerPlanState.RETURNED):
        return "draft"
    return "waiting" if visit.plan.state == OfficerPlanState.SUBMITTED else "planned"


def _label(visit: Visit, readable: bool) -> str:
    length = ngettext("%(count)d day", "%(count)d days", visit.day_count) % {"count": visit.day_count}
    parts = [
        visit.dates_text,
        length,
        str(visit.unit or ""),
        visit.get_group_display(),
        str(TONES[tone_of(visit, readable)]),
    ]
    return " · ".join(str(part) for part in parts if part)


def _together(blank: tuple[Day, ...], groups: tuple[Group, ...]) -> tuple[Day, ...]:
    """The days of the whole calendar: everybody who is away, under strength when any group is."""
    if len(groups) == 1:
        return groups[0].days
    return tuple(
        replace(
            day,
            away=sum(group.days[n].away for group in groups),
            size=sum(group.days[n].size for group in groups),
            under=any(group.days[n].under for group in groups),
        )
        for n, day in enumerate(blank)
    )
