"""Reports about officers against what they owe (step 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from fieldvisits.models import KINDS, OfficerYear, tally, years_of
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


#: The standings that reach what is owed, as one choice.
REACHED = (Standing.MET, Standing.EXCEEDED)
#: From the best to the worst, as the column of standings is sorted.
RANKS = {standing: rank for rank, standing in enumerate(Standing)}


class OfficerReport(Report):
    """The 60-day check: each officer's days of every kind against what is owed."""

    slug = "officers"
    title = gettext_lazy("60-day check by officer")
    about = gettext_lazy("Who has how many days of each kind, and who reaches what is owed.")
    icon = "person-check"
    filters = ("quarter", "department", "status", "kind")
    statuses = [("reached", gettext_lazy("Met or exceeded")), *Standing.choices]

    def rows(self) -> list[OfficerRow]:
        asked = self.asked
        years = years_of(asked.rule, asked.officers)
        which = {"served": asked.department.pk} if asked.department else {}
        days = tally(
            asked.window, "officer_id", "date__quarter", officer__in=[y.officer.pk for y in years], **which
        )
        rows = []
        for year in years:
            served = sorted(year.officer.memberships_of_year, key=lambda m: (m.valid_from, m.pk))
            if asked.department and all(m.department_id != asked.department.pk for m in served):
                continue
            if not self._is_asked(year.pace.status):
                continue
            mine = [days.get((year.officer.pk, number), {}) for number in (1, 2, 3, 4)]
            quarters = {kind: tuple(quarter.get(kind, 0) for quarter in mine) for kind in (*KINDS, "adhoc")}
            where = dict.fromkeys(self._departments.get(m.department_id, "") for m in served)
            rows.append(OfficerRow(year, ", ".join(filter(None, where)), quarters))  # type: ignore[arg-type]
        return rows

    def _is_asked(self, standing: Standing) -> bool:
        match self.asked.status:
            case None:
                return True
            case "reached":
                return standing in REACHED
            case status:
                return standing == status

    @cached_property
    def _departments(self) -> dict[int, str]:
        return dict(self.asked.rule.province.departments.values_list("pk", "name"))

    def columns(self) -> Sequence[Column]:
        shown = self.asked.kind or "accepted"
        quarters = () if self.asked.quarter else (1, 2, 3, 4)
        return [
            Column(
                "officer",
                _("Officer"),
                lambda r: r.year.officer.full_name,
                width=20,
                url=self.row_url,
                is_heading=True,
                sort_by=lambda r: r.year.officer.sort_name,
            ),
            Column("department", _("Department"), lambda r: r.department, width=20),
            Column("required", _("Owed"), lambda r: r.year.pace.owed, "number", 7, total=True, is_key=True),
            *(self._quarter(shown, number) for number in quarters),
            *(self._days(kind) for kind in KINDS),
            *([self._days(shown)] if shown not in KINDS else ()),
            Column("percent", _("Share"), lambda r: r.year.pace.percent, "percent", 7, is_key=True),
            Column(
                "missing", _("Missing"), lambda r: r.year.pace.missing, "number", 7, total=True, is_key=True
            ),
            Column(
                "status",
                _("Status"),
                lambda r: r.year.pace.status.label,
                width=12,
                sort_by=lambda r: RANKS[r.year.pace.status],
                state=lambda r: r.year.pace.status,
                is_key=True,
            ),
            *(() if self._is_over else self._ahead()),
            Column(
                "explanation",
                _("How what is owed came about"),
                lambda r: " ".join(r.year.target.explanation),
                width=40,
                is_long=True,
            ),
        ]

    @property
    def _is_over(self) -> bool:
        return clock.today() > self.asked.rule.window_to

    def _ahead(self) -> list[Column]:
        """What is still to come: nothing to say of a year that is over."""
        return [
            Column(
                "expected", _("Expected by today"), lambda r: r.year.pace.expected, "number", 8, total=True
            ),
            Column("projection", _("Projection"), lambda r: r.year.pace.projection, "number", 8, total=True),
            Column("pace", _("Needed a week"), lambda r: r.year.pace.per_week, "decimal", 8),
        ]

    def _quarter(self, kind: str, number: int) -> Column:
        def url(row: OfficerRow) -> str | None:
            return self._behind(row, kind, quarter=number) if row.quarters[kind][number - 1] else None

        roman = ROMAN[number - 1]
        return Column(
            f"q{number}",
            _("Quarter %(number)s") % {"number": roman}
            if kind == "accepted"
            else f"{KIND_LABELS[kind]} {roman}",
            lambda r: r.quarters[kind][number - 1],
            "number",
            8,
            total=True,
            url=url,
        )

    def _days(self, kind: str) -> Column:
        return Column(
            kind,
            KIND_LABELS[kind],
            lambda r: r.days(kind),
            "number",
            8,
            total=True,
            url=lambda r: self._behind(r, kind) if r.days(kind) else None,
            is_key=kind == "accepted",
        )

    def _behind(self, row: OfficerRow, kind: str, **narrower: int) -> str:
        changes = {"officer": row.year.officer, "kind": kind, "status": "", **narrower}
        return link_to("days", self.asked, **changes)

    def row_url(self, row: OfficerRow) -> str:
        return reverse("officer-year", args=[self.asked.rule.year, row.year.officer.pk])

    def notes(self) -> Iterable[str]:
        owing = [row for row in self._rows if not row.year.target.is_exempt]
        met = sum(row.year.pace.status in REACHED for row in owing)
        yield _("Met or exceeded by %(met)d of the %(owing)d officers shown who have days to do.") % {
            "met": met,
            "owing": len(owing),
        }
        if self._is_over:
            yield _("Owed, share, missing and status are always those of the whole year.")
        else:
            yield _(
                "Owed, share, missing, status, expected, projection and pace are always those of the whole year."
            )
