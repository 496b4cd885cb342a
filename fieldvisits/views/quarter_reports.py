"""Step 6: the quarter reports of officers and departments."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe


@require_safe
def report_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def mine(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def department_open(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def department_detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def write(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def department_write(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
