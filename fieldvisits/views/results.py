"""Step 6: the result of a visit, with its files and recommendations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import clock

from ..evidence import MOST_FILES
from ..forms.recommendations import shown_day
from ..forms.results import FollowUpForm, RecommendationForm, ResultForm
from ..models import Attachment, FollowUp, Recommendation, Refused, Stale, Visit, VisitResult
from ..models.base import NotNow
from ..pages.result_lists import ResultList
from ..pages.results import Conflict, DraftSheet, ResultSheet, is_open_to
from .papers import seen_in
from .quarters import quarter_for

#: Removed recommendations that can be brought back in a session.
MOST_UNDONE = 20


@require_safe
def result_list(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """What one owes and has reported; for those who lead or receive them the results of others."""
    quarter = quarter_for(request, year, number)
    sheet = ResultList(request.user, quarter, request.GET)
    crumbs = [(str(quarter), quarter.get_absolute_url()), (_("Results"), "")]
    return render(request, "results/list.html", {"quarter": quarter, "sheet": sheet, "breadcrumbs": crumbs})


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """The way from a visit to its result; makes the draft when there is none."""
    visit = get_object_or_404(Visit.objects.visible_to(request.user).select_related("quarter"), pk=pk)
    try:
        return redirect(VisitResult.objects.start(visit, by=request.user.powers))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(visit)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The result: to be written by its officer, else as the paper it is."""
    result = readable(request, pk)
    if is_open_to(request.user, result):
        return _draft_page(request, DraftSheet(result, request.user))
    sheet = ResultSheet(result, request.user)
    context = {"result": result, "visit": result.visit, "sheet": sheet, "breadcrumbs": _crumbs(result)}
    return render(request, "results/paper.html", context)


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is typed: 409 when another window was faster, 422 with the reason at each field that cannot be kept."""
    result = readable(request, pk)
    form = ResultForm(request.POST, result=result)
    revision = _revision(request)
    powers = request.user.powers
    conflict = None
    try:
        try:
            result.write(by=powers, days=form.days(), revision=revision, **form.understood())
        except (NotNow, Stale):
            raise
        except Refused as refusal:  # a day that cannot be ticked is no reason to lose the texts
            form.add_error("days", str(refusal))
            result = form.result = readable(request, pk)
            result.write(by=powers, revision=revision, **form.understood())
    except Stale as refusal:
        result = form.result = readable(request, pk)
        if not form.says_what_is_stored(result.fetched_days()):
            conflict = _conflict(refusal, _stored(result, form.understood()), result.revision)
    except Refused as refusal:
        conflict = Conflict(_("Not saved: %(why)s") % {"why": refusal})
    result = form.result = readable(request, pk)
    sheet = DraftSheet(result, request.user, form=form, conflict=conflict)
    return _answer(request, sheet, form, anchor="", revision=result.revision, stored=form.stored())


@require_POST
def recommendation_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more recommendation; with ``undo`` the one removed last."""
    result = readable(request, pk)
    if "undo" in request.POST:
        return _bring_back(request, result)
    form = RecommendationForm(request.POST, result=result)
    try:
        result.refuse_unless_editable(request.user.powers)
        if form.is_valid():
            Recommendation.objects.note(result, by=request.user.powers, **form.cleaned_data)
            return _back(result, "recommendations")
    except Refused as refusal:
        return _refused(request, result, refusal, rows={"new": form})
    return _draft_page(request, DraftSheet(result, request.user, rows={"new": form}), status=422)


@require_POST
def recommendation_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is typed in one recommendation."""
    noted = noted_of(request, pk)
    form = RecommendationForm(request.POST, result=noted.result, recommendation=noted)
    conflict = None
    try:
        noted.result.refuse_unless_editable(request.user.powers)
        if form.is_valid():
            noted.rewrite(by=request.user.powers, revision=_revision(request), **form.cleaned_data)
    except Stale as refusal:
        stored, place = _stored(noted, form.cleaned_data), f"recommendation-form-{pk}"
        conflict = _conflict(refusal, stored, noted.revision, place)
    except Refused as refusal:
        conflict = Conflict(_("Not saved: %(why)s") % {"why": refusal})
    result = readable(request, noted.result_id)
    sheet = DraftSheet(result, request.user, rows={pk: form}, conflict=conflict)
    stored = form.stored() if conflict else None
    return _answer(
        request, sheet, form, anchor=f"recommendation-{pk}", revision=noted.revision, stored=stored
    )


@require_POST
def recommendation_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a recommendation out; it can be brought back from the same page."""
    noted = noted_of(request, pk)
    result = noted.result
    try:
        kept = noted.take_out(by=request.user.powers)
    except Refused as refusal:
        return _refused(request, result, refusal)
    removed = [*_removed(request, result), json.dumps(kept)][-MOST_UNDONE:]
    request.session["recommendations_removed"] = {"result": result.pk, "kept": removed}
    return _back(result, "recommendations")


