"""Step 6: the quarter reports of officers and departments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock

from ..forms.written import TextsForm, texts_form
from ..models import DepartmentReport, Quarter, QuarterReport, Refused
from ..models.written import Written
from ..pages import quarter_reports as pages
from ..pages.department_papers import departments_open_to
from .quarters import quarter_for
from .written import keep_texts


def _crumbs(quarter: Quarter, last: str) -> list[tuple[str, str]]:
    return [
        (capfirst(str(quarter)), quarter.get_absolute_url()),
        (_("Quarter reports"), quarter.url("quarter-report-list")),
        (last, ""),
    ]


@require_safe
def report_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Whose report stands where; one's own on top."""
    quarter = quarter_for(request, year, number)
    context = {
        "quarter": quarter,
        "shown": pages.report_list(quarter, request.user),
        "breadcrumbs": [*_crumbs(quarter, "")[:1], (_("Quarter reports"), "")],
    }
    return render(request, "quarter_reports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Open one's own report; POST begins it."""
    quarter = quarter_for(request, year, number)
    found = QuarterReport.objects.filter(quarter=quarter, officer=request.user).first()
    if found:
        return redirect(found)
    if request.method == "POST":
        try:
            return redirect(QuarterReport.objects.start(request.user, quarter))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("quarter-report-list", year, number)
    title = _("My report on %(quarter)s") % {"quarter": quarter}
    return _start(request, quarter, title, request.path)


def _start(request: HttpRequest, quarter: Quarter, title: str, action: str) -> HttpResponse:
    context = {
        "quarter": quarter,
        "title": title,
        "action": action,
        "ahead": quarter.starts > clock.today(),
        "breadcrumbs": _crumbs(quarter, title),
    }
    return render(request, "quarter_reports/start.html", context)


def _officers_report(request: HttpRequest, pk: int) -> QuarterReport:
    papers = QuarterReport.objects.visible_to(request.user).select_related(
        "quarter__province", "officer", "department", "last_event__actor"
    )
    return _stand_in_its_quarter(request, get_object_or_404(papers, pk=pk))


def _stand_in_its_quarter(request: HttpRequest, report: Any) -> Any:
    """Let the frame show the report's quarter; a report one sees is of one's own province, which is known with it."""
    request.quarter, request.user.province = report.quarter, report.quarter.province
    return report


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """An officer's report: what the papers say, and what the officer says."""
    return _show_officers(request, _officers_report(request, pk))


def _show_officers(
    request: HttpRequest, report: QuarterReport, form: TextsForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "report": report,
        "sheet": pages.officer_sheet(report, request.user),
        "breadcrumbs": _crumbs(report.quarter, str(report.officer)),
        **_writing(request, report, form),
    }
    return render(request, "quarter_reports/officer.html", context, status=status)


def _writing(request: HttpRequest, report: Written, form: TextsForm | None) -> dict[str, Any]:
    """The form for whoever may write now, else the texts; what was typed stays in it when it could not be saved."""
    writes = report.is_editable and report.may_be_written_by(request.user.powers)
    return {
        "form": form or (texts_form(report) if writes else None),
        "said": [(report._meta.get_field(name).verbose_name, getattr(report, name)) for name in report.texts],
        "here": report.get_absolute_url(),
    }


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the officer has typed so far."""
    report = _officers_report(request, pk)
    return keep_texts(request, report, texts_form(report, request.POST), _show_officers)


# --- The department -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def department_open(request: HttpRequest, year: int, number: int, pk: int) -> HttpResponse:
    """Open the department's report; POST by one of its leaders begins it."""
    quarter = quarter_for(request, year, number)
    department = get_object_or_404(departments_open_to(request.user), pk=pk)
    found = DepartmentReport.objects.filter(quarter=quarter, department=department)
    if report := found.visible_to(request.user).first():
        return redirect(report)
    if request.method == "POST":
        try:
            return redirect(DepartmentReport.objects.start(quarter, department, by=request.user.powers))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("quarter-report-list", year, number)
    if not DepartmentReport(quarter=quarter, department=department).may_be_written_by(request.user.powers):
        raise Http404
    title = _("Report of %(department)s, %(quarter)s") % {"department": department, "quarter": quarter}
    return _start(request, quarter, title, request.path)


def _departments_report(request: HttpRequest, pk: int) -> DepartmentReport:
    papers = (
        DepartmentReport.objects.visible_to(request.user)
        .select_related("quarter__province", "department", "sent_by", "last_event__actor")
        .prefetch_related("department__former_names")
    )
    return _stand_in_its_quarter(request, get_object_or_404(papers, pk=pk))


@require_safe
def department_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A department's report: compiled figures, what its officers say, what its leaders make of it."""
    return _show_departments(request, _departments_report(request, pk))


def _show_departments(
    request: HttpRequest, report: DepartmentReport, form: TextsForm | None = None, status: int = 200
) -> HttpResponse:
    sheet = pages.department_sheet(report, request.user)
    context = {
        "report": report,
        "sheet": sheet,
        "breadcrumbs": _crumbs(report.quarter, sheet.name),
        **_writing(request, report, form),
    }
    return render(request, "quarter_reports/department.html", context, status=status)


@require_POST
def department_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the department's leaders have typed so far."""
    report = _departments_report(request, pk)
    return keep_texts(request, report, texts_form(report, request.POST), _show_departments)
