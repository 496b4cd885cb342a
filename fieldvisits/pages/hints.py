"""Grey notes at the lines of a plan while planning (step 1): what the officer may want to know, none of it an obstacle.

``look_around`` reads everything for a whole plan with a constant number of queries; ``hints_of`` is arithmetic on it.
All dates are whole days, both ends inclusive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.models import User

from ..models import Holiday, HostUnit, OfficerPlan, Recommendation, UnitAssignment, Visit, VisitDay
from ..models.days import ASKED, REGISTERED
from ..quota import Span, each_day
from ..workflow import VisitState
from .calendars import is_under_strength

#: Two visits to one unit closer than this many days are worth a word.
NEAR = 14
#: Most days or people named in one note.
MOST_NAMED = 4


@dataclass(frozen=True)
class Hint:
    """One grey note; ``kind`` is overlap, holiday, weekend, away, colleague, assigned, open or last. ``url`` is where one can read
    more of it, if anywhere."""

    kind: str
    icon: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Stay:
    """A visit as far as a note needs to know it: from when to when, where, and how the note names it."""

    pk: int
    first: date
    last: date
    unit: int | None
    name: str

    @property
    def span(self) -> Span:
        return self.first, self.last


@dataclass(frozen=True)
class Charge:
    """Somebody's charge of a unit: ``mine`` is the officer's own, otherwise the department's."""

    unit: int
    first: date
    last: date
    mine: bool


@dataclass(frozen=True, kw_only=True)
class AroundUnits:
    """What the notes at units are made from: when somebody was last there, and who; how many recommendations are still open."""

    today: date
    last_visits: Mapping[int, tuple[date, str]]
    still_open: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Around(AroundUnits):
    """Everything the notes of one plan are made from."""

    lines: Sequence[Stay]
    elsewhere: Sequence[Stay]
    holidays: Mapping[date, str]
    weekends_count: bool
    holidays_count: bool
    colleagues: Sequence[Stay]
    away: Mapping[date, Collection[int]]
    members: Sequence[tuple[int, date, date]]
    away_share: int
    charges: Sequence[Charge]


def overlap_of(one: Span, other: Span) -> tuple[str, Span] | None:
    """How ``one`` meets ``other``: "same", "encloses", "enclosed" or "overlaps", with the shared days; None when they share none."""
    shared = max(one[0], other[0]), min(one[1], other[1])
    if shared[0] > shared[1]:
        return None
    if one == other:
        return "same", shared
    if shared == other:
        return "encloses", shared
    if shared == one:
        return "enclosed", shared
    return "overlaps", shared


def under_strength(
    days: Iterable[date],
    away: Mapping[date, Collection[int]],
    members: Sequence[tuple[int, date, date]],
    share: int,
) -> list[tuple[date, int, int]]:
    """The days on which at least ``share`` per cent of the department are away: (day, away, members).

    ``members`` are (officer, first, last); who is away but no longer a member does not count.
    """
    found = []
    for day in sorted(days):
        present = {officer for officer, first, last in members if first <= day <= last}
        gone = present & set(away.get(day, ()))
        if is_under_strength(len(gone), len(present), share):
            found.append((day, len(gone), len(present)))
    return found


def hints_of(line: Stay, around: Around) -> list[Hint]:
    """The notes at one line."""
    days = each_day([line.span], line.span)
    return [
        *_overlaps(line, around),
        *_holidays(days, around),
        *_weekends(days, around),
        *_away(days, around),
        *_charges(line, around),
        *_colleagues(line, around),
        *hints_of_unit(line.unit, around),
    ]


def hints_of_unit(unit: int | None, around: AroundUnits) -> list[Hint]:
    """The notes that need no days: what one should know of the unit, with the way to its page."""
    return [*_still_open(unit, around), *_last_visit(unit, around)] if unit else []


def _overlaps(line: Stay, around: Around) -> Iterable[Hint]:
    sentences = {
        "same": _("Same days as %(other)s; each date counts once."),
        "encloses": _("%(other)s lies within these days; each date counts once."),
        "enclosed": _("Lies within the days of %(other)s; each date counts once."),
        "overlaps": _("Shares %(days)s with %(other)s; each date counts once."),
    }
    for other in [*around.lines, *around.elsewhere]:
        met = overlap_of(line.span, other.span) if other.pk != line.pk else None
        if met:
            text = sentences[met[0]] % {"other": other.name, "days": span_text(*met[1])}
            yield Hint("overlap", "layers", text[:1].upper() + text[1:])


