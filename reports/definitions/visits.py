"""Reports about visits, one by one: as far as the reader may read them whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import Visit, VisitResult
from fieldvisits.models.days import REPORTED
from fieldvisits.pages.visits import Stage, stage_of, with_stages
from fieldvisits.workflow import VisitState

from ..base import Asked, Column, Report
from ..base import Value as CellValue
from ..outcomes import OUTCOMES, counted, moved, quarters_around
from ..timeliness import overdue_results, unanswered
from .units import units_meant

#: What the list of visits can be narrowed to; numbers of other reports lead to some of it.
STATUSES = {
    "approved": VisitState.APPROVED.label,
    "counted": gettext_lazy("with accepted days"),
    "reported": gettext_lazy("result reported"),
    "late": gettext_lazy("result reported late"),
    "waiting": gettext_lazy("no result yet"),
    "overdue": gettext_lazy("result overdue"),
    "unanswered": gettext_lazy("no answer of the unit"),
    "moved": gettext_lazy("moved to other days or another unit"),
    "not_done": VisitState.NOT_DONE.label,
    "cancelled": VisitState.CANCELLED.label,
}


def narrowed(asked: Asked, rows: QuerySet[Any], path: str = "") -> QuerySet[Any]:
    """``rows`` about visits of the province, narrowed by the usual filters; ``path`` is the way to the visit, with its underscores."""
    values = {
        "department": asked.department,
        "group": asked.group,
        "unit__level": asked.level,
        "unit__in": units_meant(asked),
        "officer": asked.officer,
        "variance": asked.variance,
        "plan__isnull": None if asked.origin is None else asked.origin == "adhoc",
    }
    rows = rows.filter(**quarters_around(asked.rule, f"{path}quarter__"))
    return rows.filter(**{path + name: value for name, value in values.items() if value is not None})


def visits_of(asked: Asked) -> QuerySet[Visit]:
    """The visits decided on that begin in the days asked about, as the reader may read them, narrowed by the usual filters."""
    found = Visit.objects.visible_to(asked.reader).decided().filter(starts__range=asked.window)
    return narrowed(asked, found)


def visits_listed(asked: Asked) -> QuerySet[Visit]:
    """``visits_of`` with the filter "status" (``STATUSES``). Those with accepted days are found by these days, not by when they
    begin."""
    match asked.status:
        case None:
            return visits_of(asked)
        case "counted":
            return narrowed(asked, Visit.objects.visible_to(asked.reader)).filter(counted(asked.window))
        case "approved":
            return visits_of(asked).filter(state=VisitState.APPROVED)
        case "moved":
            return visits_of(asked).filter(moved())
        case "late":
            return visits_of(asked).filter(result__late=True, result__submitted_on__isnull=False)
        case "overdue":
            return visits_of(asked).filter(overdue_results(asked.rule))
        case "unanswered":
            return visits_of(asked).filter(unanswered())
        case status:
            return visits_of(asked).filter(OUTCOMES[status])


def stage_in(asked: Asked, visit: Visit) -> Stage:
    """Where the visit stands; its quarter is told the rule at hand, so that no row asks for it."""
    if visit.quarter.year == asked.rule.year:
        visit.quarter.rule = asked.rule
    return stage_of(visit)


def staged(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """With what a row of a visit shows, by date: ``planned_days``, ``done_days`` (ticked), ``counted_days``, the stage."""
    return (
        with_stages(visits)
        .select_related("quarter", "quarter__province")
        .annotate(planned_days=Count("days"), done_days=Count("days", filter=Q(days__present=True)))
        .in_order()
    )


def stage_column(asked: Asked) -> Column:
    """Where a visit ``staged`` stands."""
    return Column(
        "stage",
        _("Stage"),
        lambda visit: str(stage_in(asked, visit).label),
        width=22,
        state=lambda visit: stage_in(asked, visit),
        is_key=True,
    )


def days_column(name: str, title: str, of: str, *, is_key: bool = False) -> Column:
    """A number of days of a visit ``staged``: its attribute ``of``."""
    return Column(name, title, attrgetter(of), "number", 10, total=True, order=(of,), is_key=is_key)


def visit_columns(path: str = "") -> dict[str, Column]:
    """The columns that say which visit a row is about; ``path`` is the way from the row to it, with its underscores."""
    step = path.rstrip("_")

    def of(row):
        return getattr(row, step) if step else row

    return {
        "starts": Column(
            "starts",
            _("From"),
            lambda r: of(r).starts,
            "date",
            12,
            order=(f"{path}starts",),
            is_heading=True,
            url=lambda r: of(r).get_absolute_url(),
        ),
        "ends": Column("ends", _("Until"), lambda r: of(r).ends, "date", 12, order=(f"{path}ends",)),
        "officer": Column(
            "officer",
            _("Officer"),
            lambda r: of(r).officer.full_name,
            width=24,
            order=(f"{path}officer__sort_name",),
            is_key=True,
        ),
        "department": Column(
            "department",
            _("Department"),
            lambda r: of(r).department.name,
            width=26,
            order=(f"{path}department__name",),
        ),
        "unit": Column(
            "unit",
            _("Host unit"),
            lambda r: of(r).unit and of(r).unit.name,
            width=30,
            order=(f"{path}unit__folded",),
            is_key=True,
        ),
        "level": Column(
            "level",
            _("Level"),
            lambda r: of(r).unit and of(r).unit.get_level_display(),
            width=18,
            order=(f"{path}unit__level",),
        ),
        "group": Column(
            "group",
            _("Content group"),
            lambda r: of(r).get_group_display(),
            width=34,
            order=(f"{path}group",),
        ),
        "content": Column(
            "content",
            _("What for"),
            lambda r: of(r).content,
            width=46,
            order=(f"{path}content",),
            url=lambda r: of(r).get_absolute_url(),
        ),
    }


def _reported(visit: Visit) -> VisitResult | None:
    """Its result once it is out of the officer's hands."""
    result = getattr(visit, "result", None)
    return result if result is not None and result.state in REPORTED else None


