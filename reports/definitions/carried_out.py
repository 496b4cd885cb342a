"""Planned against done: what became of the visits of the plans, and why some were not carried out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import Variance

from ..base import Column, Report, link_to, percent
from ..outcomes import OUTCOMES, moved, with_outcome
from .visits import visits_of

OUTCOME_LABELS = {
    "planned": gettext_lazy("Approved"),
    "reported": gettext_lazy("Reported"),
    "waiting": gettext_lazy("No result yet"),
    "not_done": gettext_lazy("Not carried out"),
    "cancelled": gettext_lazy("Cancelled"),
}


@dataclass
class Carried:
    """Planned visits of a department (of an officer): visits and their planned days by outcome (``OUTCOMES``, "planned": all), how
    many were moved, how many were not carried out for which reason."""

    pk: int
    name: str
    order: tuple
    visits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("planned", *OUTCOMES), 0))
    days: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("planned", *OUTCOMES), 0))
    moved: int = 0
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class CarriedOutReport(Report):
    """Planned against done, by department or officer; ad-hoc visits are told of apart."""

    slug = "carried-out"
    title = gettext_lazy("Planned against done")
    about = gettext_lazy(
        "What became of the visits that were planned and approved, and why some were not carried out."
    )
    icon = "check2-square"
    filters = ("quarter", "by", "department", "group", "level")

    def rows(self) -> list[Carried]:
        return self._sums

    @cached_property
    def _sums(self) -> list[Carried]:
        """Two queries: one for the sums, one for those that were moved."""
        by = self.asked.by or "department"
        name, order = {
            "department": ("department__name", ("department__order", "department__name")),
            "officer": ("officer__full_name", ("officer__sort_name",)),
        }[by]
        planned = visits_of(self.asked).filter(plan__isnull=False).order_by()
        sums: dict[int, Carried] = {}
        keys = (by, name, *order)
        for pk, label, *rest in (
            with_outcome(planned)
            .values_list(*keys, "outcome", "variance")
            .annotate(visits=Count("pk", distinct=True), days=Count("days"))
        ):
            *place, outcome, reason, visits, days = rest
            row = sums.setdefault(pk, Carried(pk, label, (*place, pk)))
            for kind in ("planned", outcome):
                row.visits[kind] += visits
                row.days[kind] += days
            if outcome == "not_done":
                row.reasons[reason] += visits
        for pk, count in planned.filter(moved()).values_list(by).annotate(n=Count("pk")):
            sums[pk].moved = count
        return sorted(sums.values(), key=lambda row: row.order)

    def _behind(self, row: Carried, **changes) -> str:
        narrowed = {"by": "", "status": "", "origin": "plan", self.asked.by or "department": row.pk}
        return link_to("visits", self.asked, **narrowed | changes)

    def columns(self) -> Sequence[Column]:
        asked = self.asked
        reasons = {reason for row in self._sums for reason in row.reasons}

        def visits(outcome: str):
            status = "" if outcome == "planned" else outcome

            def url(row: Carried) -> str | None:
                return self._behind(row, status=status) if row.visits[outcome] else None

            return url

        first = Column(
            "name",
            _("Officer") if asked.by else _("Department"),
            lambda r: r.name,
            width=28,
            sort_by=lambda r: r.order,
            url=(lambda r: reverse("officer-year", args=[asked.rule.year, r.pk])) if asked.by else None,
            is_heading=True,
        )
        pairs = (
            (
                Column(
                    outcome,
                    OUTCOME_LABELS[outcome],
                    lambda r, outcome=outcome: r.visits[outcome],
                    "number",
                    10,
                    total=True,
                    url=visits(outcome),
                    is_key=outcome in ("planned", "reported", "not_done"),
                ),
                Column(
                    f"{outcome}_days",
                    _("days"),
                    lambda r, outcome=outcome: r.days[outcome],
                    "number",
                    8,
                    total=True,
                ),
            )
            for outcome in OUTCOME_LABELS
        )
        return [
            first,
            *(column for pair in pairs for column in pair),
            Column(
                "share",
                _("Reported, %"),
                lambda r: percent(r.visits["reported"], r.visits["planned"]),
                "percent",
                10,
                is_key=True,
            ),
            Column(
                "moved",
                _("Moved"),
                lambda r: r.moved,
                "number",
                9,
                total=True,
                url=lambda r: self._behind(r, status="moved") if r.moved else None,
            ),
            *(
                Column(
                    f"reason_{reason.value}",
                    reason.label,
                    lambda r, reason=reason: r.reasons.get(reason.value, 0),
                    "number",
                    12,
                    total=True,
                    url=lambda r, reason=reason: (
                        self._behind(r, status="not_done", variance=reason.value)
                        if r.reasons.get(reason.value)
                        else None
                    ),
                )
                for reason in Variance
                if reason.value in reasons
            ),
        ]

    def totals(self) -> dict:
        found = super().totals()
        if found:
            found["share"] = percent(found["reported"], found["planned"])
        return found

    def notes(self) -> Iterable[str]:
        yield _(
            "Visits of the plans that begin in the period, with the days they were approved for; ad-hoc visits are told of apart."
        )
        yield _(
            "Without a result yet are also those that still lie ahead. Moved: to other days or another unit, by an agreed change."
        )
        if any(row.reasons for row in self._sums):
            yield _("The last columns say why visits were not carried out.")
