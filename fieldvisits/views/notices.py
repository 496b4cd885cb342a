"""Step 5: letters to the host units, and their answers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe


@require_safe
def chat_text(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def notice_list(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


def detail(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def send(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def link_issue(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


@require_POST
def link_revoke(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
