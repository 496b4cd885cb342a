"""The register of recommendations: what visits have asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import QueryDict

from accounts.models import User

from ..forms.recommendations import STATES, RegisterFilter
from ..models import Recommendation
from ..models.recommendations import PENDING

#: Rows of a page: long texts, read one after the other.
PAGE = 25


@dataclass(frozen=True)
class Tab:
    """A state of the register: its code in the address, its label, how many fit the other filters."""

    code: str
    label: Any
    count: int
    query: str


@dataclass(frozen=True)
class Register:
    """One page of the register, oldest recommendations first."""

    filters: RegisterFilter
    state: str
    tabs: list[Tab]
    page: Page
    is_empty: bool


def register_for(user: User, asked: QueryDict) -> Register:
    """The register as asked for in the address; a number of queries that does not grow with it."""
    filters = RegisterFilter(asked, user=user)
    everything = Recommendation.objects.visible_to(user).raised()
    fitting = filters.narrow(everything)
    counts = dict(fitting.order_by().values_list("state").annotate(Count("pk", distinct=True)))
    codes = [code for code, _label in STATES]
    state = asked.get("state", "")
    state = state if state in codes else ""
    tabs = []
    for code, label in STATES:
        of = {"": PENDING, "all": tuple(counts)}.get(code, (code,))
        query = asked.copy()
        query.pop("page", None)
        query["state"] = code
        tabs.append(Tab(code, label, sum(counts.get(s, 0) for s in of), query.urlencode()))
    if state == "":
        fitting = fitting.pending()
    elif state != "all":
        fitting = fitting.filter(state=state)
    # the few departments by themselves: joined, the database would look through all of the country's for each row
    rows = (
        fitting.select_related("unit", "owner", "result__visit__officer", "result__visit__quarter")
        .prefetch_related("department")
        .order_by("pk")
    )
    page = Paginator(rows, PAGE).get_page(asked.get("page"))
    return Register(filters, state, tabs, page, is_empty=not sum(counts.values()))
