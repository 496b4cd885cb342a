from django.http import Http404


def unit_list(request, **kwargs):
    raise Http404


def search(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404
