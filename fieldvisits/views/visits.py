"""The visits of a quarter, as far as one may know of them, and the page of one visit."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..forms.quarters import VisitFilter
from ..models import Variance, Visit
from ..pages import planning
from ..pages.visits import ADHOC_VERBS, CHANGE_VERBS, VisitSheet, shown_as, stage_of, with_stages
from ..workflow import VisitState
from .papers import typed_before
from .quarters import quarter_for

#: Rows of a page.
PAGE = 50


@require_safe
def visit_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Who goes where and when, and how far it has come; what for and how far only where one may read the visit."""
    quarter = quarter_for(request, year, number)
    filters = VisitFilter(request.GET, quarter=quarter)
    visits = shown_as(filters.chosen("show") or "", request.user).filter(quarter=quarter)
    if department := filters.chosen("department"):
        visits = visits.filter(department=department)
    if group := filters.chosen("group"):
        visits = visits.filter(group=group)
    if filters.chosen("mine"):
        visits = visits.filter(officer=request.user)
    visits = with_stages(visits).with_readable(request.user)
    page = Paginator(visits.in_order(), PAGE).get_page(request.GET.get("page"))
    for visit in page:
        visit.quarter = quarter
        if visit.is_readable:
            visit.stage = stage_of(visit)
    context = {
        "quarter": quarter,
        "filters": filters,
        "page": page,
        "filtered": any(request.GET.values()),
        "may_register": planning.may_start(request.user),
    }
    return render(request, "visits/list.html", context)


@require_safe
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A visit: what was agreed to, where it stands, what was asked about it, what came of it - or, of a colleague's, who and when."""
    visits = Visit.objects.visible_to(request.user).select_related(
        "quarter__province", "plan", "last_event", "feedback"
    )
    visit = with_stages(visits, requests=False).prefetch_related("companions").filter(pk=pk).first()
    if visit is None:
        return _known(request, pk)
    request.quarter = visit.quarter
    if visit.is_planned_ahead and visit.state in (VisitState.PLANNED, VisitState.STRUCK, VisitState.REFUSED):
        return redirect(visit)  # still a line of its plan
    context = {
        "visit": visit,
        "sheet": VisitSheet(visit, request.user),
        "typed": typed_before(request, visit, "close"),
        "variances": Variance.choices,
        "adhoc_verbs": ADHOC_VERBS,
        "change_verbs": CHANGE_VERBS,
        "breadcrumbs": _crumbs(visit),
    }
    return render(request, "visits/detail.html", context)


def _known(request: HttpRequest, pk: int) -> HttpResponse:
    """A visit one only knows of: who, when, where, which group, and no word more."""
    known = Visit.objects.known_to(request.user).select_related(
        "quarter__province", "officer", "department", "unit"
    )
    visit = get_object_or_404(known, pk=pk)
    request.quarter = visit.quarter
    return render(request, "visits/known.html", {"visit": visit, "breadcrumbs": _crumbs(visit)})


def _crumbs(visit: Visit) -> list[tuple[str, str]]:
    quarter = visit.quarter
    return [
        (str(quarter), quarter.get_absolute_url()),
        (_("Visits"), quarter.url("visit-list")),
        (f"{visit.officer} · {visit.dates_text}", ""),
    ]
