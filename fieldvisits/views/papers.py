"""Every transition of every paper, one at a time or many at once: the same check on every way to change a state."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm, modelform_factory
from django.forms.models import construct_instance
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ..models import Refused, Stateful, UnknownVerb
from ..models.base import papers

#: Most papers moved by one click.
MOST_AT_ONCE = 200


def back_to(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Redirect to the page the form stood on (``next``), if it is one of ours."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return redirect(wanted if safe else otherwise)


def number_in(text: str) -> int | None:
    """The number ``text`` says, if it is one that a row can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def seen_in(request: HttpRequest, name: str = "seen") -> int | None:
    """The event the page showed last; a page that does not say is not checked for being stale."""
    return number_in(request.POST.get(name, ""))


class _Columns(ModelForm):
    """The columns a transition types, each looked at by itself: the paper as a whole is judged by its transition."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())
        except ValidationError as wrong:
            self._update_errors(wrong)


def typed_for(request: HttpRequest, paper: Stateful, verb: str) -> dict[str, object] | None:
    """The columns the transition sets, as typed; None after telling the person what could not be understood."""
    names = [name for row in paper.flow.rows(verb) for name in row.fields if name in request.POST]
    form = modelform_factory(type(paper), form=_Columns, fields=names)(request.POST)
    if form.is_valid():
        # as the columns will hold it: invisible characters alone are nothing typed
        return {name: getattr(form.instance, name) for name in names}
    for name, errors in form.errors.items():
        messages.error(
            request, f"{form.fields[name].label}: {' '.join(errors)}" if name in form.fields else errors
        )
    return None


def keep_typed(request: HttpRequest, paper: Stateful, verb: str) -> None:
    """Keep what was typed for a transition that was refused, so that its form shows it again.

    The comment comes back through ``{% typed_comment %}``, the transition's columns through ``typed_before``.
    """
    names = {name for row in paper.flow.rows(verb) for name in row.fields if name in request.POST}
    if names or request.POST.get("comment"):
        request.session["typed"] = {
            "for": f"{paper.flow.kind}/{paper.pk}/{verb}",
            "comment": request.POST.get("comment", ""),
            "fields": {name: request.POST[name] for name in names},
        }


def typed_before(request: HttpRequest, paper: Stateful, verb: str) -> dict[str, str]:
    """What was typed a moment ago for a transition that was refused, its columns and the comment: given once, then forgotten."""
    typed = request.session.get("typed")
    if not typed or typed["for"] != f"{paper.flow.kind}/{paper.pk}/{verb}":
        return {}
    del request.session["typed"]
    return {"comment": typed["comment"]} | typed.get("fields", {})


@require_POST
def transition(request: HttpRequest, kind: str, pk: int, verb: str) -> HttpResponse:
    """Move one paper: 404 when it is not yours to see or there is no such verb, 403 when it is not yours to move."""
    paper = get_object_or_404(papers()[kind].objects.visible_to(request.user), pk=pk)
    try:
        typed = typed_for(request, paper, verb)
        if typed is None:
            keep_typed(request, paper, verb)
        else:
            comment = request.POST.get("comment", "")
            was = {name: request.POST[f"was_{name}"] for name in typed if f"was_{name}" in request.POST}
            event = paper.perform(
                verb, by=request.user.powers, comment=comment, seen=seen_in(request), was=was, **typed
            )
            messages.success(request, paper.told(event))
    except UnknownVerb as unknown:
        raise Http404 from unknown
    except Refused as refusal:
        messages.error(request, str(refusal))
        keep_typed(request, paper, verb)
    still_visible = type(paper).objects.visible_to(request.user).filter(pk=pk).exists()
    return back_to(request, paper.get_absolute_url() if still_visible else "home")


@require_POST
def transitions(request: HttpRequest, kind: str, verb: str) -> HttpResponse:
    """Move the chosen papers one after the other, each wholly or not at all, and say which were refused and why.

    The form posts ``paper`` once for each, as ``pk`` or ``pk:seen``.
    """
    if not papers()[kind].flow.rows(verb):
        raise Http404
    chosen = [c.partition(":") for c in request.POST.getlist("paper")[:MOST_AT_ONCE]]
    # an event that is no number is none the page can have shown: 0
    wanted = {
        number: (number_in(seen) or 0) if seen else None
        for pk, _colon, seen in chosen
        if (number := number_in(pk)) is not None
    }
    done = 0
    for paper in papers()[kind].objects.visible_to(request.user).filter(pk__in=wanted).order_by("pk"):
        try:
            paper.perform(
                verb, by=request.user.powers, comment=request.POST.get("comment", ""), seen=wanted[paper.pk]
            )
            done += 1
        except (Refused, PermissionDenied) as refusal:
            messages.error(request, f"{paper}: {refusal}")
    if not wanted:
        messages.warning(request, _("Choose at least one paper first."))
    if done:
        messages.success(
            request,
            ngettext("Done for %(count)d paper.", "Done for %(count)d papers.", done) % {"count": done},
        )
    return back_to(request, "home")
