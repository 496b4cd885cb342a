"""Lists of people and host units out of a workbook: try it, see what is wrong where, then take it over as a whole."""

from __future__ import annotations

from types import ModuleType
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Province

from ..administration import KINDS
from ..forms.manage import WorkbookForm
from ..imports import people, units
from ..workbooks import CONTENT_TYPE
from .manage import administered, crumbs

LISTS: dict[str, ModuleType] = {"people": people, "units": units}
#: Seconds a file that was tried is kept for its confirmation.
KEPT = 3600


def list_of(request: HttpRequest, what: str) -> tuple[ModuleType, Province]:
    """The list an address names (404 if there is none) and the province that is administered (403 if none is)."""
    province = administered(request)
    if what not in LISTS:
        raise Http404
    return LISTS[what], province


def upload(request: HttpRequest, what: str) -> HttpResponse:
    """Choose a workbook; it is only tried, and what would happen is shown next."""
    list_of(request, what)
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    if form.is_bound and form.is_valid():
        token = uuid4()
        file = form.cleaned_data["file"]
        cache.set(_key(request, what, token), (file.name, file.read()), KEPT)
        return redirect("manage-import-tried", what, token)
    return render(request, "manage/import.html", {"form": form, **_frame(what)})


def template(request: HttpRequest, what: str) -> HttpResponse:
    """The empty workbook, with what each column means."""
    source, province = list_of(request, what)
    return _download(source.template(province), f"{what}.xlsx")


def tried(request: HttpRequest, what: str, token: UUID) -> HttpResponse:
    """What the workbook would do: how many new and changed, or every error by row and column."""
    source, province = list_of(request, what)
    kept = cache.get(_key(request, what, token))
    if kept is None:
        return _gone(request, what)
    result = source.run(kept[1], province, by=request.user)
    result.errors.sort(key=lambda error: (error.row, error.column))
    context = {"result": result, "name": kept[0], "token": token, **_frame(what)}
    return render(request, "manage/import_tried.html", context)


def marked(request: HttpRequest, what: str, token: UUID) -> HttpResponse:
    """The workbook again, with each error marked at its cell."""
    source, province = list_of(request, what)
    kept = cache.get(_key(request, what, token))
    copy = kept and source.run(kept[1], province, by=request.user).annotated_copy()
    return _download(copy, f"{what}-errors.xlsx") if copy else _gone(request, what)


@require_POST
def confirm(request: HttpRequest, what: str, token: UUID) -> HttpResponse:
    """Take the workbook over, wholly or not at all; a second click finds nothing left to do."""
    source, province = list_of(request, what)
    key = _key(request, what, token)
    kept = cache.get(key)
    if kept is None or not cache.delete(key):
        return _gone(request, what)
    result = source.run(kept[1], province, commit=True, by=request.user)
    if not result.committed:  # something changed since it was tried
        cache.set(key, kept, KEPT)
        return redirect("manage-import-tried", what, token)
    figures = {"new": result.created, "changed": result.updated, "same": result.unchanged}
    messages.success(request, _("Imported: %(new)d new, %(changed)d changed, %(same)d as before.") % figures)
    for note in result.notes:
        messages.info(request, note)
    return redirect("manage-list", what=what)


def _key(request: HttpRequest, what: str, token: UUID) -> str:
    return f"import:{request.user.pk}:{what}:{token}"


def _frame(what: str) -> dict[str, object]:
    kind = KINDS[what]
    return {"kind": kind, "breadcrumbs": crumbs((kind.many, kind.list_url), (_("Import from Excel"), None))}


def _gone(request: HttpRequest, what: str) -> HttpResponse:
    messages.warning(request, _("This file has been imported already or is no longer kept: choose it again."))
    return redirect(reverse("manage-import", args=[what]))


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
