"""What is asked of everybody who comes: to be signed in, and from which device."""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse

from . import clock

#: How exactly the list of devices says when one was seen last.
SEEN_WITHIN = timedelta(minutes=5)


def is_part(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page (htmx, fetch), and a whole page would be no answer."""
    return "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"


class SignInFirst(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page - but answers a part of a page (htmx, search of a picker) with 401.

    The sign-in page inside a table cell would help nobody, and the page around it may hold typed text that must not be lost.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: object) -> HttpResponse:
        if is_part(request):
            return HttpResponse(status=401)
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
