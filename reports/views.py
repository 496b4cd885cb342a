"""Step 7: the year of a province and its report to the Central Union."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe


@require_safe
def year(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def report_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def edition(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def notice_paper(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def start(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def write(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
