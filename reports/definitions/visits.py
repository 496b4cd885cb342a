"""Reports about visits, one by one: as far as the reader may read them whole."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import Visit
from fieldvisits.pages.visits import stage_of, with_stages
from fieldvisits.workflow import VisitState

from ..base import Asked, Column, Report, Value

#: States of a visit that has been decided on.
DECIDED = (VisitState.APPROVED, VisitState.NOT_DONE, VisitState.CANCELLED)


def visits_of(asked: Asked) -> QuerySet[Visit]:
    """The visits decided on that begin in the days asked about, as the reader may read them, narrowed by the usual filters."""
    found = Visit.objects.visible_to(asked.reader).filter(
        quarter__province=asked.rule.province_id, starts__range=asked.window, state__in=DECIDED
    )
    narrowed = {
        "department": asked.department,
        "group": asked.group,
        "unit__level": asked.level,
        "unit": asked.unit,
        "officer": asked.officer,
    }
    return found.filter(**{name: value for name, value in narrowed.items() if value is not None})


class VisitReport(Report):
    """The full list of visits (annex g)."""

    slug = "visits"
    title = gettext_lazy("Visits: the full list")
    about = gettext_lazy("Every visit decided on, with its days and what became of it.")
    icon = "list-ul"
    filters = ("quarter", "department", "status", "group", "level", "officer", "unit")
    statuses = [(state.value, state.label) for state in DECIDED]

    def rows(self) -> QuerySet[Visit]:
        found = visits_of(self.asked)
        if self.asked.status:
            found = found.filter(state=self.asked.status)
        return (
            with_stages(found)
            .select_related("quarter", "quarter__province")
            .annotate(planned_days=Count("days"), done_days=Count("days", filter=Q(days__present=True)))
            .in_order()
        )

    def columns(self) -> Sequence[Column]:
        return [
            Column("starts", _("From"), lambda v: v.starts, "date", 12, order=("starts",), is_heading=True),
            Column("ends", _("Until"), lambda v: v.ends, "date", 12, order=("ends",)),
            Column(
                "officer",
                _("Officer"),
                lambda v: v.officer.full_name,
                width=24,
                order=("officer__sort_name",),
            ),
            Column(
                "department",
                _("Department"),
                lambda v: v.department.name,
                width=26,
                order=("department__name",),
            ),
            Column(
                "unit", _("Host unit"), lambda v: v.unit and v.unit.name, width=30, order=("unit__folded",)
            ),
            Column(
                "level",
                _("Level"),
                lambda v: v.unit and v.unit.get_level_display(),
                width=18,
                order=("unit__level",),
            ),
            Column("group", _("Content group"), lambda v: v.get_group_display(), width=34, order=("group",)),
            Column(
                "content",
                _("What for"),
                lambda v: v.content,
                width=46,
                order=("content",),
                url=lambda v: v.get_absolute_url(),
            ),
            Column("adhoc", _("Ad-hoc"), lambda v: _("yes") if v.is_adhoc else "", width=10, order=("plan",)),
            Column(
                "planned",
                _("Days approved"),
                lambda v: v.planned_days,
                "number",
                10,
                total=True,
                order=("planned_days",),
            ),
            Column(
                "done", _("Days done"), lambda v: v.done_days, "number", 10, total=True, order=("done_days",)
            ),
            Column(
                "accepted",
                _("Days accepted"),
                lambda v: v.counted_days,
                "number",
                10,
                total=True,
                order=("counted_days",),
            ),
            Column("stage", _("Stage"), lambda v: str(stage_of(v).label), width=22),
        ]

    def totals(self) -> dict[str, Value]:
        found = visits_of(self.asked)
        if self.asked.status:
            found = found.filter(state=self.asked.status)
        return found.aggregate(
            planned=Count("days"),
            done=Count("days", filter=Q(days__present=True)),
            accepted=Count("days", filter=Q(days__counted=True)),
        )
