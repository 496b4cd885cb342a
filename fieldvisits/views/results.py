"""Step 6: the result of a visit, with its files and recommendations."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe


@require_safe
def result_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_safe
def attachment(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def start(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def write(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def attachment_add(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def attachment_remove(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def recommendation_add(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def recommendation_save(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def recommendation_remove(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def follow_up_save(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
