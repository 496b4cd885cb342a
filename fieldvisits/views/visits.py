from django.http import Http404


def visit_list(request, **kwargs):
    raise Http404
