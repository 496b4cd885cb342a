"""The year of a province at a glance, and the provinces side by side."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.models import Role
from fieldvisits.frame import WORKING, quarter_of, show_year
from fieldvisits.models import YearRule

from ..base import Asked
from ..dashboards import comparison_of, lateness_chart, year_board


@require_safe
def year(request: HttpRequest, year: int) -> HttpResponse:
    """The year of the province as far as the reader may see it, and its two reports."""
    if not request.user.powers.holds(*WORKING):
        raise Http404
    rules = YearRule.objects.visible_to(request.user).select_related("province")
    rule = get_object_or_404(rules, year=year)
    show_year(request, rule)
    board = year_board(rule, request.user, request.GET.get("standing", ""))
    context = {"board": board, "page": board.own, "rule": rule, "today": clock.today()}
    return render(request, "reports/year.html", {**context, "quarter": quarter_of(request)})


@require_safe
def lateness(request: HttpRequest, year: int) -> HttpResponse:
    """The panel of what is late and missing by step: fetched by the page of the year, as it reads the papers of four quarters."""
    if not request.user.powers.holds(*WORKING):
        raise Http404
    rule = get_object_or_404(YearRule.objects.visible_to(request.user).select_related("province"), year=year)
    return render(request, "reports/_lateness.html", {"chart": lateness_chart(Asked(request.user, rule))})


@require_safe
def comparison(request: HttpRequest, year: int) -> HttpResponse:
    """For the Central Union: the provinces that have sent their report on the year."""
    if not request.user.powers.holds(Role.CENTRAL):
        raise Http404
    found = comparison_of(request.user, year, request.GET.get("sort", ""))
    return render(request, "reports/comparison.html", {"comparison": found})
