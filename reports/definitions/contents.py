"""Where the days went: by what a visit was about, and by the level of the host."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import ContentGroup, HostUnit, Level, VisitDay, day_kinds, tally, years_of
from fieldvisits.models.regime import ROMAN

from ..base import Column, Report, Value, link_to, percent, sight_note
from ..figures import KIND_LABELS
from .days import which_days


class _ByKind(Report):
    """Days of one kind - those by which the quota is met, unless another is asked for - of the officers in sight."""

    @property
    def kind(self) -> str:
        return self.asked.kind or "accepted"

    @cached_property
    def _which(self) -> dict[str, object]:
        return which_days(self.asked)

    def _visits(self, key: str) -> dict[object, tuple[int, int]]:
        """Visits with such a day, and the host units they went to, by ``key``."""
        found = VisitDay.objects.with_served() if "served" in self._which else VisitDay.objects.all()
        rows = (
            found.filter(day_kinds(self.asked.window, prefix="")[self.kind], **self._which)
            .order_by()
            .values_list(key)
            .annotate(visits=Count("visit", distinct=True), units=Count("visit__unit", distinct=True))
        )
        return {value: (visits, units) for value, visits, units in rows}

    def notes(self) -> Iterable[str]:
        if self.kind not in ("accepted", "confirmed", "adhoc"):  # these count a date once whatever the visit
            yield _("A date that an officer planned on two visits stands in the row of each.")
        yield from sight_note(self.asked)


@dataclass(frozen=True)
class GroupRow:
    """A content group: its days in each quarter, its visits, its share of all days (whole per cent)."""

    group: ContentGroup
    quarters: tuple[int, ...]
    visits: int
    percent: int | None

    @property
    def total(self) -> int:
        return sum(self.quarters)


class GroupsReport(_ByKind):
    """Content groups by quarters."""

    slug = "groups"
    title = gettext_lazy("By content group")
    about = gettext_lazy("What the days went into: the four content groups, quarter by quarter.")
    icon = "grid-3x2-gap"
    filters = ("quarter", "department", "level", "kind")

    def rows(self) -> list[GroupRow]:
        days = tally(self.asked.window, "visit__group", "date__quarter", **self._which)
        visits = self._visits("visit__group")
        found = {
            group: tuple(days.get((group.value, n), {}).get(self.kind, 0) for n in (1, 2, 3, 4))
            for group in ContentGroup
        }
        whole = sum(map(sum, found.values()))
        return [
            GroupRow(group, quarters, visits.get(group.value, (0, 0))[0], percent(sum(quarters), whole))
            for group, quarters in found.items()
            if whole
        ]

    def columns(self) -> Sequence[Column]:
        asked = self.asked

        def behind(row: GroupRow, number: int | None = None) -> str | None:
            found = row.quarters[number - 1] if number else row.total
            changes = {"group": row.group.value, "kind": self.kind, "quarter": number or asked.quarter}
            return link_to("days", asked, **changes) if found else None

        return [
            Column(
                "group",
                _("Content group"),
                lambda r: r.group.label,
                width=46,
                is_heading=True,
                sort_by=lambda r: r.group.value,
                url=behind,
            ),
            *(
                Column(
                    f"q{number}",
                    _("Quarter %(number)s") % {"number": ROMAN[number - 1]},
                    lambda r, number=number: r.quarters[number - 1],
                    "number",
                    10,
                    total=True,
                    url=lambda r, number=number: behind(r, number),
                )
                for number in (() if asked.quarter else (1, 2, 3, 4))
            ),
            Column(
                "days",
                _("Days: %(kind)s") % {"kind": KIND_LABELS[self.kind]},
                lambda r: r.total,
                "number",
                12,
                total=True,
                url=behind,
                is_key=True,
            ),
            Column("percent", _("Share"), lambda r: r.percent, "percent", 10, is_key=True),
            Column(
                "visits", _("Visits"), lambda r: r.visits, "number", 10, total=True, url=behind, is_key=True
            ),
        ]


@dataclass(frozen=True)
class LevelRow:
    """A level of hosts: units of the catalogue, those visited, visits, days - and, where the rule asks for days there, how many
    are owed, accepted and missing, each officer's part by itself."""

    level: Level
    units: int
    visited: int
    visits: int
    days: int
    percent: int | None
    part: tuple[int, int, int] | None


