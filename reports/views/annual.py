"""Step 7: the year of a province and its report to the Central Union."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.models import Role, User
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
    context = {
        "page": page,
        "years": years,
        "chosen": chosen,
        "is_central": is_central,
        "begins": _year_to_report(request.user),
    }
    return render(request, "reports/list.html", context)


def _year_to_report(user: User) -> int | None:
    """The last year begun that has a rule: on its page whoever writes the reports begins them; None for everybody else."""
    if not user.powers.holds(Role.COORDINATOR, Role.RESULTS_DESK):
        return None
    rules = YearRule.objects.visible_to(user).filter(year__lte=clock.today().year)
    return rules.aggregate(Max("year"))["year__max"]


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
    [report] = as_read_by(request.user, [report])
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
    if writes:
        form = form or texts_form(report, form=SectionsForm)
    context = {
        "report": report,
        "at_home": at_home,
        "differences": differences(report.figures, now) if report.is_frozen and at_home else (),
        "form": form,
        "parts": _parts(form, report, figures, request.user) if form else (),
        "send": next(iter(report.actions(powers, ["send"])), None),
        "typed": typed_before(request, report, "send"),
        "editions": report.editions(request.user),
        "here": report.get_absolute_url(),
        "breadcrumbs": _crumbs(report, at_home),
        **_printed(report, {name: getattr(report, name) for name in SECTIONS}, figures),
    }
    return render(request, "reports/detail.html", context, status=status)


@dataclass(frozen=True)
class Offer:
    """A text that can be taken over into a section: ``key`` is its id on the page."""

    key: str
    title: str
    icon: str
    text: str


def _parts(
    form: TextsForm, report: AnnualReport, figures: dict[str, Any], reader: User
) -> list[tuple[BoundField, list[Offer]]]:
    """The sections to write, each with the texts offered for it: made of the figures, or as the provisional report has it that was
    approved before the final one."""
    before = None
    if report.version == Version.FINAL:
        earlier = AnnualReport.objects.visible_to(reader).frozen().defer("figures")
        before = earlier.filter(
            province=report.province_id, year=report.year, version=Version.PROVISIONAL
        ).first()
    parts = []
    for field in form.texts:
        offers = []
        if field.name == "results":
            title = _("Propose a text from the figures")
            offers.append(Offer("proposal", title, "magic", proposed_text(figures)))
        if before is not None and (text := getattr(before, field.name)):
            title = _("The text of the provisional report")
            offers.append(Offer(f"before-{field.name}", title, "clock-history", text))
        parts.append((field, offers))
    return parts


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
