"""The panels of the year's page, each a chart with its table: few aggregates over the officers in sight, nothing asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Department
from accounts.text import fold
from fieldvisits.models import (
    KINDS,
    ContentGroup,
    HostUnit,
    Level,
    OfficerYear,
    Recommendation,
    VisitDay,
    day_kinds,
    tally,
)
from fieldvisits.workflow import RecommendationState

from ..base import Asked, link_to, percent
from ..definitions.officers import REACHED
from ..definitions.recommendations import AGES, age_label, age_of
from ..definitions.units import STATUSES, CoverageReport
from ..figures import KIND_LABELS
from ..timeliness import STEPS, Timeliness
from .charts import Chart, Label, Number, column
from .comparison import Year, mean

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
NAMED = 6


@dataclass(frozen=True)
class Unit:
    """A unit that waits for a visit; ``days`` since the last one, None when there has been none."""

    unit: HostUnit
    days: int | None


@dataclass(frozen=True)
class Coverage:
    """Which host units were visited: by level, and of the ``waiting`` ones those that wait longest, never visited first."""

    chart: Chart
    longest: tuple[Unit, ...]
    waiting: int
    url: str


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

        def days(line: Any) -> str:
            return link_to("days", self.asked, kind="accepted", officer=line.year.officer)

        def page(line: Any) -> str:
            return reverse("officer-year", args=[self.rule.year, line.year.officer.pk])

        def of(name: str) -> Any:
            return lambda line: line and line.gauge[name]

        series = [
            column(_("Accepted"), lines, of("accepted"), days, tone="green"),
            column(
                _("Reported, not accepted yet"),
                lines,
                of("done"),
                page,
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
            _("Kind"),
            tuple(Label(str(KIND_LABELS[k]), link_to("days", self.asked, kind=k)) for k in KINDS),
            (
                shown,
                column(
                    _("Share of what is registered"),
                    KINDS,
                    lambda k: percent(days[k], days["registered"]),
                    unit="%",
                    drawn="",
                ),
            ),
            ends=tuple(value.text for value in shown.values),
        )

    def months(self) -> Chart:
        """Accepted days of each month by content group."""
        # one day of an officer is accepted once: the rows are the days
        days = VisitDay.objects.filter(
            day_kinds(self.rule.window, prefix="")["accepted"], officer__in=self.ids
        )
        rows = days.values_list("date__month", "visit__group").annotate(n=Count("pk"))
        found = {(month, group): n for month, group, n in rows.order_by()}
        months = range(self.rule.window_from.month, self.rule.window_to.month + 1)

        def link(**changes: Any) -> str:
            return link_to("days", self.asked, kind="accepted", **changes)

        groups = [
            column(
                group.label,
                months,
                lambda m, g=group.value: found.get((m, g), 0),
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
            return sum(y.pace.status in REACHED for y in people(d))

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
                column(
                    _("Met or exceeded"),
                    keys,
                    met,
                    lambda d: link_to("officers", self.asked, department=d, status="reached"),
                    drawn="",
                ),
                column(
                    _("Share"), keys, lambda d: percent(met(d), len(people(d))), officers, unit="%", drawn=""
                ),
                *(column(KIND_LABELS[k], keys, of(k), kinds(k), drawn="", total=True) for k in KINDS),
            ),
            ends=tuple(value.text for value in accepted.values),
        )

    # -- places -----------------------------------------------------------------------------------------------------------

    def coverage(self) -> Coverage:
        """The units valid in the year by level, and those no visit has reached for longest (``CoverageReport``)."""
        rows = CoverageReport(self.asked).rows()
        levels = [level for level in Level if any(row.unit.level == level for row in rows)]
        tones = {"visited": "green", "not_this_year": "gold", "never": "red"}

        def count(level: Level, status: str) -> int:
            return sum(row.unit.level == level and row.status == status for row in rows)

        def visited(level: Level) -> str:
            units = sum(row.unit.level == level for row in rows)
            return f"{count(level, 'visited')}/{units}"

        def link(level: Level, **which: str) -> str:
            return link_to("coverage", self.asked, level=level.value, **which)

        chart = Chart(
            "coverage",
            _("Coverage of host units"),
            _(
                "For each level the units visited in the year, those not visited in it, and those without an accepted visit."
            ),
            _("Level"),
            tuple(Label(str(level.label), link(level)) for level in levels),
            tuple(
                column(
                    STATUSES[status].label,
                    levels,
                    lambda level, s=status: count(level, s),
                    lambda level, s=status: link(level, status=s),
                    tone=tone,
                    total=True,
                )
                for status, tone in tones.items()
            ),
            stacked=True,
            ends=tuple(visited(level) for level in levels),
        )
        waiting = [Unit(row.unit, row.since) for row in rows if row.status != "visited"]
        return Coverage(chart, tuple(waiting[:NAMED]), len(waiting), link_to("coverage", self.asked))

    # -- papers -----------------------------------------------------------------------------------------------------------

    def recommendations(self) -> Chart:
        """The recommendations of the year's visits that still wait for somebody, by age (``RecommendationReport``)."""
        found = list(
            Recommendation.objects.visible_to(self.asked.reader)
            .pending()
            .filter(
                result__visit__quarter__province=self.rule.province_id,
                result__visit__starts__range=self.rule.window,
            )
            .values_list("state", "result__visit__ends")
        )
        ages = [(state, age_of((clock.today() - made).days)) for state, made in found]
        counts = [sum(age == mine for _state, mine in ages) for age in AGES]
        tones = {
            RecommendationState.OPEN: "red",
            RecommendationState.IN_PROGRESS: "gold",
            RecommendationState.PASSED_UP: "violet",
        }

        def link(**which: str) -> str:
            return link_to("recommendations", self.asked, **which)

        return Chart(
            "recommendations",
            _("Recommendations that wait, by age"),
            _("Recommendations of the year's visits that are not settled yet, by the days since the visit."),
            _("Days since the visit"),
            tuple(Label(age_label(age), link(status="pending", age=age)) for age in AGES),
            tuple(
                column(
                    state.label,
                    AGES,
                    lambda age, s=state: ages.count((s, age)),
                    lambda age, s=state: link(status=s.value, age=age),
                    tone=tone,
                    total=True,
                )
                for state, tone in tones.items()
            ),
            shape="columns",
            stacked=True,
            patterned=True,
            ends=tuple(str(n) if n else "" for n in counts),
        )

    # -- years ------------------------------------------------------------------------------------------------------------

    def years_beside(self, frozen: Sequence[Year]) -> Chart:
        """This year beside the years before, as their annual reports froze them."""
        quotas = [y for y in self.years if y.target.days]
        met = sum(y.pace.status in REACHED for y in quotas)
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
                    "met_share": percent(met, len(quotas)),
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


