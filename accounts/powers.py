"""What a person may be on a given day: the roles they hold themselves and those lent to them.

Loaded once a request (three queries), then asked without any: see ``fieldvisits/permissions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from . import clock
from .models import (
    DUTY_OF_ROLE,
    Delegation,
    Department,
    Province,
    Role,
    RoleGrant,
    User,
)


@dataclass(frozen=True)
class Holding:
    """One role as held on one day.

    ``departments`` holds the department of the role and those merged into it, whose open papers it carries on.
    ``on_behalf_of`` is the holder of the role when it is exercised by delegation until ``until``.
    """

    role: Role
    province_id: int | None
    departments: frozenset[int]
    place: str
    on_behalf_of: User | None = None
    until: date | None = None

    @property
    def label(self) -> str:
        """For the frame: "Trưởng ban · Ban Phong trào"."""
        return f"{Role(self.role).label} · {self.place}" if self.place else str(Role(self.role).label)


@dataclass(frozen=True)
class Powers:
    """A person on a day."""

    user: User
    day: date
    holdings: tuple[Holding, ...]

    def all(self, *roles: Role, province_id: int | None = None) -> Iterable[Holding]:
        """The holdings of any of ``roles``, in the province when one is named; own ones before lent ones."""
        return (h for h in self.holdings if h.role in roles and province_id in (None, h.province_id))

    def holds(self, *roles: Role) -> bool:
        return any(True for _ in self.all(*roles))

    def provinces(self, *roles: Role) -> set[int]:
        """Provinces in which any of ``roles`` is held."""
        return {h.province_id for h in self.all(*roles) if h.province_id}

    def departments(self, *roles: Role) -> set[int]:
        """Departments in which any of ``roles`` is held, those merged into them included."""
        return {d for h in self.all(*roles) for d in h.departments}


def powers_of(user: User, day: date | None = None) -> Powers:
    """The powers of ``user`` on ``day`` (today when not given)."""
    day = day or clock.today()
    if not user.is_active:
        return Powers(user, day, ())
    held = _held(day, Q(user=user), Q(delegate=user))
    return Powers(user, day, _holdings(user.province_id, day, held.get(user, ())))


def powers_in(province: Province, *roles: Role) -> list[Powers]:
    """The powers of everybody in the province who holds one of ``roles`` today, own or lent, narrowed to these; by given name.

    Says who may act on a paper. Three queries, whatever the number of people.
    """
    day = clock.today()
    held = _held(
        day,
        Q(province=province, role__in=roles, user__is_active=True),
        Q(grant__province=province, grant__role__in=roles, delegate__is_active=True),
    )
    lineage = _Lineage(province.pk, day)
    people = sorted(held, key=lambda person: (person.sort_name, person.pk))
    return [Powers(p, day, _holdings(province.pk, day, held[p], lineage)) for p in people]


#: A role as somebody holds it: the grant, whose it is when lent, until when.
_Held = tuple[RoleGrant, User | None, date | None]


def _held(day: date, own: Q, lent: Q) -> dict[User, list[_Held]]:
    """Who holds which roles on ``day``, own ones first: grants that match ``own``, delegations that match ``lent``; two queries."""
    held: dict[User, list[_Held]] = {}
    for grant in RoleGrant.objects.on(day).filter(own).select_related("department", "user"):
        held.setdefault(grant.user, []).append((grant, None, None))
    delegations = (
        Delegation.objects.in_force(day)
        .filter(lent, grant__user__is_active=True)
        .select_related("grant__department", "grant__user", "delegate")
    )
    for d in delegations:
        held.setdefault(d.delegate, []).append((d.grant, d.grant.user, d.valid_to))
    return held


def _holdings(
    province_id: int | None, day: date, held: Iterable[_Held], lineage: _Lineage | None = None
) -> tuple[Holding, ...]:
    if lineage is None and any(grant.department_id for grant, _, _ in held):
        lineage = _Lineage(province_id, day)
    holdings = []
    for grant, holder, until in held:
        departments: frozenset[int] = frozenset()
        if grant.department_id and lineage:
            departments = lineage.carried_by(grant.department_id)
            duty = DUTY_OF_ROLE.get(Role(grant.role))
            if duty and (grant.department_id, duty) not in lineage.duties:
                continue
        place = str(grant.department) if grant.department_id else ""
        holdings.append(Holding(Role(grant.role), grant.province_id, departments, place, holder, until))
    return tuple(holdings)


class _Lineage:
    """The departments of a province as they stand on a day: who carries on whom, who holds which duty; one query."""

    def __init__(self, province_id: int | None, day: date) -> None:
        rows = Department.objects.filter(province=province_id).values_list(
            "pk", "valid_to", "successor", "duties__duty", "duties__valid_from", "duties__valid_to"
        )
        self.successors: dict[int, int] = {}
        self.duties: set[tuple[int, str]] = set()
        for pk, valid_to, successor, duty, first, last in rows:
            if valid_to and valid_to < day and successor:
                self.successors[pk] = successor
            if duty and first <= day and (last is None or day <= last):
                self.duties.add((pk, duty))

    def carried_by(self, department_id: int) -> frozenset[int]:
        carried = {department_id}
        grew = True
        while grew:
            more = {p for p, s in self.successors.items() if s in carried} - carried
            carried |= more
            grew = bool(more)
        return frozenset(carried)
