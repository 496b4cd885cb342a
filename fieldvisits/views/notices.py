"""Step 5: letters to the host units, and their answers."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Department

from ..forms.notices import AnswerForm, NoticeForm, SentForm
from ..models import HostLink, HostNotice, HostUnit, NoticeLine, NotNow, Purpose, Quarter
from ..pages.department_papers import name_of
from ..pages.notices import HINTS, LinkView, NoticeBoard, NoticeSheet, notice_board
from .papers import number_in
from .quarters import quarter_for


def _crumbs(quarter: Quarter, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(capfirst(str(quarter)), quarter.get_absolute_url()), *more]


def _board_url(quarter: Quarter, department: Department) -> str:
    return reverse("notice-list", args=[quarter.year, quarter.number, department.pk])


# --- The units to contact ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def notice_list(request: HttpRequest, year: int, number: int, pk: int) -> HttpResponse:
    """The units a department goes to in a quarter and how their letters stand; POST ``unit`` (one or more) composes."""
    quarter = quarter_for(request, year, number)
    departments = Department.objects.filter(province=quarter.province_id).prefetch_related("former_names")
    department = get_object_or_404(departments, pk=pk)
    board = notice_board(quarter, department, request.user)
    if board is None:
        raise Http404
    if request.method == "POST":
        return _compose(request, quarter, department, board)
    name = name_of(department, quarter)
    context = {
        "board": board,
        "quarter": quarter,
        "department": department,
        "name": name,
        "breadcrumbs": _crumbs(quarter, (_("Host units to contact"), "")),
    }
    return render(request, "notices/list.html", context)


def _compose(
    request: HttpRequest, quarter: Quarter, department: Department, board: NoticeBoard
) -> HttpResponse:
    wanted = [n for text in request.POST.getlist("unit")[:500] if (n := number_in(text)) is not None]
    if "all" in request.POST:
        wanted = [row.unit.pk for row in board.to_compose]
    units = list(HostUnit.objects.visible_to(request.user).filter(pk__in=wanted).order_by("folded", "pk"))
    made = []
    for unit in units:
        try:
            made.append(HostNotice.objects.compose(quarter, department, unit, by=request.user.powers))
        except NotNow as refusal:
            messages.error(request, f"{unit}: {refusal}")
    if not units:
        messages.error(request, _("Choose a unit first."))
    if made:
        said = ngettext("%(n)d notice has been composed.", "%(n)d notices have been composed.", len(made))
        messages.success(request, said % {"n": len(made)})
    replaced = {row.unit.pk for row in board.rows if row.notice}
    if any(notice.unit_id in replaced for notice in made):
        said = _("The earlier notice is replaced, and its links open nothing any more: send the new notice.")
        messages.warning(request, said)
    if len(made) == len(units) == 1 and "all" not in request.POST:
        return redirect(made[0])
    return redirect(_board_url(quarter, department))


# --- One letter ----------------------------------------------------------------------------------------------------------


def _found(request: HttpRequest, pk: int) -> HostNotice:
    notices = HostNotice.objects.visible_to(request.user).select_related(
        "quarter__province", "department", "unit", "contact", "composed_by", "withdrawn_by"
    )
    notice = get_object_or_404(notices.prefetch_related("department__former_names"), pk=pk)
    request.quarter = notice.quarter
    return notice


def _sheet(request: HttpRequest, notice: HostNotice, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a letter; ``forms`` are those with what was typed: form, sent, or answer (of one line)."""
    sheet = NoticeSheet(notice, request.user)
    answered = forms.pop("answer", None)
    if sheet.may_write:
        forms.setdefault("form", NoticeForm(instance=notice))
        forms.setdefault(
            "sent",
            SentForm(
                initial={"sent_on": notice.sent_on, "sent_how": notice.sent_how} if notice.sent_on else None
            ),
        )
        for view in sheet.lines:
            is_typed = answered is not None and answered.line.pk == view.line.pk
            if is_typed:
                view.form = answered
            elif not view.line.is_changed:  # there is nothing to answer to any more
                view.form = AnswerForm(view.line, last=view.last)
    context = {
        "sheet": sheet,
        "notice": notice,
        "quarter": notice.quarter,
        "department_name": name_of(notice.department, notice.quarter),
        "links": [_link_view(request, sheet, purpose) for purpose in Purpose] if sheet.leads else [],
        "breadcrumbs": _crumbs(
            notice.quarter,
            (_("Host units to contact"), _board_url(notice.quarter, notice.department)),
            (str(notice.unit), ""),
        ),
        **forms,
    }
    return render(request, "notices/detail.html", context, status=status)