def lateness_chart(asked: Asked) -> Chart:
    """Every step of the year: what came in time, late, or is missing although its time is over (``TimelinessReport``)."""
    found = Timeliness(asked.reader, asked.rule, asked.window).by_department()
    steps = [step for step in STEPS if any(of == step and papers.due for (_pk, of), papers in found.items())]

    def count(step: str, what: str) -> int:
        return sum(getattr(papers, what) for (_pk, of), papers in found.items() if of == step)

    def link(step: str, what: str) -> str:
        return link_to("papers", asked, step=step, status="" if what == "due" else what)

    columns = (
        ("late", _("Late"), "gold", "bar"),
        ("missing", _("Missing"), "red", "bar"),
        ("in_time", _("In time"), "green", ""),
        ("due", _("Due by today"), "grey", ""),
    )
    return Chart(
        "lateness",
        _("Late and missing papers by step"),
        _(
            "For each step the papers that came late and those missing although their time is over, "
            "of all that were due."
        ),
        _("Step"),
        tuple(Label(str(STEPS[step]), link_to("timeliness", asked, step=step)) for step in steps),
        tuple(
            column(
                label,
                steps,
                lambda step, w=what: count(step, w),
                lambda step, w=what: link(step, w),
                tone=tone,
                drawn=drawn,
                total=True,
            )
            for what, label, tone, drawn in columns
        ),
        stacked=True,
        ends=tuple(f"{count(step, 'late') + count(step, 'missing')}/{count(step, 'due')}" for step in steps),
    )
