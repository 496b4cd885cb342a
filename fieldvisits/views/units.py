"""Host units: the province's list, one unit, and what the pickers ask for."""

from django.core.paginator import Paginator
from django.db.models import Case, F, Prefetch, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.text import clean

from ..forms.plans import day_in, numbers_in
from ..forms.units import UnitFilter
from ..frame import WORKING
from ..lines import units_to_offer
from ..models import HostUnit, Level, Quarter, UnitAssignment
from ..pages.units import UnitPage

#: Rows of a page.
PAGE = 50

_BY_LEVEL = Case(*(When(level=level, then=Value(n)) for n, level in enumerate(Level.values)))


def _with_keepers(units: QuerySet[HostUnit]) -> QuerySet[HostUnit]:
    """With ``keepers``: who is in charge of each unit today."""
    today = UnitAssignment.objects.on(clock.today()).select_related("officer", "department")
    return units.prefetch_related(Prefetch("assignments", today, to_attr="keepers"))


@require_safe
def unit_list(request: HttpRequest) -> HttpResponse:
    """The units of one's own province: by level, or never visited first."""
    if request.user.province_id is None:
        raise Http404
    works = request.user.powers.holds(*WORKING)
    filters = UnitFilter(request.GET, shows_visits=works)
    today = clock.today()
    units = HostUnit.objects.visible_to(request.user).search(filters.chosen("q") or "")
    if not filters.chosen("former"):
        units = units.on(today)
    if level := filters.chosen("level"):
        units = units.filter(level=level)
    units = _with_keepers(units.annotate(by_level=_BY_LEVEL).select_related("parent"))
    order = ["by_level", F("parent__folded").asc(nulls_first=True), "folded", "pk"]
    if works:
        units = units.with_last_visit()
        if filters.chosen("sort") == "last":
            order = [F("last").asc(nulls_first=True), *order]
    page = Paginator(units.order_by(*order), PAGE).get_page(request.GET.get("page"))
    for unit in page:
        unit.days_since = (today - unit.last).days if works and unit.last else None
        unit.is_former = not unit.holds_on(today)
    context = {"filters": filters, "page": page, "works": works, "filtered": any(request.GET.values())}
    return render(request, "units/list.html", context)


@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """What the picker of a line offers for ``q``: units valid on its days, else on those of its quarter, else today."""
    days = [day for name in ("starts", "ends") if (day := day_in(request.GET.get(name, "")))]
    if not days and (named := numbers_in(request.GET.get("quarter", ""))):
        quarter = Quarter.objects.visible_to(request.user).filter(pk=named[0]).first()
        days = [quarter.starts] if quarter else []
    days = days or [clock.today()]
    text = clean(request.GET.get("q", ""))
    return JsonResponse({"results": units_to_offer(request.user, text, min(days), max(days))})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: whom to call, who is in charge, what was found there, what is still open, what it says of the visits."""
    units = HostUnit.objects.visible_to(request.user).select_related("parent", "province")
    unit = get_object_or_404(units.prefetch_related("successors", "predecessors"), pk=pk)
    page = UnitPage(unit, request.user, request.GET.get("page"))
    return render(request, "units/detail.html", {"unit": unit, "page": page})
