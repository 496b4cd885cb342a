"""Step 4: changes of approved visits, and ad-hoc visits."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Role

from ..forms.changes import AdHocForm, ChangeForm, first_adhoc, first_change
from ..forms.plans import numbers_in
from ..models import AdHocRequest, ChangeRequest, HostNotice, NoticeAnswer, Refused, Visit
from ..pages.hints import look_at_unit
from ..pages.visits import decider_of
from ..workflow import AdHocState, ChangeState, VisitState


@require_http_methods(["GET", "HEAD", "POST"])
def change_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for other days, another unit or the cancellation of one's approved visit; or complete the request that was returned."""
    visit = _own_visit(request, pk)
    pending = ChangeRequest.objects.filter(visit=visit).pending().select_related("unit", "last_event__actor")
    waiting = pending.first()
    why_not = _why_no_change(visit, waiting)
    if why_not and request.method != "POST":
        messages.error(request, why_not)
        return redirect("visit-detail", pk)
    returned = None if why_not else waiting
    answer = _answer(request, visit)
    initial = first_change(visit, answer, returned, request.GET)
    posted = request.POST if request.method == "POST" else None
    form = ChangeForm(posted, visit=visit, user=request.user, initial=initial)
    if why_not:
        form.come_too_late(why_not)
    elif form.is_valid():
        try:
            change = form.ask()
        except ValidationError as error:
            form.refuse(error)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, change.told(change.last_event))
            return redirect("visit-detail", pk)
    change = form.request()
    context = {
        "form": form,
        "visit": visit,
        "returned": returned,
        "answer": answer,
        "decider": decider_of(change) if change else "",
        "hints": look_at_unit(form.shown_unit, request.user),
        "breadcrumbs": crumbs_of(visit, _("Ask for a change")),
    }
    return render(request, "visits/change.html", context, status=_status(form, why_not))


def _status(form: AdHocForm | ChangeForm, why_not: str | None) -> int:
    if why_not:
        return 409
    return 422 if form.errors else 200


def _own_visit(request: HttpRequest, pk: int) -> Visit:
    """One's own visit: 404 when one may not read it, 403 when it is somebody else's."""
    visits = Visit.objects.visible_to(request.user).select_related(
        "quarter__province", "unit", "officer", "department", "plan", "result"
    )
    visit = get_object_or_404(visits, pk=pk)
    if visit.officer_id != request.user.pk:
        raise PermissionDenied(_("Only its officer asks for a change of a visit."))
    request.quarter = visit.quarter
    return visit


def _why_no_change(visit: Visit, pending: ChangeRequest | None) -> str | None:
    """Why there is nothing to ask for now: said before one types."""
    if visit.state != VisitState.APPROVED:
        return _("The visit is “%(state)s” and can no longer be changed.") % {"state": visit.current.label}
    if pending is not None and pending.state != ChangeState.RETURNED:
        return _("A change of this visit has been asked for already; wait for the answer or withdraw it.")
    return visit.why_reported()


def _answer(request: HttpRequest, visit: Visit) -> NoticeAnswer | None:
    """The unit's other days (``?answer=``), if they are about this visit and one may read them."""
    wanted = numbers_in(request.GET.get("answer", ""))[:1]
    return (
        NoticeAnswer.objects.filter(
            pk__in=wanted,
            line__visit=visit,
            line__notice__in=HostNotice.objects.visible_to(request.user),
            starts__isnull=False,
        )
        .select_related("line")
        .first()
        if wanted
        else None
    )


@require_http_methods(["GET", "HEAD", "POST"])
def adhoc_add(request: HttpRequest) -> HttpResponse:
    """Register a visit nobody planned and send it to the head - or to the member who has agreed to it by word of mouth."""
    if not request.user.powers.holds(Role.OFFICER):
        raise PermissionDenied(_("Only officers register ad-hoc visits."))
    form = AdHocForm(request.POST or None, user=request.user, initial=first_adhoc(request.GET))
    return _adhoc_form(request, form, [(_("My work"), "/"), (_("Ad-hoc visit"), "")])


@require_http_methods(["GET", "HEAD", "POST"])
def adhoc_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete one's ad-hoc request that was returned, and send it again."""
    requests = AdHocRequest.objects.visible_to(request.user).select_related(
        "visit__quarter__province", "visit__unit", "visit__officer", "visit__department", "last_event__actor"
    )
    adhoc = get_object_or_404(requests, pk=pk)
    if adhoc.visit.officer_id != request.user.pk:
        raise PermissionDenied(_("Only its officer changes an ad-hoc request."))
    request.quarter = adhoc.quarter
    why_not = None
    if adhoc.state != AdHocState.RETURNED:
        why_not = _("The request is “%(state)s” and cannot be changed now.") % {"state": adhoc.current.label}
        if request.method != "POST":
            messages.error(request, why_not)
            return redirect(adhoc)
    initial = first_adhoc(request.GET, adhoc)
    posted = request.POST if request.method == "POST" else None
    form = AdHocForm(posted, user=request.user, request=adhoc, initial=initial)
    return _adhoc_form(request, form, crumbs_of(adhoc.visit, _("Complete the request")), why_not)


def _adhoc_form(
    request: HttpRequest, form: AdHocForm, crumbs: list[tuple[str, str]], why_not: str | None = None
) -> HttpResponse:
    """The form, or the way on once it is sent; with ``why_not`` nothing is sent, and what was typed is shown beside the reason."""
    if why_not:
        form.come_too_late(why_not)
    elif form.is_valid():
        try:
            sent = form.send()
        except ValidationError as error:
            form.refuse(error)
        except Refused as refusal:
            form.refuse(refusal, "starts")
        else:
            messages.success(request, sent.told(sent.last_event))
            return redirect(sent)
    hints = look_at_unit(form.shown_unit, request.user)
    context = {"form": form, "returned": form.request, "hints": hints, "breadcrumbs": crumbs}
    return render(request, "visits/adhoc.html", context, status=_status(form, why_not))


def crumbs_of(visit: Visit, last: str) -> list[tuple[str, str]]:
    """The way to a page about a visit."""
    quarter = visit.quarter
    return [
        (str(quarter), quarter.get_absolute_url()),
        (_("Visits"), quarter.url("visit-list")),
        (str(visit.officer), visit.get_absolute_url()),
        (last, ""),
    ]
