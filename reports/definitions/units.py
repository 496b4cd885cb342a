"""Coverage: which host units were visited, when last, how often - and which never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Membership, Role
from fieldvisits.models import ContentGroup, HostUnit, Level, UnitAssignment, Visit, VisitDay, YearRule, tally
from fieldvisits.workflow import VisitState

from ..base import Asked, Column, Report, Status, link_to

#: Levels in the order of the tree.
LEVEL_ORDER = {level.value: number for number, level in enumerate(Level)}


def family_of(unit: int, ended: dict[int, set[int]]) -> set[int]:
    """The unit and every ended unit it carries on, directly or through others (``ended_units``)."""
    family, open_ones = {unit}, [unit]
    while open_ones:
        for former in ended.get(open_ones.pop(), ()):
            if former not in family:
                family.add(former)
                open_ones.append(former)
    return family


def ended_units(rule: YearRule, day: date) -> dict[int, set[int]]:
    """For each unit of the rule's province the units that ended before ``day`` and that it succeeds; one query."""
    links = HostUnit.successors.through.objects.filter(
        from_hostunit__province=rule.province_id, from_hostunit__valid_to__lt=day
    )
    ended: dict[int, set[int]] = defaultdict(set)
    for former, successor in links.values_list("from_hostunit", "to_hostunit"):
        ended[successor].add(former)
    return ended


def units_meant(asked: Asked) -> set[int] | None:
    """The units the filters "unit" and "family" name, None when neither is set."""
    if asked.family:
        return family_of(asked.family.pk, ended_units(asked.rule, asked.today))
    return {asked.unit.pk} if asked.unit else None


@dataclass(frozen=True)
class UnitRow:
    """A unit with its last visit ever and the visits and accepted days of the year; with those of ``former`` units where they are
    rolled up. ``since`` is in days, up to the day the report tells of."""

    unit: HostUnit
    in_charge: str
    last: date | None
    last_visit: int | None
    since: int | None
    visits: dict[int, int]
    days: int
    former: int

    @property
    def count(self) -> int:
        return sum(self.visits.values())

    @property
    def status(self) -> str:
        if self.last is None:
            return "never"
        return "visited" if self.count else "not_this_year"


STATUSES = {
    "never": Status(gettext_lazy("no accepted visit yet"), "returned", "x-circle"),
    "not_this_year": Status(gettext_lazy("not this year"), "waiting", "hourglass-split"),
    "visited": Status(gettext_lazy("visited"), "approved", "check-circle"),
}


