"""What a host unit opens through its link, without an account (step 5): its answer, and its word afterwards.

Nothing here knows who is signed in: whoever holds the link sees its one notice and nothing else.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import clock

from ..forms.hosts import FeedbackForm, HostAnswerForm
from ..models import HostLink, LinkRefused, NotNow, Purpose
from ..pages.hosts import HostPage

#: Most times a link may send something within an hour.
MOST_POSTS = 30


def _private(response: HttpResponse) -> HttpResponse:
    """Kept by nobody, found by no search engine, its address told to no other site.

    Not "no-referrer": browsers then send no origin either, and the check against forged posts could not pass.
    """
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def _page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    return _private(render(request, f"hosts/{template}.html", context, status=status))


def _is_too_much(link: HostLink) -> bool:
    """Whether this hour's posts through the link are used up; counts one more."""
    key = f"host-link-posts:{link.pk}:{clock.now():%Y%m%d%H}"
    cache.add(key, 0, 3600)
    try:
        return cache.incr(key) > MOST_POSTS
    except ValueError:  # it has just been dropped from the cache
        return False


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link; 404 for one that never was, 410 for one that is over or withdrawn, 429 when it sends too often."""
    try:
        link = HostLink.objects.opened(token)
    except HostLink.DoesNotExist:
        said = _(
            "There is no such link. Please check the address, or ask the provincial Union for a new one."
        )
        return _page(request, "closed", 404, title=_("This address opens nothing"), sentence=said)
    except LinkRefused as refusal:
        return _page(request, "closed", 410, title=_("This link is closed"), sentence=str(refusal))
    if request.method == "POST" and _is_too_much(link):
        said = _("This link has sent very often in the last hour. Please wait a while and try again.")
        return _page(request, "closed", 429, title=_("Please wait a while"), sentence=said)
    if request.method == "GET":
        link.touch()
    page = HostPage(link)
    return (_answer if link.purpose == Purpose.ANSWER else _feedback)(request, page)


def _answer(request: HttpRequest, page: HostPage) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = HostAnswerForm(page.lines, page.last_answers, posted)
    if posted is not None and form.is_valid():
        try:
            form.save(page.link)
            messages.success(request, _("Thank you. Your answer has reached the provincial Union."))
            return _private(redirect(page.link.path))
        except NotNow as refusal:
            form.add_error(None, str(refusal))
    status = 200 if posted is None else 422
    return _page(request, "answer", status, page=page, form=form, blocks=page.answer_blocks(form))


def _feedback(request: HttpRequest, page: HostPage) -> HttpResponse:
    """Every visit the unit has filled in goes with whichever button it presses; what cannot be kept stays on the page as typed."""
    if request.method != "POST":
        return _page(request, "feedback", page=page, blocks=page.feedback_blocks())
    chosen = request.POST.get("visit", "")
    refused = bool(chosen) and not page.visit_of(chosen)
    if refused:
        messages.error(request, _("This visit cannot be confirmed through this link."))
    filled = [f for f in page.feedback_forms(request.POST) if str(f.visit.pk) == chosen or f.has_changed()]
    left = [form for form in filled if not _was_kept(form, page.link)]
    if len(left) < len(filled):
        messages.success(request, _("Thank you. Your word has reached the provincial Union."))
    if not (filled or refused):
        messages.error(request, _("Nothing has been filled in yet."))
    elif not (left or refused):
        return _private(redirect(page.link.path))
    page = HostPage(page.link)
    return _page(request, "feedback", 422, page=page, blocks=page.feedback_blocks(left))


def _was_kept(form: FeedbackForm, link: HostLink) -> bool:
    if not form.is_valid():
        return False
    try:
        form.save(link)
    except NotNow as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