def _holidays(days: set[date], around: Around) -> Iterable[Hint]:
    named: dict[str, list[date]] = {}
    for day in sorted(days & around.holidays.keys()):
        named.setdefault(around.holidays[day], []).append(day)
    for name, dates in named.items():
        values = {"name": name, "days": days_text(dates)}
        if around.holidays_count:
            yield Hint("holiday", "flag", _("Public holiday: %(name)s (%(days)s).") % values)
        else:
            yield Hint("holiday", "flag", _("Public holiday, does not count: %(name)s (%(days)s).") % values)


def _weekends(days: set[date], around: Around) -> Iterable[Hint]:
    off = sorted(day for day in days if day.weekday() >= 5)
    if off and around.weekends_count:
        yield Hint("weekend", "calendar-week", _("At the weekend: %(days)s.") % {"days": days_text(off)})
    elif off:
        yield Hint(
            "weekend",
            "calendar-week",
            _("At the weekend, does not count: %(days)s.") % {"days": days_text(off)},
        )


def _away(days: set[date], around: Around) -> Iterable[Hint]:
    low = under_strength(days, around.away, around.members, around.away_share)
    if low:
        most = max(low, key=lambda row: row[1])
        yield Hint(
            "away",
            "people",
            _("Up to %(away)d of the department's %(members)d officers are away with this line: %(days)s.")
            % {"away": most[1], "members": most[2], "days": days_text([row[0] for row in low])},
        )


def _charges(line: Stay, around: Around) -> Iterable[Hint]:
    here = [c for c in around.charges if c.unit == line.unit and overlap_of(line.span, (c.first, c.last))]
    if any(charge.mine for charge in here):
        yield Hint("assigned", "pin-map", _("A unit assigned to you."))
    elif here:
        yield Hint("assigned", "pin-map", _("A unit assigned to your department."))


def _colleagues(line: Stay, around: Around) -> Iterable[Hint]:
    reach = line.first - timedelta(days=NEAR), line.last + timedelta(days=NEAR)
    near = [c for c in around.colleagues if c.unit == line.unit and overlap_of(c.span, reach)]
    if near:
        names = [f"{c.name} ({span_text(c.first, c.last)})" for c in sorted(near, key=lambda c: c.first)]
        yield Hint("colleague", "person-walking", _("Also going there: %(names)s.") % {"names": _some(names)})


def _still_open(unit: int, around: AroundUnits) -> Iterable[Hint]:
    count = around.still_open.get(unit, 0)
    if count:
        text = ngettext(
            "%(count)d recommendation is still open here.",
            "%(count)d recommendations are still open here.",
            count,
        )
        yield Hint("open", "clipboard-check", text % {"count": count}, _page_of(unit))


def _last_visit(unit: int, around: AroundUnits) -> Iterable[Hint]:
    if unit not in around.last_visits:
        text = _("No earlier visit to this unit is recorded.")
        yield Hint("last", "clock-history", text, _page_of(unit))
        return
    day, who = around.last_visits[unit]
    ago = (around.today - day).days
    if ago:
        text = ngettext(
            "Last visited %(days)d day ago by %(who)s.", "Last visited %(days)d days ago by %(who)s.", ago
        )
    else:
        text = _("Visited today by %(who)s.")
    yield Hint("last", "clock-history", text % {"days": ago, "who": who}, _page_of(unit))


def _page_of(unit: int) -> str:
    return reverse("unit-detail", args=[unit])


def span_text(first: date, last: date) -> str:
    """ "05/10 – 07/10", or one day."""
    return f"{first:%d/%m}" if first == last else f"{first:%d/%m} – {last:%d/%m}"


def days_text(days: Sequence[date]) -> str:
    """Days in words, neighbours drawn together: "05/10 – 07/10, 12/10"."""
    spans: list[list[date]] = []
    for day in sorted(days):
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return _some([span_text(first, last) for first, last in spans])


