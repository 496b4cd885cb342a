"""Step 7: the year's report to begin, to write, to decide on, to send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role

from ...models import Quarter
from ...workflow import ANNUAL_REPORT, AnnualReportState
from ..gathering import Found
from .reports import ASKED_FOR
from .rows import Rows
from .tasks import Tap, Task


class AnnualTasks(Rows):
    """What waits once a report's day has come (``YearRule.annual_dues``), until the year's final report has been sent."""

    def _annual(self) -> Iterator[tuple[str, Task]]:
        found: dict[int, dict[str, Found]] = {}
        for row in self.rows.get(ANNUAL_REPORT.kind, ()):
            found.setdefault(row.number or 0, {})[row.text or ""] = row
        # the last quarter of each year stands for it
        for year, quarter in {q.year: q for q in self.all.values()}.items():
            reports = found.get(year, {})
            final = reports.get("final")
            if final is not None and final.state == AnnualReportState.SENT:
                continue
            for version, due in self.rules[year].annual_dues.items():
                row = reports.get(version)
                if due > self.today:
                    continue
                if row is not None:
                    yield from self._annual_report(row, quarter, due)
                elif version == "final" or final is None:
                    yield from self._annual_to_begin(version, quarter, due)

    def _annual_to_begin(self, version: str, quarter: Quarter, due: date) -> Iterator[tuple[str, Task]]:
        """For as long as other reports that nobody has begun are asked for."""
        if self._writes_annual() and self.today <= due + timedelta(days=ASKED_FOR):
            url = reverse("annual-report-start", args=[quarter.year, version])
            yield (
                "annual",
                Task(
                    _name(version),
                    quarter,
                    reverse("year", args=[quarter.year]) + "#reports-title",
                    7,
                    hint=_("Not begun"),
                    since=due,
                    due=due,
                    late=(self.today - due).days,
                    tap=Tap(url, _("Begin the report"), "start"),
                    year=quarter.year,
                ),
            )

    def _annual_report(self, row: Found, quarter: Quarter, due: date) -> Iterator[tuple[str, Task]]:
        url = reverse("annual-report-detail", args=[row.pk])
        more = {"due": due, "late": (self.today - due).days, "year": quarter.year}
        if row.state == AnnualReportState.DRAFT and self._writes_annual():
            hint = row.comment or _("Draft, not sent yet")
            since = row.since or due
            yield (
                "annual",
                self._task(row, quarter, _name(row.text), url, 7, hint=hint, **more | {"since": since}),
            )
        verbs = row.rows(self.powers)
        if "approve" in verbs:
            yield "annual_approve", self._task(row, quarter, _name(row.text), url, 7, **more)
        if "send" in verbs:
            hint = _("Approved, not sent yet")
            yield "annual_send", self._task(row, quarter, _name(row.text), url, 7, hint=hint, **more)

    def _writes_annual(self) -> bool:
        return self.powers.holds(Role.COORDINATOR, Role.RESULTS_DESK)


def _name(version: str | None) -> str:
    return _("Final report") if version == "final" else _("Provisional report")
