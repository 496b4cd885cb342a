"""Long lists, a page at a time."""

from collections.abc import Iterable

from django import template
from django.core.paginator import Page

register = template.Library()


@register.filter
def pages_around(page: Page) -> Iterable[int | str]:
    """The numbers of pages to offer: the first, the last, those next to ``page``, and "…" for what lies between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