@require_POST
def follow_up_save(request: HttpRequest, pk: int, recommendation: int) -> HttpResponse:
    """What was found of an earlier recommendation at the unit."""
    result = readable(request, pk)
    left = get_object_or_404(
        Recommendation.objects.visible_to(request.user).raised().select_related("unit"), pk=recommendation
    )
    form = FollowUpForm(request.POST, recommendation=left)
    conflict, kept = None, FollowUp.objects.filter(result=result, recommendation=left)
    try:
        result.refuse_unless_editable(request.user.powers)
        if form.is_valid():
            FollowUp.objects.record(
                result, left, by=request.user.powers, revision=_revision(request), **form.cleaned_data
            )
    except Stale as refusal:
        record = kept.first() or FollowUp()
        stored, place = _stored(record, form.cleaned_data), f"found-form-{left.pk}"
        conflict = _conflict(refusal, stored, record.revision, place)
    except Refused as refusal:
        conflict = Conflict(_("Not saved: %(why)s") % {"why": refusal})
    form.record = kept.first()
    sheet = DraftSheet(readable(request, pk), request.user, conflict=conflict)
    if form.errors or conflict:
        sheet = DraftSheet(sheet.result, request.user, found={left.pk: form}, conflict=conflict)
    stored = form.stored() if conflict else None
    return _answer(request, sheet, form, anchor=f"found-{left.pk}", revision=form.revision, stored=stored)


# --- files --------------------------------------------------------------------------------------------------------------------


