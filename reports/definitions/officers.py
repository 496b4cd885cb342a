"""Reports about officers against what they owe (step 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import KINDS, Officer, OfficerYear, tally, years_of
from fieldvisits.models.regime import ROMAN
from fieldvisits.quota import Standing

from ..base import Column, Report, link_to
from ..figures import KIND_LABELS


@dataclass(frozen=True)
class OfficerRow:
    """An officer's year with the days of each kind by quarter, in what is asked about."""

    year: OfficerYear
    department: str
    quarters: dict[str, tuple[int, int, int, int]]

    def days(self, kind: str) -> int:
        return sum(self.quarters[kind])


class OfficerReport(Report):
    """The 60-day check: each officer's days of every kind against what is owed."""

    slug = "officers"
    title = gettext_lazy("60-day check by officer")
    about = gettext_lazy("Who has how many days of each kind, and who reaches what is owed.")
    icon = "person-check"
    filters = ("quarter", "department", "status", "kind")
    statuses = Standing.choices

    def rows(self) -> list[OfficerRow]:
        asked = self.asked
        rule = asked.rule
        years = years_of(rule, Officer.objects.of_year(rule).in_sight_of(asked.reader, rule))
        which = {"served": asked.department.pk} if asked.department else {}
        days = tally(
            asked.window, "officer_id", "date__quarter", officer__in=[y.officer.pk for y in years], **which
        )
        names = self._departments
        rows = []
        for year in years:
            served = sorted(year.officer.memberships_of_year, key=lambda m: (m.valid_from, m.pk))
            if asked.department and all(m.department_id != asked.department.pk for m in served):
                continue
            if asked.status and year.pace.status != asked.status:
                continue
            mine = [days.get((year.officer.pk, number), {}) for number in (1, 2, 3, 4)]
            quarters = {kind: tuple(quarter.get(kind, 0) for quarter in mine) for kind in (*KINDS, "adhoc")}
            where = dict.fromkeys(names.get(m.department_id, "") for m in served)
            rows.append(OfficerRow(year, ", ".join(filter(None, where)), quarters))  # type: ignore[arg-type]
        return rows

    @cached_property
    def _departments(self) -> dict[int, str]:
        return dict(self.asked.rule.province.departments.values_list("pk", "name"))

    def columns(self) -> Sequence[Column]:
        asked = self.asked
        shown = asked.kind or "accepted"

        def days(kind: str, number: int | None = None):
            def url(row: OfficerRow) -> str | None:
                found = row.quarters[kind][number - 1] if number else row.days(kind)
                changes = {"officer": row.year.officer, "kind": kind, "status": ""}
                return link_to("days", asked, **changes, quarter=number or asked.quarter) if found else None

            return url

        numbers = [asked.quarter] if asked.quarter else [1, 2, 3, 4]
        return [
            Column(
                "officer",
                _("Officer"),
                lambda r: r.year.officer.full_name,
                width=24,
                url=self.row_url,
                is_heading=True,
            ),
            Column("department", _("Department"), lambda r: r.department, width=26),
            Column("required", _("Owed"), lambda r: r.year.pace.owed, "number", 8, total=True),
            *(
                Column(
                    f"q{number}",
                    f"{KIND_LABELS[shown]} {ROMAN[number - 1]}",
                    lambda r, number=number: r.quarters[shown][number - 1],
                    "number",
                    10,
                    total=True,
                    url=days(shown, number),
                )
                for number in numbers
            ),
            *(
                Column(
                    kind,
                    KIND_LABELS[kind],
                    lambda r, kind=kind: r.days(kind),
                    "number",
                    10,
                    total=True,
                    url=days(kind),
                )
                for kind in KINDS
            ),
            Column("percent", _("Share"), lambda r: r.year.pace.percent, "percent", 8),
            Column("missing", _("Missing"), lambda r: r.year.pace.missing, "number", 8, total=True),
            Column(
                "expected", _("Expected by today"), lambda r: r.year.pace.expected, "number", 10, total=True
            ),
            Column("projection", _("Projection"), lambda r: r.year.pace.projection, "number", 10, total=True),
            Column("status", _("Status"), lambda r: r.year.pace.status.label, width=16),
            Column(
                "explanation",
                _("How what is owed came about"),
                lambda r: " ".join(r.year.target.explanation),
                width=60,
            ),
        ]

    def row_url(self, row: OfficerRow) -> str:
        return reverse("officer-year", args=[self.asked.rule.year, row.year.officer.pk])

    def notes(self) -> Iterable[str]:
        yield _("Owed, share, missing, expected, projection and status are always those of the whole year.")
