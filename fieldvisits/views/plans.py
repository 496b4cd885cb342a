"""Step 1: the plans of a quarter, one's own plan line by line, and the paper it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.models import Department, Role

from .. import lines, permissions
from ..forms.plans import LineForm, colleagues_of, typed_in, typed_of, units_of
from ..models import NotNow, OfficerPlan, Quarter, Refused, Stale, Visit
from ..pages import planning
from ..pages.planning import Conflict, DraftSheet, PaperSheet
from ..workflow import OFFICER_PLAN
from .papers import seen_in
from .quarters import quarter_for


@require_safe
def plan_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The plans of the quarter one may read, by department and given name."""
    quarter = quarter_for(request, year, number)
    powers = request.user.powers
    plans = (
        OfficerPlan.objects.visible_to(request.user)
        .of(quarter)
        .with_counts()
        .select_related("officer", "department", "last_event", "quarter__province")
        .order_by("department__order", "department__name", "department", "officer__sort_name", "officer")
    )
    everything = list(plans)
    departments = {plan.department_id: plan.department for plan in everything}
    states = {plan.state: plan.current.label for plan in everything}
    chosen = {name: request.GET.get(name, "") for name in ("department", "state")}
    shown = [
        plan
        for plan in everything
        if chosen["department"] in ("", str(plan.department_id)) and chosen["state"] in ("", plan.state)
    ]
    led = powers.departments(Role.HEAD, Role.DEPUTY)
    context = {
        "quarter": quarter,
        "own": next((plan for plan in everything if plan.officer_id == request.user.pk), None),
        "may_start": planning.may_start(request.user),
        "why_closed": quarter.why_closed(),
        "groups": [(d, list(rows)) for d, rows in groupby(shown, key=lambda plan: plan.department)],
        "departments": departments,
        "states": [(s.code, s.label) for s in OFFICER_PLAN.states if s.code in states],
        "chosen": chosen,
        "total": len(everything),
        "boards": Department.objects.filter(pk__in=led, province=quarter.province_id).order_by(
            "order", "name"
        ),
        "reads_departments": powers.holds(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE),
        "breadcrumbs": [(_("My work"), "/"), (str(quarter), quarter.get_absolute_url()), (_("Plans"), "")],
    }
    return render(request, "plans/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The way to one's own plan: GET leads there or invites to start it, POST starts it."""
    quarter = quarter_for(request, year, number)
    if request.method == "POST":
        try:
            return redirect(OfficerPlan.objects.start(request.user, quarter))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(quarter.url("plan-mine"))
    plan = OfficerPlan.objects.filter(quarter=quarter, officer=request.user).first()
    if plan:
        return redirect(plan)
    context = {
        "quarter": quarter,
        "why_closed": quarter.why_closed(),
        "may_start": planning.may_start(request.user),
        "breadcrumbs": _crumbs(quarter, _("My plan")),
    }
    return render(request, "plans/start.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan: to be typed by its officer, else as the paper it is."""
    plan = visible_plan(request, pk=pk)
    if planning.is_open_to(request.user, plan):
        return _draft_page(request, DraftSheet(plan, request.user))
    context = {"plan": plan, "sheet": PaperSheet(plan, request.user), "breadcrumbs": _crumbs_of(plan)}
    return render(request, "plans/paper.html", context)


@require_POST
def line_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A new line; with ``undo`` the line removed last."""
    try:
        with transaction.atomic():
            plan = locked_plan(request, pk=pk)
            if "undo" in request.POST:
                line = lines.bring_back(plan, _last_removed(request, plan))
            else:
                line = lines.add_blank(plan)
    except Refused as refusal:
        return refused(request, refusal, pk=pk)
    return answer(request, plan, focus=line)


@require_POST
def lines_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines of an earlier quarter, moved by whole weeks."""
    try:
        with transaction.atomic():
            plan = locked_plan(request, pk=pk)
            _refuse_second_click(request, plan)
            earlier = plan.earlier_plans()
            wanted = seen_in(request, "plan")
            other = earlier.filter(pk=wanted).first() if wanted else None
            if other is None:
                raise NotNow(_("Choose the quarter to copy from."))
            count = plan.copy_lines_from(other)
    except Refused as refusal:
        return refused(request, refusal, pk=pk)
    text = ngettext(
        "%(count)d line has been copied; check its days and unit.",
        "%(count)d lines have been copied; check their days and units.",
        count,
    )
    messages.success(request, text % {"count": count})
    return answer(request, plan)


@require_POST
def line_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was typed in one line: 409 when another window was faster, 422 when a text is too long to be kept."""
    typed = typed_in(request.POST)
    try:
        with transaction.atomic():
            line = locked_line(request, pk)
            plan = line.plan
            units = units_of([typed], plan.quarter, [line.unit])
            form = LineForm(typed, plan.quarter, units, colleagues_of(plan))
            posted = seen_in(request, "over") if "over" in request.POST else seen_in(request, "revision")
            if form.too_long_to_keep():
                sentence = _("Not saved: a text is far too long. %(problem)s") % {
                    "problem": " ".join(form.too_long_to_keep().values())
                }
                return conflicting(request, line, typed, Conflict(sentence), status=422)
            if posted is not None and posted != line.revision and typed != typed_of(line):
                sheet = DraftSheet(plan, request.user)
                sentence = _("Not saved: this line was changed in another window meanwhile.")
                conflict = Conflict(sentence, sheet.stored_words(line, typed), line.revision)
                return conflicting(request, line, typed, conflict, status=409)
            form.store(line)
    except Refused as refusal:
        line = get_object_or_404(Visit.objects.visible_to(request.user).select_related("plan"), pk=pk)
        return conflicting(
            request, line, typed, Conflict(_("Not saved: %(why)s") % {"why": refusal}), status=409
        )
    return answer(request, plan, saved=line)


@require_POST
def line_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """The line once more."""
    try:
        with transaction.atomic():
            line = locked_line(request, pk)
            plan = line.plan
            _refuse_second_click(request, plan)
            new = lines.duplicate(plan, line)
    except Refused as refusal:
        return refused(request, refusal, lines=pk)
    return answer(request, plan, focus=new)


@require_POST
def line_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the line out; it can be brought back from the same page."""
    try:
        with transaction.atomic():
            line = locked_line(request, pk)
            plan = line.plan
            kept = lines.put_away(line)
    except Refused as refusal:
        return refused(request, refusal, lines=pk)
    removed = [*_removed(request, plan), kept][-lines.MOST_UNDONE :]
    request.session["removed"] = {"plan": plan.pk, "lines": removed}
    return answer(request, plan, removed=pk)


# --- what the views share ---------------------------------------------------------------------------------------------------


def visible_plan(request: HttpRequest, **which: int) -> OfficerPlan:
    """The plan (``pk``, or of one of its ``lines``) if one may read it, 404 otherwise; its quarter stands in the frame."""
    plans = OfficerPlan.objects.visible_to(request.user).select_related(
        "quarter__province", "officer", "department", "last_event"
    )
    plan = get_object_or_404(plans, **which)
    request.quarter = plan.quarter
    return plan


def locked_plan(request: HttpRequest, **which: int) -> OfficerPlan:
    """One's own plan, locked for writing: 404 when not visible, 403 when somebody else's, NotNow when not in one's hands."""
    plan = visible_plan(request, **which)
    if not any(True for _holding in permissions.author(request.user.powers, plan)):
        raise PermissionDenied(_("Only its officer changes the lines of a plan."))
    quarter, officer, department = plan.quarter, plan.officer, plan.department
    plan.refresh_from_db(from_queryset=OfficerPlan.objects.select_for_update(of=("self",)))
    plan.quarter, plan.officer, plan.department = quarter, officer, department
    plan.refuse_unless_editable()
    return plan


def locked_line(request: HttpRequest, pk: int) -> Visit:
    """A line of one's own plan that may be changed now, as it is after locking the plan."""
    plan = locked_plan(request, lines=pk)
    line = get_object_or_404(plan.lines.select_related("unit").prefetch_related("companions"), pk=pk)
    line.plan, line.quarter = plan, plan.quarter
    return line


def answer(request: HttpRequest, plan: OfficerPlan, **parts: Any) -> HttpResponse:
    """After a change: only what changed around the typed fields for htmx, else back to the plan at the line."""
    line = parts.get("focus") or parts.get("saved")
    if not request.htmx:
        return redirect(f"{plan.get_absolute_url()}#{f'line-{line.pk}' if line else 'lines'}")
    sheet = DraftSheet(plan, request.user)
    known = seen_in(request, "known") or 0
    new = [row for row in sheet.rows if row.line.pk > known] if "known" in request.POST else []
    focus = parts.get("focus")
    if focus and "undo" in request.POST:
        new = [row for row in sheet.rows if row.line.pk == focus.pk]
    response = _parts(request, sheet, new=new, **parts)
    return (
        trigger_client_event(response, "plan:focus", {"line": focus.pk}, after="settle")
        if focus
        else response
    )


def refused(request: HttpRequest, refusal: Refused, **which: int) -> HttpResponse:
    """A line was not added, copied or removed: say why; what stands in the fields stays."""
    messages.error(request, str(refusal))
    plan = visible_plan(request, **which)
    if not request.htmx:
        return redirect(plan)
    return _parts(request, DraftSheet(plan, request.user), new=(), status=409)


def conflicting(
    request: HttpRequest, line: Visit, typed: Any, conflict: Conflict, status: int
) -> HttpResponse:
    """A line was not saved: what is stored and what was typed stand side by side."""
    plan = visible_plan(request, pk=line.plan_id)
    sheet = DraftSheet(plan, request.user, {line.pk: typed}, {line.pk: conflict})
    if request.htmx:
        return _parts(request, sheet, new=(), refused_line=line.pk, status=status)
    return _draft_page(request, sheet, status=status)


def _parts(request: HttpRequest, sheet: DraftSheet, *, status: int = 200, **parts: Any) -> HttpResponse:
    context = {
        "plan": sheet.plan,
        "sheet": sheet,
        "oob": True,
        "undo": _removed(request, sheet.plan),
        "saved": None,
        "removed": None,
    } | parts
    return render(request, "plans/_answer.html", context, status=status)


def _draft_page(request: HttpRequest, sheet: DraftSheet, status: int = 200) -> HttpResponse:
    context = {
        "plan": sheet.plan,
        "sheet": sheet,
        "undo": _removed(request, sheet.plan),
        "breadcrumbs": _crumbs_of(sheet.plan),
    }
    return render(request, "plans/draft.html", context, status=status)


def _refuse_second_click(request: HttpRequest, plan: OfficerPlan) -> None:
    """Copying twice by a double click: the second click still knows only the lines before the first."""
    known = seen_in(request, "known")
    if known is not None and plan.lines.filter(pk__gt=known).exists():
        raise Stale(
            _("The plan has got new lines since this page was shown; look at them before copying more.")
        )


def _removed(request: HttpRequest, plan: OfficerPlan) -> Sequence[str]:
    """Lines of the plan that can be brought back in this session, the one removed last at the end."""
    kept = request.session.get("removed") or {}
    return kept.get("lines", []) if kept.get("plan") == plan.pk else []


def _last_removed(request: HttpRequest, plan: OfficerPlan) -> str:
    removed = list(_removed(request, plan))
    if not removed:
        raise NotNow(_("There is no removed line to bring back."))
    last = removed.pop()
    request.session["removed"] = {"plan": plan.pk, "lines": removed}
    return last


def _crumbs(quarter: Quarter, last: str) -> list[tuple[str, str]]:
    return [
        (str(quarter), quarter.get_absolute_url()),
        (_("Plans"), quarter.url("plan-list")),
        (last, ""),
    ]


def _crumbs_of(plan: OfficerPlan) -> list[tuple[str, str]]:
    return _crumbs(plan.quarter, str(plan.officer))
