"""Ad-hoc visits: outside the plan, by a request of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldvisits.models import AdHocRequest, Event, Visit, tally
from fieldvisits.workflow import AdHocState

from ..base import Column, Report, Value
from .days import which_days
from .visits import days_column, narrowed, stage_column, staged, visit_columns, visits_of


class AdHocReport(Report):
    """Ad-hoc visits: who asked, who agreed and when, and their share of all visits and days (annex e)."""

    slug = "adhoc"
    title = gettext_lazy("Ad-hoc visits and their share")
    about = gettext_lazy("Visits outside the plan: who agreed, when, and whether before departure.")
    icon = "lightning"
    filters = ("quarter", "department", "status", "group", "level", "officer", "unit")
    statuses = (
        *((s.value, s.label) for s in AdHocState if s != AdHocState.DRAFT),
        ("late", gettext_lazy("consented to late")),
    )

    def _found(self) -> QuerySet[Visit]:
        requests = AdHocRequest.objects.visible_to(self.asked.reader).exclude(state=AdHocState.DRAFT)
        if self.asked.status == "late":
            requests = requests.filter(state=AdHocState.CONSENTED, late=True)
        elif self.asked.status:
            requests = requests.filter(state=self.asked.status)
        found = Visit.objects.filter(adhoc__in=requests, starts__range=self.asked.window)
        return narrowed(self.asked, found)

    def rows(self) -> QuerySet[Visit]:
        return staged(self._found()).select_related(
            "quarter__province",
            "officer",
            "department",
            "unit",
            "result",
            "adhoc__agreed_by",
            "adhoc__last_event__actor",
        )

    def columns(self) -> Sequence[Column]:
        about = visit_columns()
        return [
            about["starts"],
            about["ends"],
            about["officer"],
            about["unit"],
            about["content"],
            days_column("planned", _("Days asked for"), "planned_days"),
            days_column("accepted", _("Days accepted"), "counted_days"),
            Column("agreed_by", _("Who agreed"), _who_agreed, width=24),
            Column("agreed_on", _("Agreed on"), _agreed_on, "date", 12),
            Column(
                "late",
                _("Late"),
                lambda v: _("yes") if v.adhoc.late else "",
                width=8,
                order=("adhoc__late",),
                is_key=True,
            ),
            stage_column(self.asked),
            Column(
                "asked",
                _("Asked on"),
                lambda v: v.adhoc.submitted_on,
                "date",
                12,
                order=("adhoc__submitted_on",),
            ),
            Column(
                "how",
                _("How"),
                _how_agreed,
                width=14,
                order=("adhoc__agreed_how",),
            ),
            about["group"],
            about["department"],
        ]

    def totals(self) -> dict[str, Value]:
        return self._found().aggregate(
            planned=Count("days"), accepted=Count("days", filter=Q(days__counted=True))
        )

    def notes(self) -> Iterable[str]:
        """The share of ad-hoc visits among all that were decided on, and of their days among the accepted ones, of what is asked
        whatever became of the requests."""
        asked = self.asked
        visits = visits_of(asked).aggregate(all=Count("pk"), adhoc=Count("pk", filter=Q(plan=None)))
        days = tally(asked.window, **which_days(asked)).get((), {"accepted": 0, "adhoc": 0})
        yield _(
            "Ad-hoc are %(visits)d of %(all)d visits decided on (%(share)s %%) "
            "and %(days)d of %(accepted)d accepted days (%(part)s %%)."
        ) % {
            "visits": visits["adhoc"],
            "all": visits["all"],
            "share": share(visits["adhoc"], visits["all"]),
            "days": days["adhoc"],
            "accepted": days["accepted"],
            "part": share(days["adhoc"], days["accepted"]),
        }
        yield _("Late: registered, consented to, or moved by a change agreed to, after departure.")


def share(part: int, whole: int) -> str:
    """Per cent to one place, rounded down, as ad-hoc visits are few; "0,0" of nothing."""
    return str(number_format((1000 * part // whole) / 10 if whole else 0, 1))


def _consent(visit: Visit) -> Event | None:
    """The move by which a request was consented to."""
    request = visit.adhoc
    return request.last_event if request.state == AdHocState.CONSENTED else None


def _is_claimed(visit: Visit) -> bool:
    """Whether the officer has named who agreed, and that member has not said so yet."""
    return visit.adhoc.state == AdHocState.TO_CONFIRM


def _who_agreed(visit: Visit) -> str:
    """Who consented; whom the officer names while that waits for the member's own word; nobody where it was denied."""
    if _is_claimed(visit):
        return _("%(name)s, according to the officer") % {"name": visit.adhoc.agreed_by.full_name}
    event = _consent(visit)
    if event is None:
        return ""
    return (visit.adhoc.agreed_by or event.actor).full_name


def _agreed_on(visit: Visit) -> date | None:
    event = _consent(visit)
    if event is None and not _is_claimed(visit):
        return None
    at = visit.adhoc.agreed_at or (event.at if event else None)
    return timezone.localdate(at) if at else None


def _how_agreed(visit: Visit) -> str:
    return visit.adhoc.get_agreed_how_display() if _is_claimed(visit) or _consent(visit) else ""
