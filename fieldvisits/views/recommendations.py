"""The register of recommendations."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def register(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
