"""Step 3: the Standing Committee's meeting, line by line, and its decision as a paper."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import is_part

from .. import permissions
from ..forms.meeting import RecordForm, ReturnForm, VerdictForm
from ..models import Decision, DepartmentPlan, NotNow, OfficerPlan, Quarter, Refused, Visit
from ..models.decisions import OUTSIDER
from ..pages.agenda import Minutes, Screen, Waiting
from ..workflow import DecisionState
from .papers import keep_typed, number_in, seen_in, typed_before
from .quarters import quarter_for

#: Refused for what was typed, or because somebody was faster: the page comes back with everything typed.
REFUSED, CONFLICT = 422, 409


def _decision(request: HttpRequest, pk: int) -> Decision:
    found = Decision.objects.visible_to(request.user).select_related("quarter__province", "opened_by")
    decision = get_object_or_404(found, pk=pk)
    request.quarter = decision.quarter
    return decision


def _number_in(request: HttpRequest, name: str) -> int | None:
    return number_in(request.GET.get(name, ""))


def _at(decision: Decision, paper: DepartmentPlan | None, line: int | None = None) -> str:
    """The meeting's page with a department plan open, at one of its lines."""
    address = decision.quarter.url("meeting")
    if paper is not None:
        address += f"?department={paper.pk}"
    return address + (f"#line-{line}" if line else "")


def _show(request: HttpRequest, screen: Screen, status: int = 200) -> HttpResponse:
    decision = screen.decision
    context = {
        "screen": screen,
        "decision": decision,
        "quarter": decision.quarter,
        "record": RecordForm(instance=decision, initial=typed_before(request, decision, "close")),
        "was": {name: decision.fingerprint(name) for name in RecordForm.Meta.fields},
        "breadcrumbs": _crumbs(decision.quarter),
    }
    return render(request, "meeting/meeting.html", context, status=status)


def _crumbs(quarter: Quarter) -> list[tuple[str, str]]:
    return [(capfirst(str(quarter)), quarter.get_absolute_url()), (_("Standing Committee"), "")]


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The meeting in progress, or what waits for one; posting starts it."""
    quarter = quarter_for(request, year, number)
    if not list(permissions.committee(request.user.powers, quarter)):
        raise PermissionDenied(OUTSIDER)
    if request.method == "POST":
        try:
            Decision.objects.start(quarter, by=request.user.powers)
        except NotNow as refusal:
            messages.error(request, str(refusal))
        return redirect(quarter.url("meeting"))
    decision = Decision.objects.in_progress(quarter)
    if decision is None:
        context = {"waiting": Waiting(quarter), "quarter": quarter, "breadcrumbs": _crumbs(quarter)}
        return render(request, "meeting/waiting.html", context)
    decision.quarter = quarter
    screen = Screen(decision, request.user.powers, _number_in(request, "department"))
    opened = _number_in(request, "amend")
    row = screen.line(opened) if opened else None
    if row:
        row.form.opened = "amend"
    return _show(request, screen)


@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Mark one line, change the mark or take it back; asked for, the line with the form for its changes open."""
    decision = _decision(request, pk)
    lines = Visit.objects.visible_to(request.user).select_related("plan__department_plan", "unit")
    visit = get_object_or_404(lines, pk=line, quarter=decision.quarter)
    paper = visit.plan.department_plan
    if request.method != "POST":
        form = VerdictForm(decision, visit, decision.marks.filter(visit=visit).first(), opened="amend")
        if not is_part(request):
            return redirect(
                f"{decision.quarter.url('meeting')}?department={paper.pk if paper else 0}&amend={line}"
            )
        return _answer(request, decision, visit, form, 200)
    form = VerdictForm(decision, visit, data=request.POST)
    try:
        done = form.is_valid() and form.save(by=request.user.powers, seen=seen_in(request))
        status = 200 if done else REFUSED
    except Refused as refusal:
        form.refuse(str(refusal))
        status = CONFLICT
    if status == 200 and not is_part(request):
        return redirect(_at(decision, paper, line))
    return _answer(request, decision, visit, None if status == 200 else form, status)


