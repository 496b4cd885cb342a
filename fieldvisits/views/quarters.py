from django.http import Http404


def board(request, **kwargs):
    raise Http404


def dates(request, **kwargs):
    raise Http404


def nudge(request, **kwargs):
    raise Http404


def calendar(request, **kwargs):
    raise Http404
