"""Who signs a paper today, as far as the roles and posts in the books say."""

from __future__ import annotations

from accounts import clock
from accounts.models import Department, Province, Role, RoleGrant, User
from accounts.text import fold
from fieldvisits.pages.department_papers import head_of

from .words import Signature, signed_by_committee, signed_by_head


def secretary_of(province: Province) -> User | None:
    """The Secretary of the province's union: who holds the Standing Committee's role under this post."""
    held = RoleGrant.objects.on(clock.today()).filter(role=Role.COMMITTEE, province=province)
    people = [grant.user for grant in held.select_related("user").order_by("-valid_from", "pk")]
    return next((person for person in people if fold(person.post).startswith("bi thu")), None)


def committee_signature(province: Province) -> Signature:
    """For the Standing Committee; without a Secretary in the books the name stays open."""
    secretary = secretary_of(province)
    return signed_by_committee(province.name, secretary.full_name if secretary else "")


def head_signature(department: Department, name: str, officer: User | None = None) -> Signature:
    """For the department, which bore ``name``; of the head's own paper (``officer``) the deputy signs, whose name stays open."""
    head = head_of(department)
    if officer is not None and head is not None and head.pk == officer.pk:
        return signed_by_head(name, deputy=True)
    return signed_by_head(name, head.full_name if head else "")
