"""Step 4: changes of approved visits, and ad-hoc visits."""

from django.http import Http404, HttpRequest, HttpResponse


def change_add(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def adhoc_add(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def adhoc_change(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
