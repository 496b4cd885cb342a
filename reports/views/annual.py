"""Step 7: the year of a province and its report to the Central Union."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from fieldvisits.forms.written import TextsForm, texts_form
from fieldvisits.frame import show_year
from fieldvisits.models import Event, Refused, YearRule
from fieldvisits.views.papers import number_in, typed_before
from fieldvisits.views.written import keep_texts

from ..differences import differences
from ..figures import headline, proposed_text, tables
from ..forms import SectionsForm
from ..models import SECTIONS, AnnualReport, Version, as_read_by

#: Rows of a page: the last report of every province of a year.
PAGE = 100


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """The province's reports over the years; for the Central Union those that provinces have sent, on the last year at first."""
    reports = AnnualReport.objects.visible_to(request.user)
    years = list(reports.order_by("-year").values_list("year", flat=True).distinct())
    is_central = request.user.powers.holds(Role.CENTRAL)
    asked = request.GET.get("year", "")
    chosen = number_in(asked)
    if chosen not in years:
        chosen = years[0] if years and is_central and asked != "all" else None
    if chosen:
        reports = reports.filter(year=chosen)
    rows = reports.with_totals().order_by("-year", "province__name", "-version")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    page.object_list = as_read_by(request.user, page.object_list)
    context = {"page": page, "years": years, "chosen": chosen, "is_central": is_central}
    return render(request, "reports/list.html", context)


@require_POST
def start(request: HttpRequest, year: int, version: str) -> HttpResponse:
    """Begin one of the year's two reports, or open it when it is there."""
    rules = YearRule.objects.visible_to(request.user).select_related("province")
    rule = get_object_or_404(rules, year=year)
    if version not in Version.values:
        raise Http404
    try:
        report = AnnualReport.objects.start(rule.province, year, version, by=request.user.powers)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("year", year)
    return redirect(report)


def _found(request: HttpRequest, pk: int) -> AnnualReport:
    papers = AnnualReport.objects.visible_to(request.user)
    report = get_object_or_404(papers.select_related("province", "last_event__actor"), pk=pk)
    as_read_by(request.user, [report])
    if report.province_id == request.user.province_id:
        show_year(request, report.rule)
    return report


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The report: its figures, its text, what may be done with it, what has changed since it was approved."""
    return _show(request, _found(request, pk))


def _show(
    request: HttpRequest, report: AnnualReport, form: TextsForm | None = None, status: int = 200
) -> HttpResponse:
    at_home = request.user.province_id == report.province_id
    powers = request.user.powers
    now = report.compiled() if at_home else report.figures
    figures = report.figures if report.is_frozen else now
    writes = report.is_editable and report.may_be_written_by(powers)
    context = {
        "report": report,
        "at_home": at_home,
        "differences": differences(report.figures, now) if report.is_frozen and at_home else (),
        "form": form or (texts_form(report, form=SectionsForm) if writes else None),
        "proposal": proposed_text(figures) if writes else "",
        "send": next(iter(report.actions(powers, ["send"])), None),
        "typed": typed_before(request, report, "send"),
        "editions": report.editions(request.user),
        "here": report.get_absolute_url(),
        "breadcrumbs": _crumbs(report, at_home),
        **_printed(report, {name: getattr(report, name) for name in SECTIONS}, figures),
    }
    return render(request, "reports/detail.html", context, status=status)


def _printed(report: AnnualReport, texts: dict[str, str], figures: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of an edition, and its print, which is Vietnamese in every language."""
    with override("vi"):
        paper = {
            "sections": [(str(report._meta.get_field(n).verbose_name), t) for n, t in texts.items()],
            # the visits one by one fill twenty sheets: they come with the paper that is downloaded
            "tables": [table for table in tables(figures) if table.rows and table.key != "visits"],
        }
    return {
        "figures": figures,
        "headline": headline(figures),
        "tables": tables(figures),
        "sections": [(report._meta.get_field(n).verbose_name, t) for n, t in texts.items()],
        "paper": paper,
    }


def _crumbs(report: AnnualReport, at_home: bool, *more: tuple[str, str]) -> list[tuple[str, str]]:
    crumbs = [(_("Annual reports"), reverse("annual-report-list"))]
    if at_home:
        crumbs.insert(0, (_("Year %(year)d") % {"year": report.year}, reverse("year", args=[report.year])))
    return [*crumbs, (str(report), report.get_absolute_url()), *more]


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is typed into the sections so far; without scripts the page again, with everything typed, when it is refused."""
    report = _found(request, pk)
    return keep_texts(request, report, texts_form(report, request.POST, SectionsForm), _show)


@require_safe
def edition(request: HttpRequest, pk: int, edition: int) -> HttpResponse:
    """An edition as it was approved, and sent, whatever became of the report since."""
    report = _found(request, pk)
    chosen = next((e for e in report.editions(request.user) if e.number == edition), None)
    if chosen is None:
        raise Http404
    copy = Event.objects.values_list("copy", flat=True).get(pk=chosen.event.pk)
    at_home = request.user.province_id == report.province_id
    context = {
        "report": report,
        "edition": chosen,
        "copy": copy,
        "dated": copy.get("dated") and date.fromisoformat(copy["dated"]),
        "is_current": report.is_frozen and report.edition == edition,
        "breadcrumbs": _crumbs(
            report, at_home, (_("Edition %(number)d") % {"number": edition}, request.path)
        ),
        **_printed(report, {name: copy[name] for name in SECTIONS}, copy["figures"]),
    }
    return render(request, "reports/edition.html", context)
