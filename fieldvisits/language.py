"""Which language a page is in: the one the person chose, else Vietnamese."""


def chosen_language(get_response):
    """Leave the browser's own language aside, so that an office computer set up in English still opens in Vietnamese.

    Stands before Django's LocaleMiddleware, which then finds the person's choice (a cookie) or the site's default.
    """

    def middleware(request):
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        return get_response(request)

    return middleware