@require_POST
def attachment_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach the files that can be kept; 422 with a sentence for each that cannot."""
    result = readable(request, pk)
    files = request.FILES.getlist("files")
    problems = [] if files else [_("Choose a file first.")]
    try:
        result.refuse_unless_editable(request.user.powers)
        for file in files[: MOST_FILES + 1]:
            problems += _attach(request, result, file)
    except Refused as refusal:
        return _refused(request, result, refusal, file_problems=[str(refusal)])
    sheet = DraftSheet(readable(request, pk), request.user, file_problems=problems)
    if request.htmx:
        told = {"html": _around(request, sheet, "results/_answer_files.html"), "problems": problems}
        return JsonResponse(told, status=422 if problems else 200)
    return _draft_page(request, sheet, status=422) if problems else _back(result, "files")


@require_safe
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a result one may read: photos to look at, everything else to download; never run, never kept by others."""
    kept = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        opened = kept.file.open("rb")
    except FileNotFoundError as missing:
        raise Http404 from missing
    response = FileResponse(
        opened, as_attachment=not kept.is_image, filename=kept.name, content_type=kept.mime
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file away for good."""
    files = Attachment.objects.visible_to(request.user).select_related("result__visit")
    kept = get_object_or_404(files, pk=pk)
    try:
        kept.remove(by=request.user.powers)
    except Refused as refusal:
        return _refused(request, readable(request, kept.result_id), refusal)
    messages.success(request, _("“%(name)s” has been removed.") % {"name": kept.name})
    return _back(kept.result, "files")


# --- what the views share ---------------------------------------------------------------------------------------------------


def readable(request: HttpRequest, pk: int) -> VisitResult:
    """The result if one may read it, 404 otherwise; its quarter stands in the frame."""
    results = VisitResult.objects.visible_to(request.user).select_related(
        "visit__quarter__province",
        "visit__unit",
        "visit__department",
        "visit__officer",
        "visit__plan",
        "last_event",
    )
    result = get_object_or_404(
        results.prefetch_related("visit__days", "visit__companions", "visit__changes"), pk=pk
    )
    request.quarter = result.quarter
    return result


def noted_of(request: HttpRequest, pk: int) -> Recommendation:
    """A recommendation one may read, with a result one may read."""
    noted = get_object_or_404(Recommendation.objects.visible_to(request.user), pk=pk)
    noted.result = readable(request, noted.result_id)
    return noted


def _attach(request: HttpRequest, result: VisitResult, file: UploadedFile) -> list[str]:
    """Attach one file; the sentences that say why it was not taken."""
    try:
        result.attach(file, by=request.user.powers)
    except ValidationError as error:
        return error.messages
    return []


def _revision(request: HttpRequest) -> int | None:
    """What the page showed when it was typed over - or, said by the person who was asked, what it may be put over."""
    return seen_in(request, "over" if "over" in request.POST else "revision")


def _conflict(
    refusal: Refused, stored: Sequence[tuple[str, str]], revision: int, place: str = "result-form"
) -> Conflict:
    return Conflict(_("Not saved: %(why)s") % {"why": refusal}, stored, revision, place)


def _answer(
    request: HttpRequest,
    sheet: DraftSheet,
    form: Form,
    *,
    anchor: str,
    revision: int,
    stored: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """For a form that saves itself what it needs to know (static/js/autosave.js); else the page, or the way back to it.

    ``stored`` is what is kept now, for a page that has to bring it together with what it shows.
    """
    conflict = sheet.conflict
    status = 409 if conflict else 422 if form.errors else 200
    if not request.htmx:
        return _back(sheet.result, anchor) if status == 200 else _draft_page(request, sheet, status)
    if conflict:
        told = {"message": conflict.sentence}
        if conflict.revision is not None:
            told |= {"revision": conflict.revision, "stored": stored}
        return JsonResponse(told, status=status)
    told = {"revision": revision, "at": date_format(timezone.localtime(clock.now()), "H:i")}
    if form.errors:
        told |= {
            "stored": stored,
            "message": _("Not saved: please correct what is marked."),
            "errors": {name: errors[0] for name, errors in form.errors.items()},
        }
    else:
        told["html"] = _around(request, sheet)
    return JsonResponse(told, status=status)


def _around(request: HttpRequest, sheet: DraftSheet, template: str = "results/_common.html") -> str:
    """What changes around the fields, each part for its place on the page."""
    result = sheet.result
    context = {"result": result, "visit": result.visit, "sheet": sheet, "oob": True}
    return render_to_string(template, context | {"here": result.get_absolute_url()}, request)


def _draft_page(request: HttpRequest, sheet: DraftSheet, status: int = 200) -> HttpResponse:
    result = sheet.result
    if status != 200 and not is_open_to(request.user, result):
        # it went up in another window: what was typed here stands beside the paper
        messages.error(request, sheet.conflict.sentence if sheet.conflict else _("Not saved."))
    context = {
        "result": result,
        "visit": result.visit,
        "sheet": sheet,
        "undo": _removed(request, result),
        "breadcrumbs": _crumbs(result),
        "here": result.get_absolute_url(),
    }
    return render(request, "results/draft.html", context, status=status)


def _refused(request: HttpRequest, result: VisitResult, refusal: Refused, **typed: Any) -> HttpResponse:
    """Nothing was kept: say why, with what was typed."""
    conflict = Conflict(_("Not saved: %(why)s") % {"why": refusal})
    if request.htmx:
        return JsonResponse({"problems": [conflict.sentence]}, status=409)
    sheet = DraftSheet(readable(request, result.pk), request.user, conflict=conflict, **typed)
    return _draft_page(request, sheet, status=409)


def _stored(kept: Model, typed: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """What the other window has ``kept``, as people read it, where this one says something else."""
    return [
        (str(kept._meta.get_field(name).verbose_name), _words(kept, name))
        for name, value in typed.items()
        if getattr(kept, name) != value
    ]


def _words(kept: Model, name: str) -> str:
    shown = getattr(kept, f"get_{name}_display", None)
    value = shown() if shown else getattr(kept, name)
    return str(shown_day(value) if isinstance(value, date) else "…" if value in (None, "") else value)


def _bring_back(request: HttpRequest, result: VisitResult) -> HttpResponse:
    removed = list(_removed(request, result))
    if not removed:
        return _refused(request, result, NotNow(_("There is no removed recommendation to bring back.")))
    kept = json.loads(removed.pop())
    kept["due"] = kept["due"] and date.fromisoformat(kept["due"])
    try:
        with transaction.atomic():
            Recommendation.objects.note(result, by=request.user.powers, **kept)
    except Refused as refusal:
        return _refused(request, result, refusal)
    request.session["recommendations_removed"] = {"result": result.pk, "kept": removed}
    return _back(result, "recommendations")


def _removed(request: HttpRequest, result: VisitResult) -> Sequence[str]:
    """Recommendations of the result that can be brought back in this session, the one removed last at the end."""
    kept = request.session.get("recommendations_removed") or {}
    return kept.get("kept", []) if kept.get("result") == result.pk else []


def _back(result: VisitResult, anchor: str = "") -> HttpResponse:
    return redirect(result.get_absolute_url() + (f"#{anchor}" if anchor else ""))


def _crumbs(result: VisitResult) -> list[tuple[str, str]]:
    quarter = result.quarter
    return [
        (str(quarter), quarter.get_absolute_url()),
        (_("Results"), quarter.url("result-list")),
        (str(result.officer), ""),
    ]
