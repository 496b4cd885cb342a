from django.http import Http404


def plan_list(request, **kwargs):
    raise Http404


def mine(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404


def line_add(request, **kwargs):
    raise Http404


def lines_copy(request, **kwargs):
    raise Http404


def line_save(request, **kwargs):
    raise Http404


def line_duplicate(request, **kwargs):
    raise Http404


def line_remove(request, **kwargs):
    raise Http404
