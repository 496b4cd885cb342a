"""The annual report to take away: the Word document and the workbook of each edition, and all that provinces have sent in one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Role
from fieldvisits.models import Event
from fieldvisits.views.papers import number_in

from ..models import AnnualReport, as_read_by
from ..papers.annual import AnnualFacts, annual_document, facts_of, facts_of_edition
from ..papers.form import CONTENT_TYPE as WORD
from ..papers.kinds import file_name
from ..xlsx import CONTENT_TYPE as EXCEL
from ..xlsx.annual import annual_workbook
from ..xlsx.national import national_workbook


def _facts(request: HttpRequest, pk: int, edition: int | None) -> AnnualFacts:
    """What the report says, or one of its editions, if the reader may read it."""
    reports = AnnualReport.objects.visible_to(request.user).select_related("province")
    report = get_object_or_404(reports, pk=pk)
    if edition is None:
        return facts_of(*as_read_by(request.user, [report]))
    chosen = next((e for e in report.editions(request.user) if e.number == edition), None)
    if chosen is None:
        raise Http404
    return facts_of_edition(report, Event.objects.values_list("copy", flat=True).get(pk=chosen.event.pk))


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _written(
    facts: AnnualFacts, write: Callable[[AnnualFacts], bytes], content_type: str, ending: str
) -> HttpResponse:
    return _download(write(facts), content_type, file_name(*facts.names, ending=ending))


@never_cache
@require_safe
def document(request: HttpRequest, pk: int, edition: int | None = None) -> HttpResponse:
    """The report with its annexes as a Word document; a draft is marked as one."""
    return _written(_facts(request, pk, edition), annual_document, WORD, "docx")


@never_cache
@require_safe
def workbook(request: HttpRequest, pk: int, edition: int | None = None) -> HttpResponse:
    """Its figures as a workbook with the reconciliation; a draft is marked as one."""
    return _written(_facts(request, pk, edition), annual_workbook, EXCEL, "xlsx")


@never_cache
@require_safe
def national(request: HttpRequest) -> HttpResponse:
    """For the Central Union: the reports sent on a year, or on all years, in one workbook."""
    if not request.user.powers.holds(Role.CENTRAL):
        raise Http404
    sent = AnnualReport.objects.visible_to(request.user)
    year = number_in(request.GET.get("year", ""))
    chosen = sent.filter(year=year) if year else sent
    if not chosen.exists():
        messages.info(request, _("No province has sent a report on this year."))
        return redirect("annual-report-list")
    name = file_name("trung uong doan", "bao cao cac tinh", year or "cac nam", ending="xlsx")
    return _download(national_workbook(chosen, year, request.user), EXCEL, name)
