from django.http import Http404


def meeting(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404


def record(request, **kwargs):
    raise Http404


def line(request, **kwargs):
    raise Http404


def rest(request, **kwargs):
    raise Http404


def give_back(request, **kwargs):
    raise Http404
