"""Middleware of the tests: a page that asks the database once per row fails its test."""

from zeal.middleware import zeal_middleware


def no_query_per_row(get_response):
    """Watch pages, not transitions: those lock, check and write each paper by itself, on purpose."""
    watched = zeal_middleware(get_response)

    def middleware(request):
        return (watched if request.method == "GET" else get_response)(request)

    return middleware
