"""Step 2: the head's board, sending up, the coordinator's desk of department plans."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Department

from ..forms.departments import RemarkForm, SendForm
from ..models import DepartmentPlan, Quarter, Refused, Visit
from ..pages.department_board import board_of, dispatch_of
from ..pages.department_papers import departments_open_to, desk_of_papers, paper_view
from .papers import back_to
from .quarters import quarter_for


def _board(
    request: HttpRequest, quarter: Quarter, department: Department, form: SendForm | None = None
) -> HttpResponse:
    shown = board_of(quarter, department, request.user)
    here = reverse("department-board", args=[quarter.year, quarter.number, department.pk])
    context = {
        "board": shown,
        "quarter": quarter,
        "here": here,
        "breadcrumbs": _crumbs(quarter, (shown.name, "")),
    }
    if shown.leads:
        context["dispatch"] = dispatch = dispatch_of(shown, request.user.powers)
        context["form"] = form or SendForm(quarter, department, request.user.powers, dispatch.paper)
    return render(request, "departments/board.html", context)


def _crumbs(quarter: Quarter, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(capfirst(str(quarter)), quarter.get_absolute_url()), *more]


@require_safe
def board(request: HttpRequest, year: int, number: int, pk: int) -> HttpResponse:
    """The head's board: every member, the calendar, consolidation; read-only for the province's desks."""
    quarter = quarter_for(request, year, number)
    return _board(request, quarter, get_object_or_404(departments_open_to(request.user), pk=pk))


@require_POST
def send(request: HttpRequest, year: int, number: int, pk: int) -> HttpResponse:
    """Send what the department has agreed on to the coordinator; refused, the board comes back with everything typed."""
    quarter = quarter_for(request, year, number)
    department = get_object_or_404(departments_open_to(request.user), pk=pk)
    form = SendForm(quarter, department, request.user.powers, data=request.POST)
    if not form.is_allowed:
        raise PermissionDenied(_("Only the leaders of the department send its plan up."))
    try:
        if form.is_valid():
            form.send()
            messages.success(request, _("The department plan has been sent to the coordinator."))
            return redirect("department-board", year, number, pk)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return _board(request, quarter, department, form)


@require_safe
def plan_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The coordinator's desk: the department plans of the quarter, and the departments that have sent nothing."""
    quarter = quarter_for(request, year, number)
    desk = desk_of_papers(quarter, request.user)
    if desk is None:
        raise Http404
    context = {"desk": desk, "quarter": quarter, "breadcrumbs": _crumbs(quarter, (_("Department plans"), ""))}
    return render(request, "departments/plan_list.html", context)


@require_safe
def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A department plan as a paper: what it holds, where it is, what happened to it."""
    papers = DepartmentPlan.objects.visible_to(request.user).select_related(
        "quarter__province", "department", "sent_by", "last_event__actor", "last_event__on_behalf_of"
    )
    paper = get_object_or_404(papers.prefetch_related("department__former_names"), pk=pk)
    request.quarter = paper.quarter
    crumbs = _crumbs(
        paper.quarter,
        (_("Department plans"), paper.quarter.url("department-plan-list")),
        (paper.department.name, ""),
    )
    context = {"view": paper_view(paper, request.user), "paper": paper, "breadcrumbs": crumbs}
    return render(request, "departments/plan_detail.html", context)


@require_POST
def remark_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A comment on one line of a plan, for its officer to read."""
    found = (
        Visit.objects.visible_to(request.user)
        .exclude(plan=None)
        .select_related("plan__officer", "plan__department", "quarter__province", "unit", "officer")
    )
    line = get_object_or_404(found, pk=pk)
    request.quarter = line.quarter
    form = RemarkForm(line, request.user.powers, data=request.POST)
    if not form.is_allowed:
        raise PermissionDenied(
            _("Nobody comments on their own lines; the department's leaders and those above do.")
        )
    if form.is_valid():
        form.save()
        messages.success(request, _("The comment stands at the line; its officer sees it."))
        return back_to(request, line.get_absolute_url())
    return render(request, "departments/remark.html", {"form": form, "line": line, "plan": line.plan})
