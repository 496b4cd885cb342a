"""An officer's year: how the number is made, day by day, and the annual sheet made of it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..frame import show_year
from ..models import Officer, YearRule
from ..pages.years import sheets_of, year_of
from .papers import number_in


def _found(request: HttpRequest, year: int, pk: int) -> tuple[YearRule, Officer]:
    """The rule of the year and the officer, as far as the reader may know of them."""
    rules = YearRule.objects.visible_to(request.user).select_related("province")
    rule = get_object_or_404(rules, year=year)
    officer = get_object_or_404(Officer.objects.in_sight_of(request.user, rule), pk=pk)
    show_year(request, rule)
    return rule, officer


def _crumbs(rule: YearRule, officer: Officer) -> list[tuple[str, str]]:
    name = _("Year %(year)d") % {"year": rule.year}
    return [
        (name, reverse("year", args=[rule.year])),
        (str(officer), reverse("officer-year", args=[rule.year, officer.pk])),
    ]


@require_safe
def officer_year(request: HttpRequest, year: int, pk: int) -> HttpResponse:
    """How the number is made: what is owed, what counts, and every day of the year with the reason where it does not."""
    rule, officer = _found(request, year, pk)
    context = {
        "page": year_of(officer, rule, request.user),
        "officer": officer,
        "rule": rule,
        "is_own": officer.pk == request.user.pk,
        "breadcrumbs": _crumbs(rule, officer),
    }
    return render(request, "years/officer.html", context)


@require_safe
def annual_sheet(request: HttpRequest, year: int, pk: int) -> HttpResponse:
    """The annual sheet for the yearly evaluation: one for each department served, or the one that ``?department=`` names."""
    rule, officer = _found(request, year, pk)
    every = sheets_of(officer, rule, request.user)
    sheets = every
    if wanted := request.GET.get("department", ""):
        sheets = [sheet for sheet in every if sheet.department.pk == number_in(wanted)]
        if not sheets:
            raise Http404
    context = {
        "sheets": sheets,
        "every": every,
        "chosen": bool(wanted),
        "officer": officer,
        "rule": rule,
        "breadcrumbs": [*_crumbs(rule, officer), (_("Annual sheet"), "")],
    }
    return render(request, "years/sheet.html", context)
