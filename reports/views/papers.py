"""Official papers to download: who may read what a paper says may have it on paper, in Word or Excel."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from fieldvisits.models import Officer, YearRule
from fieldvisits.pages.years import sheets_of

from ..papers import annual_sheet as sheets
from ..papers import notice as notices
from ..papers.kinds import FORMS, KINDS, Kind, file_name, in_vietnamese, written


def _attached(content: bytes, form: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=FORMS[form].content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found(request: HttpRequest, kind: Kind, pk: int) -> tuple[Any, Any]:
    """The paper, if one may read it, and what it says."""
    paper = get_object_or_404(kind.visible_to(request.user), pk=pk)
    return paper, kind.facts_of(paper, request.user, request.build_absolute_uri)


@never_cache
@require_safe
def paper(request: HttpRequest, kind: str, pk: int, form: str) -> HttpResponse:
    """A plan, notice or report on paper."""
    if kind not in KINDS or form not in FORMS:
        raise Http404
    found, facts = _found(request, KINDS[kind], pk)
    return _attached(written(form, KINDS[kind].write, facts), form, KINDS[kind].file_name(found, form))


@never_cache
@require_safe
def annual_sheet(request: HttpRequest, year: int, pk: int, department: int, form: str) -> HttpResponse:
    """An officer's annual sheet for one department served."""
    rules = YearRule.objects.visible_to(request.user).select_related("province")
    rule = get_object_or_404(rules, year=year)
    officer = get_object_or_404(Officer.objects.in_sight_of(request.user, rule), pk=pk)
    every = sheets_of(officer, rule, request.user) if form in FORMS else []
    sheet = next((sheet for sheet in every if sheet.department.pk == department), None)
    if sheet is None:
        raise Http404
    facts = in_vietnamese(sheets.facts_of, sheet, rule)
    name = file_name(*sheets.names_of(sheet, rule), ending=form)
    return _attached(written(form, sheets.write, facts), form, name)


@never_cache
@require_safe
def notice_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter to a host unit as a Word document."""
    return paper(request, "notice", pk, "docx")


@never_cache
@require_safe
def notice_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as a short text to paste into a chat."""
    notice, facts = _found(request, KINDS["notice"], pk)
    request.quarter = notice.quarter
    return render(request, "notices/text.html", {"notice": notice, "text": notices.chat_text(facts)})
