"""Who is who to a paper. No queries: everything is read from ``Powers`` and the paper's own columns.

Each predicate yields the holdings by which the person may act, own roles before delegated ones; nothing yielded
means "not you". Whether it is *time* to act is the business of ``workflow.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from accounts.models import Role
from accounts.powers import Holding, Powers


class Owned(Protocol):
    """What the predicates need to know of a paper."""

    @property
    def province_id(self) -> int: ...

    @property
    def department_id(self) -> int | None: ...

    @property
    def author_id(self) -> int | None: ...

    @property
    def authors(self) -> frozenset[int]: ...


Predicate = Callable[[Powers, Owned], Iterable[Holding]]


def author(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """The officer whose paper it is."""
    if paper.author_id == powers.user.pk:
        yield from powers.all(Role.OFFICER, province_id=paper.province_id)


def leader(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """Head or deputy of the paper's department (or of the one it was merged into)."""
    for holding in powers.all(Role.HEAD, Role.DEPUTY, province_id=paper.province_id):
        if paper.department_id in holding.departments:
            yield holding


def head_with_own_paper(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """The head whose own paper it is; not a stand-in."""
    if paper.author_id == powers.user.pk:
        for holding in leader(powers, paper):
            if holding.role == Role.HEAD and holding.on_behalf_of is None:
                yield holding


def coordinator(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """The coordination desk of the province."""
    return powers.all(Role.COORDINATOR, province_id=paper.province_id)


def committee(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """A member of the province's Standing Committee."""
    return powers.all(Role.COMMITTEE, province_id=paper.province_id)


def named_member(powers: Powers, paper: Any) -> Iterable[Holding]:
    """The member of the Standing Committee who is said to have agreed by word of mouth, or whoever stands in for them."""
    for holding in committee(powers, paper):
        acts_for = holding.on_behalf_of or powers.user
        if acts_for.pk == paper.agreed_by_id:
            yield holding


def results_desk(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """The results desk of the province."""
    return powers.all(Role.RESULTS_DESK, province_id=paper.province_id)


def owner(powers: Powers, paper: Any) -> Iterable[Holding]:
    """The officer who follows a recommendation up."""
    if paper.owner_id == powers.user.pk:
        yield from powers.all(Role.OFFICER, province_id=paper.province_id)


def keeper_of_dates(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """Who may change when a quarter opens and what is due in it: the coordinator, and the administrator of the rules."""
    return powers.all(Role.COORDINATOR, Role.ADMINISTRATOR, province_id=paper.province_id)


def remarker(powers: Powers, paper: Owned) -> Iterable[Holding]:
    """Who may comment on single lines: the department's leaders, the coordinator, the Standing Committee; never on one's own."""
    for predicate in (leader, coordinator, committee):
        for holding in predicate(powers, paper):
            if not is_own(holding, powers, paper):
                yield holding


def is_own(holding: Holding, powers: Powers, paper: Owned) -> bool:
    """Whether deciding in this capacity would be deciding on one's own paper, oneself or through a stand-in."""
    own = {powers.user.pk}
    if holding.on_behalf_of is not None:
        own.add(holding.on_behalf_of.pk)
    return not own.isdisjoint(paper.authors)
