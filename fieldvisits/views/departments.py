from django.http import Http404


def remark_add(request, **kwargs):
    raise Http404


def board(request, **kwargs):
    raise Http404


def send(request, **kwargs):
    raise Http404


def plan_list(request, **kwargs):
    raise Http404


def plan_detail(request, **kwargs):
    raise Http404