class LevelsReport(_ByKind):
    """Levels of host units, with the rule's parts of the quota."""

    slug = "levels"
    title = gettext_lazy("By level of the host")
    about = gettext_lazy("How far down the days reach: units visited, visits and days at each level.")
    icon = "bar-chart-steps"
    filters = ("quarter", "department", "group", "kind")

    def rows(self) -> list[LevelRow]:
        asked = self.asked
        first, last = asked.window
        units = (
            HostUnit.objects.filter(province=asked.rule.province_id)
            .between(first, max(first, min(last, asked.today)))
            .order_by()
            .values_list("level")
            .annotate(n=Count("pk"))
        )
        known = dict(units)
        days = {
            key[0]: kinds[self.kind]
            for key, kinds in tally(asked.window, "visit__unit__level", **self._which).items()
        }
        visits = self._visits("visit__unit__level")
        parts = self._parts()
        whole = sum(days.values())
        return [
            LevelRow(
                level,
                known.get(level.value, 0),
                visits.get(level.value, (0, 0))[1],
                visits.get(level.value, (0, 0))[0],
                days.get(level.value, 0),
                percent(days.get(level.value, 0), whole),
                parts.get(level.value),
            )
            for level in Level
            if known.get(level.value) or days.get(level.value) or level.value in parts
        ]

    @cached_property
    def _levels_asked(self) -> frozenset[str]:
        """The levels at which the rule asks for days."""
        return frozenset(self.asked.rule.sub_quotas.values_list("level", flat=True))

    def _parts(self) -> dict[str, tuple[int, int, int]]:
        """Days owed, accepted and missing at each level the rule names, over the whole year."""
        if not self._levels_asked:
            return {}
        asked = self.asked
        sums = {level: [0, 0, 0] for level in self._levels_asked}
        for year in years_of(asked.rule, asked.officers):
            served = {membership.department_id for membership in year.officer.memberships_of_year}
            if asked.department and asked.department.pk not in served:
                continue
            for part in year.pace.parts:
                for n, days in enumerate((part.days, part.accepted, part.missing)):
                    sums[part.level][n] += days
        return {level: (owed, accepted, missing) for level, (owed, accepted, missing) in sums.items()}

    def columns(self) -> Sequence[Column]:
        asked = self.asked

        def behind(row: LevelRow) -> str | None:
            changes = {"level": row.level.value, "kind": self.kind}
            return link_to("days", asked, **changes) if row.days else None

        def coverage(row: LevelRow) -> str | None:
            """All units of the level, whoever is in charge of them; the list of them is always that of the whole year."""
            return None if asked.quarter else link_to("coverage", asked, level=row.level.value, department="")

        def part(name: str, title: str, n: int) -> Column:
            return Column(name, title, lambda r: r.part and r.part[n], "number", 12, total=True)

        return [
            Column(
                "level",
                _("Level"),
                lambda r: r.level.label,
                width=30,
                is_heading=True,
                sort_by=lambda r: list(Level).index(r.level),
                url=behind,
            ),
            Column("units", _("Units"), lambda r: r.units, "number", 10, total=True, url=coverage),
            Column(
                "visited",
                _("Visited"),
                lambda r: r.visited,
                "number",
                10,
                total=True,
                url=behind,
                is_key=True,
            ),
            Column(
                "reached",
                _("Share visited"),
                lambda r: percent(r.visited, r.units),
                "percent",
                10,
                is_key=True,
            ),
            Column("visits", _("Visits"), lambda r: r.visits, "number", 10, total=True, url=behind),
            Column(
                "days",
                _("Days: %(kind)s") % {"kind": KIND_LABELS[self.kind]},
                lambda r: r.days,
                "number",
                12,
                total=True,
                url=behind,
                is_key=True,
            ),
            Column("percent", _("Share of the days"), lambda r: r.percent, "percent", 10),
            *(
                [
                    part("owed", _("Owed at this level"), 0),
                    part("accepted", _("Accepted of it"), 1),
                    part("missing", _("Missing at this level"), 2),
                ]
                if self._levels_asked
                else ()
            ),
        ]

    def totals(self) -> dict[str, Value]:
        sums = super().totals()
        if not sums:
            return {}
        return {**sums, "reached": percent(int(sums["visited"]), int(sums["units"]))}  # type: ignore[call-overload]

    def notes(self) -> Iterable[str]:
        if self._levels_asked:
            yield _(
                "What is owed at a level, accepted and missing there are always told of the whole year, officer by officer."
            )
        yield from super().notes()