def _some(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return _("%(names)s and %(count)d more") % {
        "names": ", ".join(names[:MOST_NAMED]),
        "count": len(names) - MOST_NAMED,
    }


# --- reading --------------------------------------------------------------------------------------------------------------


def stays_of(lines: Iterable[Visit], numbers: Mapping[int, int]) -> list[Stay]:
    """The lines that stand and have both dates, each named by its number."""
    return [
        Stay(
            line.pk,
            line.starts,
            line.ends,
            line.unit_id,
            _("line %(number)d") % {"number": numbers[line.pk]},
        )
        for line in lines
        if line.is_standing and line.starts and line.ends
    ]


def look_around(plan: OfficerPlan, lines: Sequence[Visit], numbers: Mapping[int, int], user: User) -> Around:
    """Read what the notes of ``plan`` need, as far as ``user`` may know it; seven queries whatever the number of lines."""
    quarter, rule = plan.quarter, plan.quarter.rule
    first, last = quarter.starts, quarter.ends
    units = {line.unit_id for line in lines if line.unit_id}
    known = Visit.objects.known_to(user)
    return Around(
        today=clock.today(),
        lines=stays_of(lines, numbers),
        elsewhere=[
            Stay(v.pk, v.starts, v.ends, v.unit_id, f"{v.unit} ({v.dates_text})")
            for v in Visit.objects.registered()
            .filter(officer=plan.officer_id, starts__lte=last, ends__gte=first)
            .exclude(plan=plan)
            .select_related("unit")
        ],
        holidays=dict(
            Holiday.objects.filter(province=quarter.province_id, date__range=(first, last)).values_list(
                "date", "name"
            )
        ),
        weekends_count=rule.weekends_count,
        holidays_count=rule.holidays_count,
        colleagues=[
            Stay(pk, starts, ends, unit, name)
            for pk, starts, ends, unit, name in known.registered()
            .filter(
                unit__in=units,
                starts__lte=last + timedelta(days=NEAR),
                ends__gte=first - timedelta(days=NEAR),
            )
            .exclude(officer=plan.officer_id)
            .order_by("starts", "pk")
            .values_list("pk", "starts", "ends", "unit", "officer__full_name")
        ],
        away=_away_by_day(plan),
        members=[
            (member.user_id, member.valid_from, member.valid_to or date.max)
            for member in plan.memberships_of_quarter
            if member.department_id == plan.department_id and member.user.movement_work
        ],
        away_share=rule.away_share,
        charges=[
            Charge(unit, valid_from, valid_to or date.max, officer is not None)
            for unit, valid_from, valid_to, officer in UnitAssignment.objects.between(first, last)
            .filter(Q(officer=plan.officer_id) | Q(department=plan.department_id), unit__in=units)
            .values_list("unit", "valid_from", "valid_to", "officer")
        ],
        last_visits=_last_visits(units, known, user),
        still_open=_still_open_at(units, user),
    )


def look_at_unit(unit: HostUnit | None, user: User) -> list[Hint]:
    """The notes at one unit by itself, where a visit to it is planned outside a quarter's plan; three queries, none without a unit."""
    if unit is None:
        return []
    units = {unit.pk}
    around = AroundUnits(
        today=clock.today(),
        last_visits=_last_visits(units, Visit.objects.known_to(user), user),
        still_open=_still_open_at(units, user),
    )
    return hints_of_unit(unit.pk, around)


def _last_visits(units: set[int], known: QuerySet[Visit], user: User) -> dict[int, tuple[date, str]]:
    """For each unit the last day on which somebody was there, or at a unit it carries on, and who (``VisitQuerySet.been``); however
    long its history is."""
    ways = {name: Subquery(known.been_last(way).values("pk")[:1]) for name, way in _WAYS}
    latest = HostUnit.objects.filter(pk__in=units).annotate(**ways)
    of_visits: dict[int, list[int]] = {}
    for unit, *visits in latest.values_list("pk", *ways):
        for visit in visits:
            of_visits.setdefault(visit, []).append(unit)
    found: dict[int, tuple[date, str]] = {}
    rows = Visit.objects.been().filter(pk__in=[pk for pk in of_visits if pk], last_there__isnull=False)
    for pk, day, officer, name in rows.values_list("pk", "last_there", "officer", "officer__full_name"):
        for unit in of_visits[pk]:
            found.setdefault(unit, (day, _("you") if officer == user.pk else name))
    return found


#: From a visit to the unit it is shown at: its own, and those that carry it on.
_WAYS = (("own", "unit"), ("former", "unit__successors"))


def _still_open_at(units: set[int], user: User) -> dict[int, int]:
    """How many recommendations made at each unit, or at one it carries on, still wait for somebody."""
    found: dict[int, set[int]] = {}
    pending = Recommendation.objects.visible_to(user).pending()
    rows = pending.filter(Q(unit__in=units) | Q(unit__successors__in=units))
    for pk, unit, successor in rows.values_list("pk", "unit", "unit__successors"):
        for here in {unit, successor} & units:
            found.setdefault(here, set()).add(pk)
    return {unit: len(pks) for unit, pks in found.items()}


def _away_by_day(plan: OfficerPlan) -> dict[date, set[int]]:
    """Who of the department is away on which day of the quarter: registered and approved visits, and the lines of ``plan``."""
    away: dict[date, set[int]] = {}
    days = VisitDay.objects.filter(
        Q(visit__plan__state__in=REGISTERED) | Q(visit__adhoc__state__in=ASKED) | Q(visit__plan=plan),
        visit__department=plan.department_id,
        visit__state__in=(VisitState.PLANNED, VisitState.APPROVED),
        date__range=(plan.quarter.starts, plan.quarter.ends),
    )
    for day, officer in days.values_list("date", "officer"):
        away.setdefault(day, set()).add(officer)
    return away
