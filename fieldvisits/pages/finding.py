"""The search in the frame: people, host units and plans of one's province, found without accents, grouped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from accounts.text import clean, fold

from ..models import HostUnit, Officer, OfficerPlan
from ..models.regime import ROMAN

#: Most results of a kind.
MOST = 20
#: Characters of a search that are looked at.
LONGEST = 100

_QUARTER = re.compile(r"(?:q)?(?P<number>iv|i{1,3}|[1-4])(?:/(?P<year>20\d\d))?")
_YEAR = re.compile(r"20\d\d")
_NUMBERS = {roman.lower(): number for number, roman in enumerate(ROMAN, start=1)}


@dataclass(frozen=True)
class Found:
    """What was found for ``text``, at most ``MOST`` of each kind."""

    text: str
    people: Sequence[Officer] = ()
    units: Sequence[HostUnit] = ()
    plans: Sequence[OfficerPlan] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.people or self.units or self.plans)


def find(user: User, typed: str) -> Found:
    """People by name or staff code, units by name or code, plans one may read by officer and quarter ("an iv/2026").

    Three queries; an empty search finds nothing.
    """
    text = clean(typed)[:LONGEST]
    words = fold(text).split()
    if not words:
        return Found(text)
    people = Officer.objects.filter(province=user.province_id, is_active=True)
    for word in words:
        people = people.filter(Q(folded__contains=word) | Q(code__icontains=word))
    return Found(
        text,
        list(people.order_by("sort_name", "pk")[:MOST]),
        list(HostUnit.objects.visible_to(user).search(text).order_by("folded", "pk")[:MOST]),
        list(_plans(user, words)),
    )


def _plans(user: User, words: list[str]) -> Sequence[OfficerPlan]:
    plans = OfficerPlan.objects.visible_to(user)
    for word in words:
        quarter = _QUARTER.fullmatch(word)
        if quarter:
            number = quarter["number"]
            here = Q(quarter__number=_NUMBERS.get(number) or int(number))
            if quarter["year"]:
                here &= Q(quarter__year=int(quarter["year"]))
            plans = plans.filter(here)
        elif _YEAR.fullmatch(word):
            plans = plans.filter(quarter__year=int(word))
        elif word not in ("quy", "quarter"):
            plans = plans.filter(officer__folded__contains=word)
    ordered = plans.select_related("officer", "quarter", "department")
    return ordered.order_by("-quarter__year", "-quarter__number", "officer__sort_name", "pk")[:MOST]
