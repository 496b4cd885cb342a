"""Days, one by one: what every number of days leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.text import fold
from fieldvisits.models import Visit, VisitDay, day_kinds
from fieldvisits.models.visits import ContentGroup

from ..base import Asked, Column, Report
from .units import units_meant


def which_days(asked: Asked) -> dict[str, object]:
    """What narrows days to what is asked, as lookups of VisitDay beside the dates (``served`` is the department on the date): the
    officers in the reader's sight and the usual filters.

    The officers by their keys, not by a query within the query: few of many, so the database looks for their days only.
    """
    narrowed = {
        "served": asked.department and asked.department.pk,
        "visit__group": asked.group,
        "visit__unit__level": asked.level,
        "visit__unit__in": units_meant(asked),
        "officer": asked.officer,
    }
    which = {name: value for name, value in narrowed.items() if value is not None}
    return which | {"officer__in": list(asked.officers.values_list("pk", flat=True))}


class DayReport(Report):
    """The days of one kind, a row for each day of each visit: the rows that make a number.

    Sums hold days of visits that are not approved, or were given up, too; here such a day is told to whoever may read the visit, and
    what a visit was for is nobody else's either (domain section 1).
    """

    slug = "days"
    title = gettext_lazy("Day by day")
    about = gettext_lazy("Every day of a kind: who was where, on which visit.")
    icon = "calendar3"
    filters = ("quarter", "month", "department", "kind", "group", "level", "officer", "unit", "family")

    def _found(self) -> QuerySet[VisitDay]:
        """Every day of what is asked, as sums count them."""
        asked = self.asked
        kind = day_kinds(asked.window, prefix="")[asked.kind or "accepted"]
        return VisitDay.objects.with_served().filter(kind, **self._which)

    @cached_property
    def _which(self) -> dict[str, object]:
        return which_days(self.asked)

    def rows(self) -> QuerySet[VisitDay]:
        reader = self.asked.reader
        readable = Visit.objects.readable(reader, "visit__")
        content = Case(When(readable, then=F("visit__content")), default=Value(""))
        return (
            self._found()
            .filter(Q(counted=True) | Visit.objects.known(reader, "visit__"))
            .select_related("officer", "visit__unit")
            .annotate(place=self._place(), content=content)
            .order_by("date", "officer__sort_name", "pk")
        )

    @cached_property
    def _departments(self) -> dict[int, str]:
        """Names of the province's departments, in alphabetical order."""
        found = self.asked.rule.province.departments.values_list("pk", "name")
        return dict(sorted(found, key=lambda row: (fold(row[1]), row[0])))

    def _place(self) -> Case:
        """Where the department on the date stands in the alphabet."""
        places = [When(served=pk, then=place) for place, pk in enumerate(self._departments)]
        return Case(*places, default=len(places), output_field=IntegerField())

    def columns(self) -> Sequence[Column]:
        return [
            Column("date", _("Day"), lambda d: d.date, "date", 12, order=("date",), is_heading=True),
            Column(
                "officer",
                _("Officer"),
                lambda d: d.officer.full_name,
                width=20,
                order=("officer__sort_name",),
                url=lambda d: reverse("officer-year", args=[self.asked.rule.year, d.officer_id]),
                is_key=True,
            ),
            Column(
                "department",
                _("Department"),
                lambda d: self._departments.get(d.served),
                width=20,
                order=("place",),
            ),
            Column(
                "unit",
                _("Host unit"),
                lambda d: d.visit.unit and d.visit.unit.name,
                width=24,
                order=("visit__unit__folded",),
                url=lambda d: d.visit.unit and d.visit.unit.get_absolute_url(),
                is_key=True,
            ),
            Column(
                "group",
                _("Content group"),
                lambda d: d.visit.group and ContentGroup(d.visit.group).label,
                width=24,
                order=("visit__group",),
            ),
            Column(
                "content",
                _("What for"),
                lambda d: d.content,
                width=40,
                order=("content",),
                url=lambda d: d.visit.get_absolute_url(),
                is_key=True,
            ),
            Column(
                "adhoc",
                _("Ad-hoc"),
                lambda d: _("yes") if d.visit.plan_id is None else "",
                width=8,
                order=("visit__plan",),
            ),
            Column(
                "counts",
                _("Counts"),
                lambda d: _("yes") if d.counted else d.get_not_counted_display(),
                width=14,
                order=("counted", "not_counted"),
            ),
            Column("confirmed", _("Confirmed by host"), _confirmed, width=12, order=("confirmed",)),
        ]

    @cached_property
    def left_out(self) -> int:
        """Days the sums count and the list does not show: of visits that are not approved, or no longer stand, which the reader may
        not know of."""
        if self.asked.kind not in ("registered", "approved"):
            return 0  # of every other kind all visits are known
        return _dates(self._found()) - _dates(self._rows)

    def notes(self) -> Iterable[str]:
        days = _dates(self._rows)
        yield _("%(days)d days; a date of an officer on two visits counts once.") % {"days": days}
        if hidden := self.left_out:
            yield ngettext(
                "%(count)d more day is of a visit that is not approved or no longer stands, which only those who decide on it read.",
                "%(count)d more days are of visits that are not approved or no longer stand, which only those who decide on them read.",
                hidden,
            ) % {"count": hidden}


def _dates(days: QuerySet[VisitDay]) -> int:
    """Different dates of each officer."""
    return days.order_by().values_list("officer", "date").distinct().count()


def _confirmed(day: VisitDay) -> str:
    """What the host unit said of the day; nothing while it has said nothing."""
    if day.confirmed is None:
        return ""
    return _("yes") if day.confirmed else _("no")
