"""What a host unit opens through its link, without an account."""

from django.http import Http404, HttpRequest, HttpResponse


def open_link(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