def parts_in_words(result: VisitResult | None) -> str:
    """Which of the two parts around the activity are filled in ("đi trước, về sau")."""
    match bool(result and result.helped_before), bool(result and result.review_after):
        case True, True:
            return _("before and after")
        case True, False:
            return _("only before")
        case False, True:
            return _("only after")
    return ""


class VisitReport(Report):
    """The full list of visits (annex g)."""

    slug = "visits"
    title = gettext_lazy("Visits: the full list")
    about = gettext_lazy("Every visit decided on, with its days and what became of it.")
    icon = "list-ul"
    filters = (
        "quarter",
        "department",
        "status",
        "group",
        "level",
        "origin",
        "officer",
        "unit",
        "family",
        "variance",
    )
    statuses = tuple(STATUSES.items())

    def rows(self) -> QuerySet[Visit]:
        return staged(visits_listed(self.asked))

    def columns(self) -> Sequence[Column]:
        asked, about = self.asked, visit_columns()
        return [
            about["starts"],
            about["ends"],
            about["officer"],
            about["unit"],
            about["content"],
            stage_column(asked),
            days_column("planned", _("Days approved"), "planned_days"),
            days_column("done", _("Days done"), "done_days"),
            days_column("accepted", _("Days accepted"), "counted_days", is_key=True),
            Column("adhoc", _("Ad-hoc"), lambda v: _("yes") if v.is_adhoc else "", width=10, order=("plan",)),
            about["group"],
            about["department"],
            about["level"],
            Column(
                "reason",
                _("Reason"),
                lambda v: v.get_variance_display() if v.variance else "",
                width=22,
                order=("variance",),
            ),
            Column(
                "reported",
                _("Reported on"),
                lambda v: result.submitted_on if (result := _reported(v)) else None,
                "date",
                12,
            ),
            Column(
                "late",
                _("Late"),
                lambda v: _("yes") if (result := _reported(v)) and result.late else "",
                width=8,
            ),
            Column("parts", _("Before, after"), lambda v: parts_in_words(_reported(v)), width=16),
        ]

    def totals(self) -> dict[str, CellValue]:
        return visits_listed(self.asked).aggregate(
            planned=Count("days"),
            done=Count("days", filter=Q(days__present=True)),
            accepted=Count("days", filter=Q(days__counted=True)),
        )

    def notes(self) -> Iterable[str]:
        yield _(
            "Visits belong to the period in which they begin; those with accepted days to that of the days."
        )
