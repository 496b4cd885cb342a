"""The visits of a quarter, as far as one may know of them."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..forms.quarters import VisitFilter
from ..models import Visit
from ..workflow import VisitState
from .quarters import quarter_for

#: Rows of a page.
PAGE = 50


@require_safe
def visit_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Who goes where and when; what for only where one may read the plan."""
    quarter = quarter_for(request, year, number)
    filters = VisitFilter(request.GET, quarter=quarter)
    visits = Visit.objects.known_to(request.user).filter(quarter=quarter)
    if filters.chosen("show") != "all":
        visits = visits.filter(state=VisitState.APPROVED)
    if department := filters.chosen("department"):
        visits = visits.filter(department=department)
    if group := filters.chosen("group"):
        visits = visits.filter(group=group)
    if filters.chosen("mine"):
        visits = visits.filter(officer=request.user)
    readable = Visit.objects.visible_to(request.user).filter(pk=OuterRef("pk"))
    visits = visits.annotate(readable=Exists(readable)).select_related(
        "officer", "department", "unit", "plan"
    )
    page = Paginator(visits.in_order(), PAGE).get_page(request.GET.get("page"))
    context = {
        "quarter": quarter,
        "filters": filters,
        "page": page,
        "filtered": any(request.GET.values()),
        "shows_states": filters.chosen("show") == "all",
    }
    return render(request, "visits/list.html", context)


@require_safe
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404
