"""The reports: a list of them, each as a page and as the same workbook."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.text import fold
from fieldvisits.frame import WORKING, quarter_of, show_year
from fieldvisits.models import YearRule
from fieldvisits.views.papers import number_in

from ..base import MOST, Report
from ..definitions import REPORTS
from ..filters import ReportFilter
from ..xlsx import CONTENT_TYPE, write_report

#: Bytes of a workbook kept in memory while it is written; more go to a temporary file.
IN_MEMORY = 2_000_000


def _asked(request: HttpRequest, slug: str) -> tuple[Report, ReportFilter]:
    """The report for the reader, narrowed by the address's query; 404 for who sees no paper."""
    if slug not in REPORTS or not request.user.powers.holds(*WORKING):
        raise Http404
    report, (rule, rules) = REPORTS[slug], _rule(request)
    form = ReportFilter(request.GET, report=report, reader=request.user, rule=rule, rules=rules)
    return report(form.asked()), form


def _rule(request: HttpRequest) -> tuple[YearRule, list[YearRule]]:
    """The year asked for, else the one of the quarter at hand, else the province's last; and all of them, latest first."""
    rules = list(YearRule.objects.visible_to(request.user).select_related("province").order_by("-year"))
    if not rules:
        raise Http404
    wanted = number_in(request.GET.get("year", ""))
    if wanted is None:
        quarter = quarter_of(request)
        wanted = quarter.year if quarter else clock.today().year
    begun = [rule for rule in rules if rule.window_from <= clock.today()] or rules
    rule = next((rule for rule in rules if rule.year == wanted), begun[0])
    show_year(request, rule)
    return rule, rules


@require_safe
def report_index(request: HttpRequest) -> HttpResponse:
    """Which reports there are."""
    if not request.user.powers.holds(*WORKING):
        raise Http404
    rule, rules = _rule(request)
    context = {"reports": list(REPORTS.values()), "rule": rule, "rules": rules}
    return render(request, "reports/index.html", context)


@require_safe
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """One report: its filters, a page of its rows, its totals."""
    asked, form = _asked(request, slug)
    page = asked.page(request.GET.get("page"))
    context = {
        "report": asked,
        "form": form,
        "followed": form.followed(asked.asked),
        "narrowed": asked.is_narrowed,
        "words": form.in_words(asked.asked),
        "page": page,
        "can_show_all": page.has_other_pages() and page.paginator.count <= MOST,
        "lines": [asked.cells(row) for row in page],
        "totals": asked.total_cells,
        "rule": asked.asked.rule,
        "today": clock.today(),
        "workbook": f"{reverse('report-workbook', args=[slug])}?{asked.asked.query()}",
        "breadcrumbs": [
            (
                _("Year %(year)d") % {"year": asked.asked.rule.year},
                reverse("year", args=[asked.asked.rule.year]),
            ),
            (_("Reports"), f"{reverse('report-index')}?year={asked.asked.rule.year}"),
            (str(asked.title), ""),
        ],
    }
    return render(request, "reports/report.html", context)


@never_cache
@require_safe
def report_workbook(request: HttpRequest, slug: str) -> FileResponse:
    """The same question as a workbook with every row."""
    asked, form = _asked(request, slug)
    stream = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_report(asked, stream, form.in_words(asked.asked))
    stream.seek(0)
    name = slugify(fold(f"{asked.asked.rule.province} {asked.title} {form.period(asked.asked)}"))[:120]
    return FileResponse(stream, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)