def _answer(
    request: HttpRequest, decision: Decision, visit: Visit, form: VerdictForm | None, status: int
) -> HttpResponse:
    """The line as it stands, alone or on its page, and ``form`` with everything typed."""
    paper = visit.plan.department_plan
    screen = Screen(decision, request.user.powers, paper and paper.pk, {visit.pk: form} if form else {})
    if not is_part(request):
        if decision.state != DecisionState.DRAFT:
            messages.error(request, " ".join(form.problems) if form else "")
            return redirect(decision)
        return _show(request, screen, status)
    context = {
        "screen": screen,
        "decision": decision,
        "row": screen.line(visit.pk),
        "visit": visit,
        "form": form,
    }
    return render(request, "meeting/_answer.html", context, status=status)


@require_POST
def rest(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """Agree to every line of a department plan that is not marked yet, and say what was left."""
    decision = _decision(request, pk)
    paper = get_object_or_404(
        DepartmentPlan.objects.visible_to(request.user), pk=plan, quarter=decision.quarter
    )
    try:
        agreed, own = decision.agree_to_rest(paper, by=request.user.powers, seen=seen_in(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_at(decision, paper))
    messages.success(request, _agreed(agreed))
    row = next(row for row in decision.table if row.plan.pk == paper.pk)
    if own:
        messages.warning(request, _own(own))
    if row.left > own:
        messages.warning(request, _unsound(row.left - own))
    return redirect(_at(decision, paper))


def _agreed(count: int) -> str:
    return ngettext("Agreed to %(count)d line.", "Agreed to %(count)d lines.", count) % {"count": count}


def _own(count: int) -> str:
    return ngettext(
        "%(count)d line was left: another member decides on it.",
        "%(count)d lines were left: another member decides on them.",
        count,
    ) % {"count": count}


def _unsound(count: int) -> str:
    return ngettext(
        "%(count)d line was left: its unit does not exist on these days. Change it or strike it.",
        "%(count)d lines were left: their units do not exist on these days. Change them or strike them.",
        count,
    ) % {"count": count}


@require_POST
def give_back(request: HttpRequest, pk: int, kind: str, paper: int) -> HttpResponse:
    """Mark a department plan, or one officer's plan, to be returned with a comment; or take that back."""
    decision = _decision(request, pk)
    models = {model.flow.kind: model for model in (DepartmentPlan, OfficerPlan)}
    if kind not in models:
        raise Http404
    found = get_object_or_404(
        models[kind].objects.visible_to(request.user), pk=paper, quarter=decision.quarter
    )
    form = ReturnForm(request.POST)
    try:
        if "take_back" in request.POST:
            decision.take_back_return(found, by=request.user.powers)
        elif form.is_valid():
            decision.return_paper(found, form.cleaned_data["comment"], by=request.user.powers)
        else:
            messages.error(request, f"{found}: {' '.join(form.errors['comment'])}")
            keep_typed(request, found, "send_back")
    except Refused as refusal:
        messages.error(request, str(refusal))
        keep_typed(request, found, "send_back")
    return redirect(_at(decision, found if kind == DepartmentPlan.flow.kind else found.department_plan))


@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the record as typed so far: the fields that are posted."""
    decision = _decision(request, pk)
    form = RecordForm(request.POST, instance=decision)
    problem, status = "", 200
    try:
        if form.is_valid():
            form.save(by=request.user.powers)
        else:
            status = REFUSED
            problem = " ".join(
                f"{form.fields[n].label}: {' '.join(e)}" for n, e in form.errors.items() if n in form.fields
            )
    except Refused as refusal:
        problem, status = str(refusal), CONFLICT
    decision.refresh_from_db()  # the form has written into it
    if is_part(request):
        names = [name for name in RecordForm.Meta.fields if name in request.POST]
        context = {"problem": problem, "was": {name: decision.fingerprint(name) for name in names}}
        return render(request, "meeting/_saved.html", context, status=status)
    if problem:
        messages.error(request, problem)
        keep_typed(request, decision, "close")
    else:
        messages.success(request, _("The record is saved."))
    return redirect(_at(decision, None))


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The decision as a paper; one still in preparation is the meeting itself."""
    decision = _decision(request, pk)
    if decision.state == DecisionState.DRAFT:
        return redirect(decision.quarter.url("meeting"))
    context = {
        "decision": decision,
        "quarter": decision.quarter,
        "minutes": Minutes(decision, request.user),
        "may_number": any(a.transition.verb == "number" for a in decision.actions(request.user.powers)),
        "typed": typed_before(request, decision, "number"),
        "breadcrumbs": [*_crumbs(decision.quarter)[:1], (_("Decision"), "")],
    }
    return render(request, "meeting/decision.html", context)