class CoverageReport(Report):
    """Every unit valid in the year: who is in charge, when last, how often, for what.

    A visit counts when it is approved and has an accepted day. Which units were visited is known to everybody who works in the
    province (domain section 1), as on the units' own pages: the figures are the whole province's for every reader, and lead to their
    rows where the reader may read all of them.

    The last visit is the one that began last, in whatever year, up to the day told of; its date is its last accepted day, and the
    headings say so: where somebody was last, accepted yet or not, is what the units' pages tell (``VisitQuerySet.been``). Rolled up,
    a unit that ended and has successors is left out, and its visits count for each of them.
    """

    slug = "coverage"
    title = gettext_lazy("Coverage of host units")
    about = gettext_lazy("Which units have no accepted visit, which not for long, and what visits they had.")
    icon = "geo-alt"
    filters = ("level", "department", "status", "rolled")
    statuses = tuple((name, status.label) for name, status in STATUSES.items())

    def rows(self) -> list[UnitRow]:
        rows = [row for row in self._all if not self.asked.status or row.status == self.asked.status]
        return sorted(
            rows,
            key=lambda r: (
                r.last is not None,
                r.last or date.min,
                LEVEL_ORDER[r.unit.level],
                r.unit.folded,
                r.unit.pk,
            ),
        )

    @cached_property
    def _all(self) -> list[UnitRow]:
        units, families = self._units
        members = {pk for family in families.values() for pk in family}
        last, year, days = self._last_visits(members), *self._year(members)
        in_charge = self._in_charge
        rows = []
        for unit in units:
            family = families[unit.pk]
            latest = max((last[pk] for pk in family if pk in last), default=None)
            rows.append(
                UnitRow(
                    unit,
                    ", ".join(in_charge.get(unit.pk, ())),
                    latest[0] if latest else None,
                    latest[1] if latest else None,
                    (self.asked.today - latest[0]).days if latest else None,
                    {g.value: sum(year[pk, g.value] for pk in family) for g in ContentGroup},
                    sum(days[pk] for pk in family),
                    len(family) - 1,
                )
            )
        return rows

    @cached_property
    def _units(self) -> tuple[list[HostUnit], dict[int, set[int]]]:
        """The units of the rows, and for each the units whose visits count for it."""
        asked, rule, day = self.asked, self.asked.rule, self.asked.today
        found = HostUnit.objects.visible_to(asked.reader).filter(province=rule.province_id)
        found = found.between(min(rule.window_from, day), day)
        if asked.level:
            found = found.filter(level=asked.level)
        if asked.department:
            found = found.filter(pk__in=self._charged_to(asked.department.pk).values("unit"))
        units = list(found)
        if not asked.rolled:
            return units, {unit.pk: {unit.pk} for unit in units}
        ended = ended_units(rule, day)
        carried_on = {former for formers in ended.values() for former in formers}
        units = [unit for unit in units if unit.pk not in carried_on]
        return units, {unit.pk: family_of(unit.pk, ended) for unit in units}

    def _charged_to(self, department: int):
        """Assignments on the day told of: the department's own, and those of officers who belonged to it on that day."""
        day = self.asked.today
        members = Membership.objects.on(day).filter(department=department)
        return UnitAssignment.objects.on(day).filter(
            Q(department=department) | Q(officer__in=members.values("user"))
        )

    @cached_property
    def _in_charge(self) -> dict[int, list[str]]:
        found = UnitAssignment.objects.on(self.asked.today).filter(unit__province=self.asked.rule.province_id)
        names = found.order_by("pk").values_list("unit", "officer__full_name", "department__name")
        in_charge: dict[int, list[str]] = defaultdict(list)
        for unit, officer, department in names:
            in_charge[unit].append(officer or department)
        return in_charge

    def _last_visits(self, units: set[int]) -> dict[int, tuple[date, int]]:
        """(last accepted day, visit) of the visit that began last at each unit; the index (unit, starts) is read from its end, so
        that years of history cost nothing. Two queries."""
        day = self.asked.today
        accepted = VisitDay.objects.filter(counted=True, date__lte=day)
        latest = (
            Visit.objects.filter(
                Exists(accepted.filter(visit=OuterRef("pk"))),
                unit=OuterRef("pk"),
                state=VisitState.APPROVED,
                starts__lte=day,
            )
            .order_by("-starts", "-pk")
            .values("pk")[:1]
        )
        found = HostUnit.objects.filter(pk__in=units).annotate(latest=Subquery(latest))
        visits = {visit: unit for unit, visit in found.values_list("pk", "latest") if visit}
        ends = accepted.filter(visit__in=list(visits)).order_by().values_list("visit").annotate(Max("date"))
        return {visits[visit]: (end, visit) for visit, end in ends}

    def _year(self, units: set[int]) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
        """Visits with an accepted day in the year by unit and content group, and accepted days by unit; one query."""
        rule = self.asked.rule
        found = tally(
            rule.window,
            "visit__unit",
            "visit__group",
            "visit",
            counted=True,
            officer__province=rule.province_id,
        )
        visits: dict[tuple[int, int], int] = defaultdict(int)
        days: dict[int, int] = defaultdict(int)
        for (unit, group, _visit), figures in found.items():
            if unit in units and figures["accepted"]:
                visits[unit, group] += 1
                days[unit] += figures["accepted"]
        return visits, days

    # -- columns ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _reads_all(self) -> bool:
        wide = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE)
        return self.asked.rule.province_id in self.asked.reader.powers.provinces(*wide)

    def _rows_behind(self, slug: str, row: UnitRow, **changes) -> str | None:
        if not self._reads_all:
            return None
        which = "family" if row.former else "unit"
        narrowed = {"level": "", "department": "", "status": "", "rolled": "", which: row.unit.pk}
        return link_to(slug, self.asked, **narrowed | changes)

    def columns(self) -> Sequence[Column]:
        # a visit of a split unit counts for each successor: rolled up, the rows have no sum
        adds_up = not self.asked.rolled

        def visits(group: int | None = None):
            def url(row: UnitRow) -> str | None:
                if not (row.visits[group] if group else row.count):
                    return None
                return self._rows_behind("visits", row, status="counted", group=group or "")

            return url

        return [
            Column(
                "unit",
                _("Host unit"),
                lambda r: r.unit.name,
                width=34,
                url=lambda r: r.unit.get_absolute_url(),
                is_heading=True,
            ),
            Column(
                "level",
                _("Level"),
                lambda r: r.unit.get_level_display(),
                width=20,
                sort_by=lambda r: LEVEL_ORDER[r.unit.level],
            ),
            Column("in_charge", _("In charge"), lambda r: r.in_charge, width=28),
            Column(
                "status",
                _("Status"),
                lambda r: STATUSES[r.status].label,
                width=16,
                state=lambda r: STATUSES[r.status],
                is_key=True,
            ),
            Column(
                "last",
                _("Last accepted day"),
                lambda r: r.last,
                "date",
                12,
                url=lambda r: visit_url(r.last_visit) if r.last_visit else None,
                is_key=True,
            ),
            Column("since", _("Days since then"), lambda r: r.since, "number", 10, is_key=True),
            Column(
                "visits",
                _("Visits"),
                lambda r: r.count,
                "number",
                8,
                total=adds_up,
                url=visits(),
                is_key=True,
            ),
            Column(
                "days",
                _("Days"),
                lambda r: r.days,
                "number",
                8,
                total=adds_up,
                url=lambda r: self._rows_behind("days", r, kind="accepted") if r.days else None,
                is_key=True,
            ),
            *(
                Column(
                    f"group_{group.value}",
                    _("Group %(number)d") % {"number": group.value},
                    lambda r, group=group: r.visits[group.value],
                    "number",
                    9,
                    total=adds_up,
                    url=visits(group.value),
                )
                for group in ContentGroup
            ),
        ]

    def notes(self) -> Iterable[str]:
        rows = self._all
        never = sum(row.status == "never" for row in rows)
        missed = sum(row.status == "not_this_year" for row in rows)
        yield _(
            "%(visited)d of %(all)d units visited this year; %(never)d never, %(missed)d not this year."
        ) % {
            "visited": len(rows) - never - missed,
            "all": len(rows),
            "never": never,
            "missed": missed,
        }
        yield _(
            "A visit counts when it is approved and has an accepted day; the last one is looked for in all years."
        )
        yield _("Days since the last accepted day are counted up to %(day)s.") % {
            "day": f"{self.asked.today:%d/%m/%Y}"
        }
        if self.asked.rolled:
            yield _("Visits that are not accepted yet are shown on the pages of the units.")
        else:
            yield _(
                "Visits that are not accepted yet, and those to units that a unit carries on, are shown on the pages of the units."
            )
        yield " · ".join(str(group.label) for group in ContentGroup)
        if self.asked.department:
            yield _("Units the department, or one of its officers, is in charge of.")
        if self.asked.rolled:
            former = sum(row.former for row in rows)
            yield ngettext(
                "%(count)d former unit is rolled up; a visit of a unit that was split counts for each successor, so there are no totals.",
                "%(count)d former units are rolled up; a visit of a unit that was split counts for each successor, so there are no totals.",
                former,
            ) % {"count": former}


def visit_url(pk: int) -> str:
    return Visit(pk=pk, state=VisitState.APPROVED).get_absolute_url()
