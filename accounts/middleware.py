"""Closed by default, also for the parts of a page that are fetched on their own."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse


class SignInFirst(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page - but answers a part of a page (htmx, search of a picker) with 401.

    The sign-in page inside a table cell would help nobody, and the page around it may hold typed text that must not be lost.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: object) -> HttpResponse:
        if getattr(request, "htmx", False) or request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)
