"""Keeping what is typed into a report, for a page that saves by itself and for one without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import clock

from ..forms.written import TextsForm
from ..models import Refused, Stale
from ..models.written import Written

Report = TypeVar("Report", bound=Written)


def keep_texts(
    request: HttpRequest,
    report: Report,
    form: TextsForm,
    show: Callable[[HttpRequest, Report, TextsForm, int], HttpResponse],
) -> HttpResponse:
    """Save ``form``; a page without scripts gets the page again (``show``), with everything typed, when that is refused."""
    quietly = "HX-Request" in request.headers
    try:
        if form.is_valid():
            form.save(by=request.user.powers)
            if quietly:
                at = timezone.localtime(clock.now()).strftime("%H:%M")
                return JsonResponse({"revision": report.revision, "at": at})
            messages.success(request, _("The report is saved."))
            return redirect(report)
        answer: dict[str, Any] = {"message": _("Not saved: please correct what is marked.")}
        answer["errors"] = {name: " ".join(errors) for name, errors in form.errors.items()}
        status = 422
    except Refused as refusal:
        answer, status = {"message": str(refusal)}, 409
        if isinstance(refusal, Stale):
            answer |= {"revision": report.revision, "stored": form.stored()}
    if quietly:
        return JsonResponse(answer, status=status)
    messages.error(request, answer["message"])
    report.refresh_from_db()
    if "stored" in answer:  # saved once more, it is meant: the page shows what the other window wrote
        form.shows_stored = True
        form.data = form.data.copy()
        form.data["revision"] = str(report.revision)
    return show(request, report, form, status)
