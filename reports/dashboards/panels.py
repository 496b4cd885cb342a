"""The panels of the year's page, each a chart with its table: few aggregates over the officers in sight, nothing asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Department
from accounts.text import fold
from fieldvisits.models import KINDS, ContentGroup, HostUnit, Level, OfficerYear, Recommendation, Visit, tally
from fieldvisits.quota import Standing
from fieldvisits.workflow import RecommendationState, VisitState

from ..base import Asked, link_to
from ..figures import KIND_LABELS
from .charts import Chart, Label, Number, column
from .comparison import Year, mean, share

if TYPE_CHECKING:
    from .year import Group

#: Colours' names for the four content groups and for how a day stands (static/js/charts.js).
GROUP_TONES = {1: "blue", 2: "green", 3: "gold", 4: "violet"}
KIND_TONES = {
    "registered": "sky",
    "approved": "blue",
    "done": "mint",
    "accepted": "green",
    "confirmed": "forest",
}
#: Units named on the page.
NAMED = 8
#: Days since a recommendation was made: the upper end of each age, the last without end.
AGES = (30, 90, 180, None)


@dataclass(frozen=True)
class Unit:
    """A unit that waits for a visit; ``days`` since the last one, None when there has been none."""

    unit: HostUnit
    days: int | None


@dataclass(frozen=True)
class Coverage:
    """Which host units were visited in the year: by level, and those that wait longest, never visited first."""

    chart: Chart
    units: int
    visited: int
    url: str
    longest: tuple[Unit, ...]

    @property
    def share(self) -> int | None:
        return share(self.visited, self.units)


class Panels:
    """The panels for what is asked, over the years of the officers in sight."""

    def __init__(
        self, asked: Asked, years: Sequence[OfficerYear], departments: dict[int, Department]
    ) -> None:
        self.asked, self.rule, self.years, self.of_province = asked, asked.rule, years, departments
        self.ids = [y.officer.pk for y in years]

    # -- people -----------------------------------------------------------------------------------------------------------

    def officers(self, groups: Sequence[Group]) -> Chart:
        """A bar for each officer against what is owed, with the days expected by today; grouped by department."""
        rows: list[tuple[Label, Any]] = []
        for group in groups:
            rows.append((Label(str(group.department or "–"), heads=True), None))
            for line in group.lines:
                officer = line.year.officer
                url = reverse("officer-year", args=[self.rule.year, officer.pk])
                rows.append((Label(officer.full_name, url), line))
        lines = [line for _label, line in rows]

        def days(line: Any, kind: str) -> str:
            return link_to("days", self.asked, kind=kind, officer=line.year.officer)

        def page(line: Any) -> str:
            return reverse("officer-year", args=[self.rule.year, line.year.officer.pk])

        def of(name: str) -> Any:
            return lambda line: line and line.gauge[name]

        series = [
            column(_("Accepted"), lines, of("accepted"), lambda line: days(line, "accepted"), tone="green"),
            column(
                _("Reported, not accepted yet"),
                lines,
                of("done"),
                lambda line: days(line, "done"),
                tone="mint",
            ),
            column(_("Approved ahead"), lines, of("planned"), page, tone="sky"),
            column(_("Owed"), lines, of("target"), page, tone="red", drawn="mark"),
        ]
        if self.asked.today < self.rule.window_to:
            series.append(
                column(_("Expected by today"), lines, of("expected"), page, tone="ink", drawn="mark")
            )
        return Chart(
            "officers",
            _("Each officer against what is owed"),
            _(
                "A bar for each officer: days accepted, reported and approved ahead, with marks at what is owed and expected by today."
            ),
            _("Officer"),
            tuple(label for label, _line in rows),
            tuple(s for s in series if s.drawn == "mark" or any(v.number for v in s.values)),
            stacked=True,
            ends=tuple(f"{line.gauge['accepted']}/{line.gauge['target']}" if line else "" for line in lines),
        )

    def kinds(self) -> Chart:
        """The five kinds of days side by side."""
        days = {kind: sum(y.figures[kind] for y in self.years) for kind in KINDS}
        shown = column(
            _("Days"), KINDS, days.get, lambda k: link_to("days", self.asked, kind=k), tone="kinds"
        )
        return Chart(
            "kinds",
            _("From registered to confirmed"),
            _("Days of each kind: registered, approved, reported, accepted, confirmed by the host unit."),
            _("Days"),
            tuple(Label(str(KIND_LABELS[k]), link_to("days", self.asked, kind=k)) for k in KINDS),
            (
                shown,
                column(
                    _("Share of what is registered"),
                    KINDS,
                    lambda k: share(days[k], days["registered"]),
                    unit="%",
                    drawn="",
                ),
            ),
            ends=tuple(value.text for value in shown.values),
        )

    def months(self) -> Chart:
        """Accepted days of each month by content group."""
        found = tally(self.rule.window, "date__month", "visit__group", officer__in=self.ids)
        months = range(self.rule.window_from.month, self.rule.window_to.month + 1)

        def link(**changes: Any) -> str:
            return link_to("days", self.asked, kind="accepted", **changes)

        groups = [
            column(
                group.label,
                months,
                lambda m, g=group.value: found.get((m, g), {}).get("accepted", 0),
                lambda m, g=group.value: link(month=m, group=g),
                tone=GROUP_TONES[group.value],
                total=True,
            )
            for group in ContentGroup
        ]
        total = column(
            _("Total"),
            months,
            lambda m: sum(g.values[m - months[0]].number or 0 for g in groups),
            lambda m: link(month=m),
            drawn="",
            total=True,
        )
        return Chart(
            "months",
            _("Accepted days by month and content group"),
            _("A column for each month of the year, stacked by the four content groups."),
            _("Month"),
            tuple(Label(str(m), link(month=m)) for m in months),
            (
                *groups,
                total,
            ),
            shape="columns",
            stacked=True,
            patterned=True,
            ends=tuple(value.text if value.number else "" for value in total.values),
        )

    def departments(self) -> Chart:
        """The departments by the days of their people; an officer who moved is one of both, the days stay where they were served."""
        days = tally(self.rule.window, "served", officer__in=self.ids)
        members: dict[int, list[OfficerYear]] = {}
        for year in self.years:
            for pk in {m.department_id for m in year.officer.memberships_of_year}:
                members.setdefault(pk, []).append(year)
        keys = sorted(
            (d for d in self.of_province.values() if d.pk in members or (d.pk,) in days),
            key=lambda d: (d.order, fold(d.name), d.pk),
        )

        def of(kind: str) -> Any:
            return lambda d: days.get((d.pk,), {}).get(kind, 0)

        def kinds(kind: str) -> Any:
            return lambda d: link_to("days", self.asked, department=d, kind=kind)

        def people(d: Department) -> list[OfficerYear]:
            return [y for y in members.get(d.pk, []) if y.target.days]

        def per_head(kind: str) -> Any:
            return lambda d: mean(of(kind)(d), len(people(d)))

        def met(d: Department) -> int:
            return sum(y.pace.status in (Standing.MET, Standing.EXCEEDED) for y in people(d))

        def officers(d: Department) -> str:
            return link_to("officers", self.asked, department=d)

        accepted = column(
            _("Accepted per officer"), keys, per_head("accepted"), kinds("accepted"), tone="green"
        )
        return Chart(
            "departments",
            _("Departments: days per officer"),
            _("For each department the days accepted and approved for each officer with days to do."),
            _("Department"),
            tuple(Label(d.name, officers(d)) for d in keys),
            (
                accepted,
                column(_("Approved per officer"), keys, per_head("approved"), kinds("approved"), tone="sky"),
                column(_("Officers with days to do"), keys, lambda d: len(people(d)), officers, drawn=""),
                column(_("Met or exceeded"), keys, met, officers, drawn=""),
                column(
                    _("Share"), keys, lambda d: share(met(d), len(people(d))), officers, unit="%", drawn=""
                ),
                *(column(KIND_LABELS[k], keys, of(k), kinds(k), drawn="", total=True) for k in KINDS),
            ),
            ends=tuple(value.text for value in accepted.values),
        )

    # -- places -----------------------------------------------------------------------------------------------------------

    def coverage(self) -> Coverage:
        """The units valid in the year by level, and those no visit has reached for longest."""
        rule, today = self.rule, self.asked.today
        units = list(
            HostUnit.objects.filter(province=rule.province_id)
            .between(rule.window_from, today)
            .values_list("pk", "level")
        )
        seen = {
            unit
            for (unit,), days in tally(rule.window, "visit__unit", officer__in=self.ids).items()
            if days["accepted"]
        }
        levels = [level for level in Level if any(of == level for _pk, of in units)]

        def count(level: Level, visited: bool) -> int:
            return sum(of == level and (pk in seen) == visited for pk, of in units)

        def link(level: Level) -> str:
            return link_to("coverage", self.asked, level=level.value)

        chart = Chart(
            "coverage",
            _("Coverage of host units"),
            _("For each level the units visited in the year and those not visited."),
            _("Level"),
            tuple(Label(str(level.label), link(level)) for level in levels),
            (
                column(_("Visited"), levels, lambda x: count(x, True), link, tone="green", total=True),
                column(_("Not visited"), levels, lambda x: count(x, False), link, tone="grey", total=True),
            ),
            stacked=True,
            ends=tuple(f"{count(x, True)}/{count(x, True) + count(x, False)}" for x in levels),
        )
        return Coverage(
            chart,
            len(units),
            sum(pk in seen for pk, _level in units),
            link_to("coverage", self.asked),
            self._longest(today, seen),
        )

    def _longest(self, today: date, seen: set[int]) -> tuple[Unit, ...]:
        over = Visit.objects.filter(unit=OuterRef("pk"), state=VisitState.APPROVED, ends__lte=today)
        units = (
            HostUnit.objects.filter(province=self.rule.province_id)
            .on(today)
            .exclude(pk__in=seen)
            .annotate(last=Subquery(over.order_by("-starts").values("ends")[:1]))
            .order_by(F("last").asc(nulls_first=True), "folded", "pk")[:NAMED]
        )
        return tuple(Unit(unit, (today - unit.last).days if unit.last else None) for unit in units)

    # -- papers -----------------------------------------------------------------------------------------------------------

    def recommendations(self) -> Chart:
        """The recommendations of the year's visits that still wait for somebody, by age."""
        today = self.asked.today
        states = (RecommendationState.OPEN, RecommendationState.IN_PROGRESS, RecommendationState.PASSED_UP)
        found = list(
            Recommendation.objects.visible_to(self.asked.reader)
            .pending()
            .filter(
                result__visit__quarter__province=self.rule.province_id,
                result__visit__starts__range=self.rule.window,
            )
            .values_list("state", "result__visit__ends")
        )
        tones = dict(zip(states, ("red", "gold", "violet"), strict=True))
        ages = [(low, high) for low, high in zip((None, *AGES), AGES, strict=False)]

        def count(state: str, age: tuple[int | None, int | None]) -> int:
            low, high = age
            return sum(
                of == state
                and (low is None or (today - made).days > low)
                and (high is None or (today - made).days <= high)
                for of, made in found
            )

        return Chart(
            "recommendations",
            _("Recommendations that wait, by age"),
            _("Recommendations of the year's visits not settled yet, by the days since the visit."),
            _("Days since the visit"),
            tuple(Label(_age(*age)) for age in ages),
            tuple(
                column(
                    state.label,
                    ages,
                    lambda age, s=state: count(s, age),
                    lambda _age, s=state: link_to("recommendations", self.asked, status=s.value),
                    tone=tones[state],
                    total=True,
                )
                for state in states
            ),
            shape="columns",
            stacked=True,
            patterned=True,
        )

    # -- years ------------------------------------------------------------------------------------------------------------

    def years_beside(self, frozen: Sequence[Year]) -> Chart:
        """This year beside the years before, as their annual reports froze them."""
        quotas = [y for y in self.years if y.target.days]
        met = sum(y.pace.status in (Standing.MET, Standing.EXCEEDED) for y in quotas)
        owed, accepted = (
            sum(y.pace.owed for y in quotas),
            sum(y.pace.accepted for y in self.years),
        )
        here = reverse("year", args=[self.rule.year])
        rows: list[tuple[str, str, dict[str, Number]]] = [
            (
                str(year.report.year),
                year.report.get_absolute_url(),
                {
                    "mean": year.mean,
                    "owed": year.mean_owed,
                    "officers": year.officers,
                    "met": year.met,
                    "met_share": year.met_share,
                    "accepted": year.accepted,
                },
            )
            for year in sorted(frozen, key=lambda year: year.report.year)
        ]
        rows.append(
            (
                str(self.rule.year),
                here,
                {
                    "mean": mean(accepted, len(quotas)),
                    "owed": mean(owed, len(quotas)),
                    "officers": len(quotas),
                    "met": met,
                    "met_share": share(met, len(quotas)),
                    "accepted": accepted,
                },
            )
        )

        def of(name: str) -> Any:
            return lambda row: row[2][name]

        def to(row: Any) -> str:
            return row[1]

        shown = column(_("Accepted per officer"), rows, of("mean"), to, tone="green")
        return Chart(
            "years",
            _("Year by year: days per officer"),
            _(
                "For each year the accepted days for each officer with days to do, with a mark at what they owed."
            ),
            _("Year"),
            tuple(Label(text, url) for text, url, _numbers in rows),
            (
                shown,
                column(_("Owed per officer"), rows, of("owed"), to, tone="red", drawn="mark"),
                column(_("Officers with days to do"), rows, of("officers"), to, drawn=""),
                column(_("Met or exceeded"), rows, of("met"), to, drawn=""),
                column(_("Share"), rows, of("met_share"), to, unit="%", drawn=""),
                column(_("Days accepted"), rows, of("accepted"), to, drawn=""),
            ),
            ends=tuple(value.text for value in shown.values),
            note=""
            if frozen
            else _(
                "Earlier years appear once their annual report is approved: its frozen figures are compared."
            ),
        )


def _age(low: int | None, high: int | None) -> str:
    if low is None:
        return _("up to %(days)d") % {"days": high}
    if high is None:
        return _("over %(days)d") % {"days": low}
    return f"{low + 1}–{high}"
