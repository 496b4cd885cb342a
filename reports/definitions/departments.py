"""Departments side by side: how many of their officers reach what they owe, their days, what they handed in late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, Role
from accounts.text import fold
from fieldvisits.models import (
    KINDS,
    OfficerYear,
    tally,
    years_of,
)

from ..base import Asked, Column, Report, Value, link_to, percent, sight_note
from ..figures import KIND_LABELS
from ..timeliness import BY_DEPARTMENTS, filed
from .officers import REACHED


@dataclass(frozen=True)
class Members:
    """Officers, each once, however many departments they belonged to."""

    years: tuple[OfficerYear, ...]

    @property
    def owing(self) -> int:
        """Those with a day to do."""
        return sum(not year.target.is_exempt for year in self.years)

    @property
    def met(self) -> int:
        return sum(year.pace.status in REACHED for year in self.years)

    @property
    def percent(self) -> int | None:
        return percent(self.met, self.owing)

    def mean(self, days: int) -> float | None:
        """``days`` for each officer with a day to do, to a tenth."""
        return round(days / self.owing, 1) if self.owing else None


@dataclass(frozen=True)
class DepartmentRow:
    """A department: whoever belonged to it on a day of the year, and the days asked about that they spent as its members."""

    department: Department
    name: str
    members: Members
    days: dict[str, int]
    late: int


class DepartmentsReport(Report):
    """How the departments stand, each day with the department of its date."""

    slug = "departments"
    title = gettext_lazy("By department")
    about = gettext_lazy(
        "How many officers of each department reach what they owe, and how many days they went."
    )
    icon = "diagram-3"
    filters = ("quarter", "department")

    def rows(self) -> list[DepartmentRow]:
        asked = self.asked
        years = years_of(asked.rule, asked.officers)
        days = tally(asked.window, "served", officer__in=[year.officer.pk for year in years])
        late = late_papers(asked)
        members: dict[int, list[OfficerYear]] = defaultdict(list)
        for year in years:
            for pk in {membership.department_id for membership in year.officer.memberships_of_year}:
                members[pk].append(year)
        nothing = dict.fromkeys(KINDS, 0)
        rows = [
            DepartmentRow(
                department,
                department.name_on(asked.today),
                Members(tuple(members[department.pk])),
                days.get((department.pk,), nothing),
                late[department.pk],
            )
            for department in self._departments()
            if department.pk in members or (department.pk,) in days
        ]
        return sorted(rows, key=lambda row: (row.department.order, fold(row.name), row.department.pk))

    def _departments(self) -> Iterable[Department]:
        """The departments that the reader sees whole - or, without any, those they belonged to, with their own days alone."""
        asked = self.asked
        found = Department.objects.filter(province=asked.rule.province_id).prefetch_related("former_names")
        if asked.department:
            found = found.filter(pk=asked.department.pk)
        if asked.is_wide:
            return found
        led = asked.reader.powers.departments(Role.HEAD, Role.DEPUTY)
        return found.filter(pk__in=led) if led else found.filter(memberships__user=asked.reader).distinct()

    def columns(self) -> Sequence[Column]:
        asked = self.asked

        def officers(**which: str):
            return lambda row: link_to(
                "officers", asked, quarter="", department=row.department, kind="", **which
            )

        def days(kind: str):
            def url(row: DepartmentRow) -> str | None:
                found = {"department": row.department, "kind": kind}
                return link_to("days", asked, **found) if row.days[kind] else None

            return url

        return [
            Column(
                "department",
                _("Department"),
                lambda r: r.name,
                width=34,
                url=officers(),
                is_heading=True,
            ),
            Column("officers", _("Officers"), lambda r: len(r.members.years), "number", 10, url=officers()),
            Column("owing", _("With days to do"), lambda r: r.members.owing, "number", 10),
            Column(
                "met",
                _("Met or exceeded"),
                lambda r: r.members.met,
                "number",
                10,
                url=officers(status="reached"),
                is_key=True,
            ),
            Column("percent", _("Share that met"), lambda r: r.members.percent, "percent", 10, is_key=True),
            Column(
                "mean",
                _("Accepted days on average"),
                lambda r: r.members.mean(r.days["accepted"]),
                "decimal",
                12,
                is_key=True,
            ),
            *(
                Column(
                    kind,
                    KIND_LABELS[kind],
                    lambda r, kind=kind: r.days[kind],
                    "number",
                    10,
                    total=True,
                    url=days(kind),
                    is_key=kind == "accepted",
                )
                for kind in KINDS
            ),
            Column(
                "late",
                _("Late papers"),
                lambda r: r.late,
                "number",
                10,
                total=True,
                url=lambda r: (
                    link_to("papers", asked, department=r.department, status="late") if r.late else None
                ),
                is_key=True,
            ),
        ]

    def totals(self) -> dict[str, Value]:
        """Sums of days and papers; officers once each, though they belonged to two departments."""
        sums = super().totals()
        rows: list[DepartmentRow] = self._rows  # type: ignore[assignment]
        if not rows:
            return {}
        everybody = Members(tuple({y.officer.pk: y for row in rows for y in row.members.years}.values()))
        return {
            **sums,
            "officers": len(everybody.years),
            "owing": everybody.owing,
            "met": everybody.met,
            "percent": everybody.percent,
            "mean": everybody.mean(int(sums["accepted"])),  # type: ignore[call-overload]
        }

    def row_url(self, row: DepartmentRow) -> str:
        return f"{reverse('report', args=['officers'])}?{self.asked.query(department=row.department)}"

    def notes(self) -> Iterable[str]:
        yield _("A day belongs to the department of which the officer was a member on its date.")
        yield _(
            "Officers are those who belonged to the department on a day of the year; whoever changed departments stands in "
            "both, and once in the total. Whether they met what they owe is always told of the whole year."
        )
        yield from sight_note(self.asked)


def late_papers(asked: Asked) -> dict[int, int]:
    """How many papers of the time asked about each department handed in late: plans, results and reports, as far as the
    reader may read them; one query."""
    leads = asked.reader.powers.holds(Role.HEAD, Role.DEPUTY)
    own = not (asked.is_wide or leads)
    found = []
    for step, papers in filed(asked.rule, asked.window, asked.quarter).items():
        way = "visit__" if step == "results" else ""
        if own:
            papers = (
                papers.none()
                if step in BY_DEPARTMENTS
                else papers.filter(**{f"{way}officer": asked.reader.pk})
            )
        found.append(papers.filter(late=True).values_list(f"{way}department"))
    counts = [papers.order_by().annotate(n=Count("pk")) for papers in found]
    late: dict[int, int] = defaultdict(int)
    for department, number in counts[0].union(*counts[1:], all=True):
        late[department] += number
    return late
