"""What is asked of everybody who comes: to be signed in, and from which device."""

from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from . import clock

#: How exactly the list of devices says when one was seen last.
SEEN_WITHIN = timedelta(minutes=5)


def is_part(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page (htmx, fetch), and a whole page would be no answer."""
    return "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"


def came_from(request: HttpRequest) -> str:
    """The page of this site on which the form stood that was sent, as path and query; empty when the browser does not say."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return ""
    _scheme, _host, path, query, _fragment = urlsplit(page)
    if path.startswith("//"):  # by itself it would name another host
        return ""
    return urlunsplit(("", "", path or "/", query, ""))


class SignInFirst(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page - but answers a part of a page (htmx, search of a picker) with 401.

    The sign-in page inside a table cell would help nobody, and the page around it may hold typed text that must not be lost.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: object) -> HttpResponse:
        if is_part(request):
            return HttpResponse(status=401)
        if (
            request.method == "POST"
        ):  # an address that only receives is none to come back to: the page with the form is
            return redirect_to_login(
                came_from(request) or request.get_full_path(), self.get_login_url(view_func)
            )
        return super().handle_no_permission(request, view_func)


def devices_seen(get_response):
    """Keep when and from where each signed-in device was seen, for "devices signed in".

    In place of allauth's own, which writes on every request: here a page that is only read writes nothing, but once in
    ``SEEN_WITHIN`` - and at once when the address or the browser has changed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            seen = UserSession.objects.filter(
                session_key=request.session.session_key,
                user=request.user,
                ip=get_adapter().get_client_ip(request),
                user_agent=request.META.get("HTTP_USER_AGENT", "")[
                    : UserSession._meta.get_field("user_agent").max_length
                ],
                last_seen_at__gt=clock.now() - SEEN_WITHIN,
            )
            if not seen.exists():
                UserSession.objects.create_from_request(request)
        return get_response(request)

    return middleware
