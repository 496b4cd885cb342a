from django.http import Http404


def index(request, **kwargs):
    raise Http404


def listing(request, **kwargs):
    raise Http404


def add(request, **kwargs):
    raise Http404


def change(request, **kwargs):
    raise Http404
