"""An officer's year: how the number is made, day by day."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def officer_year(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def annual_sheet(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