def _link_view(request: HttpRequest, sheet: NoticeSheet, purpose: Purpose) -> LinkView:
    link = sheet.link_for(purpose)
    address = request.build_absolute_uri(link.path) if link and link.is_open else ""
    code = segno.make(address, error="m").svg_data_uri(border=2) if address else ""
    return LinkView(purpose.value, str(purpose.label), HINTS[purpose](), link, address, code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as it reads, what came back, its links; its leaders type contact, note, number and date."""
    notice = _found(request, pk)
    if request.method != "POST":
        return _sheet(request, notice)
    notice.refuse_unless_led_by(request.user.powers)
    form = NoticeForm(request.POST, instance=notice)
    if not notice.superseded and not form.is_valid():
        notice.refresh_from_db(fields=["contact", "contact_phone", "note", "number", "dated"])
        return _sheet(request, notice, form=form, status=422)
    try:
        form.save(by=request.user.powers)
        messages.success(request, _("Saved."))
    except NotNow as refusal:
        messages.error(request, str(refusal))
    return redirect(notice)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Record when and how the letter went out."""
    notice = _found(request, pk)
    notice.refuse_unless_led_by(request.user.powers)
    form = SentForm(request.POST)
    if form.is_valid():
        try:
            data = form.cleaned_data
            notice.mark_sent(by=request.user.powers, on=data["sent_on"], how=data["sent_how"])
            messages.success(request, _("Recorded: the notice has gone out."))
            return redirect(notice)
        except NotNow as refusal:
            form.add_error("sent_on", str(refusal))
    return _sheet(request, notice, sent=form, status=422)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the unit was told that nobody comes as announced: the letter is out of force."""
    notice = _found(request, pk)
    try:
        kept = notice.withdraw(by=request.user.powers)
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect(notice)
    messages.success(request, _("The notice has been withdrawn, and its links open nothing any more."))
    if kept is not None:
        said = _("Visits that are over stand in a new notice, so that the unit can still confirm them.")
        messages.info(request, said)
    return redirect(kept or notice)


@require_POST
def answer(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Write down what the unit said to one visit."""
    notice = _found(request, pk)
    notice.refuse_unless_led_by(request.user.powers)
    found = get_object_or_404(NoticeLine.objects.select_related("visit"), pk=line, notice=notice)
    found.notice = notice
    form = AnswerForm(found, request.POST)
    if form.is_valid():
        try:
            form.save(by=request.user.powers)
            messages.success(request, _("The unit's answer has been recorded."))
            return redirect(notice)
        except NotNow as refusal:
            form.add_error(None, str(refusal))
    return _sheet(request, notice, answer=form, status=422)


# --- Links ---------------------------------------------------------------------------------------------------------------


@require_POST
def link_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """A link for the unit, ``purpose`` answer or feedback; an earlier one for the same is withdrawn."""
    notice = _found(request, pk)
    purpose = request.POST.get("purpose", "")
    if purpose not in Purpose.values:
        raise Http404
    try:
        HostLink.objects.issue(notice, purpose, by=request.user.powers)
        messages.success(request, _("The link is ready: copy it, or print the notice with its QR code."))
    except NotNow as refusal:
        messages.error(request, str(refusal))
    return redirect(notice.get_absolute_url() + "#links")


@require_POST
def link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a link: it opens nothing from now on."""
    visible = HostNotice.objects.visible_to(request.user)
    links = HostLink.objects.filter(notice__in=visible).select_related("notice__quarter__province")
    link = get_object_or_404(links, pk=pk)
    link.revoke(by=request.user.powers)
    messages.success(
        request, _("The link has been withdrawn. Whoever opens it is told to ask for a new one.")
    )
    return redirect(link.notice.get_absolute_url() + "#links")
