"""Days, one by one: what every number of days leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import Officer, VisitDay, day_kinds
from fieldvisits.models.visits import ContentGroup

from ..base import Column, Report


class DayReport(Report):
    """The days of one kind, a row for each day of each visit: the rows that make a number."""

    slug = "days"
    title = gettext_lazy("Day by day")
    about = gettext_lazy("Every day of a kind: who was where, on which visit.")
    icon = "calendar3"
    filters = ("quarter", "month", "department", "kind", "group", "level", "officer", "unit")

    def rows(self) -> QuerySet[VisitDay]:
        asked = self.asked
        officers = Officer.objects.of_year(asked.rule).in_sight_of(asked.reader, asked.rule)
        narrowed = {
            "visit__group": asked.group,
            "visit__unit__level": asked.level,
            "visit__unit": asked.unit,
            "officer": asked.officer,
            "served": asked.department and asked.department.pk,
        }
        return (
            VisitDay.objects.with_served()
            .filter(
                day_kinds(asked.window, prefix="")[asked.kind or "accepted"],
                officer__in=officers.values("pk"),
            )
            .filter(**{name: value for name, value in narrowed.items() if value is not None})
            .select_related("officer", "visit__unit", "visit__department")
            .order_by("date", "officer__sort_name", "pk")
        )

    def columns(self) -> Sequence[Column]:
        return [
            Column("date", _("Day"), lambda d: d.date, "date", 12, order=("date",), is_heading=True),
            Column(
                "officer",
                _("Officer"),
                lambda d: d.officer.full_name,
                width=24,
                order=("officer__sort_name",),
            ),
            Column(
                "department",
                _("Department"),
                lambda d: d.visit.department.name,
                width=26,
                order=("visit__department__name",),
            ),
            Column(
                "unit",
                _("Host unit"),
                lambda d: d.visit.unit and d.visit.unit.name,
                width=30,
                order=("visit__unit__folded",),
            ),
            Column(
                "group",
                _("Content group"),
                lambda d: ContentGroup(d.visit.group).label,
                width=34,
                order=("visit__group",),
            ),
            Column(
                "content",
                _("What for"),
                lambda d: d.visit.content,
                width=46,
                order=("visit__content",),
                url=lambda d: d.visit.get_absolute_url(),
            ),
            Column(
                "adhoc",
                _("Ad-hoc"),
                lambda d: _("yes") if d.visit.plan_id is None else "",
                width=10,
                order=("visit__plan",),
            ),
        ]

    def notes(self) -> Iterable[str]:
        rows = self._rows
        days = rows.order_by().values_list("officer", "date").distinct().count()
        yield _("%(days)d days; a date of an officer on two visits counts once.") % {"days": days}
