"""What is asked of a request before anything of it is read, and what is said when its method is not one the address takes."""

import logging

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.middleware import is_part

#: How long the browser remembers which forms arrived: until the page after each has been shown. More than one, as a second tab
#: may send its own before the first has been shown that page.
HELD_SECONDS, HELD_MOST = 600, 5

logger = logging.getLogger(__name__)


def bounded_body(get_response):
    """Answer 413 to a request that announces more than ``settings.MOST_REQUEST_BYTES``, without reading it.

    A length that is no number, or below zero, is answered with 400. None at all means no body: Django reads as many bytes
    as are announced and no more, so a body sent in chunks is not read either. Stands after the language is known and
    before the first middleware that reads what was posted.
    """

    def middleware(request):
        announced = str(request.META.get("CONTENT_LENGTH") or 0)
        # digits only: int() also takes "1_000" and " 12 ", and proxies in front may read those in another way
        if not (announced.isascii() and announced.isdigit()):
            return _refused(request, 400, _("The request was not understood"))
        # more digits than any length has are not even turned into a number
        if len(announced.lstrip("0")) > 15 or int(announced) > settings.MOST_REQUEST_BYTES:
            logger.warning("Too large, not read: %s", request.path)
            sentence = _(
                "More than %(most)d MB were sent at once. Nothing was saved. Send fewer or smaller files."
            )
            return _refused(request, 413, sentence % {"most": settings.MOST_REQUEST_BYTES // 1024**2})
        return get_response(request)

    return middleware


def explained_method(get_response):
    """Say something where an address that only takes a POST was opened: Django answers such a GET with an empty 405.

    People come there from the sign-in page (``?next=``) when their session ended before they sent something.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code != 405 or request.method != "GET" or is_part(request):
            return response
        page = HttpResponse(render_to_string("405.html", {"page": _page_above(request.path)}), status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    return middleware


def _page_above(path):
    """The nearest page above an address that only receives: /plans/7/ of /plans/7/endorse/. Empty when there is none."""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            name = resolve(f"{path}/").url_name or ""
        except Resolver404:
            continue
        if name.endswith(("-detail", "-board", "-list")):
            return f"{path}/"
    return ""


class Arrived:
    """Tell the browser which forms were handled last, so that it need no longer keep what was typed (static/js/hold.js).

    Only what reached its view has: a request turned away before - the session had ended, the page was too old - has not. A
    redirect means that it was kept, or refused in words with what was typed given back; a page in answer shows what was typed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        number = request.POST.get("held", "") if getattr(request, "reached_its_view", False) else ""
        if response.status_code in (302, 303) and _is_held(number):
            before = [known for known in request.COOKIES.get("held", "").split(".") if _is_held(known)]
            response.set_cookie(
                "held",
                ".".join([*before, number][-HELD_MOST:]),
                max_age=HELD_SECONDS,
                secure=request.is_secure(),
                samesite="Lax",
            )
        return response

    def process_view(self, request, view, args, kwargs):
        request.reached_its_view = request.method == "POST"


def _is_held(number):
    """Whether a browser may have made this number up for a form: nothing else gets into the cookie."""
    return number.isascii() and number.isdigit() and len(number) <= 20


def _refused(request, status, sentence):
    """A page of its own, or for a part of a page (htmx, fetch) just the sentence."""
    if is_part(request):
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    return HttpResponse(render_to_string(f"{status}.html", {"sentence": sentence}), status=status)
