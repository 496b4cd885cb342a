"""Who sees the papers of officers (domain section 1), said once for all of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Role, User

from .base import Event


class OfficersPaperQuerySet(models.QuerySet):
    """Papers of an officer in a department and quarter: own ones whole; as head or deputy those of the department from submission
    on; as coordinator, results desk or Standing Committee those of the province from submission on; as executive member settled
    ones; and those one has moved. A draft shows its text to nobody but its officer.
    """

    #: The way to the row that says officer, department and quarter, with its underscores; empty for the paper itself.
    path: ClassVar[str] = ""
    unsent: ClassVar[tuple[str, ...]] = ("draft",)
    #: States in which an executive member may read it.
    settled: ClassVar[tuple[str, ...]] = ()

    def visible_to(self, user: User):
        return self.filter(self.readable(user))

    def readable(self, user: User, way: str = "", path: str | None = None) -> Q:
        """Which papers of this kind ``user`` may read, as a condition on rows that lead to the paper by ``way`` and to its
        officer, department and quarter by ``path`` (both with their underscores): joined rows, which the database reads through
        their keys, rather than lists of everything one may read in ten years."""
        path = way + self.path if path is None else path

        def at(**condition: object) -> Q:
            return Q(**{path + name: value for name, value in condition.items()})

        def paper(**condition: object) -> Q:
            return Q(**{way + name: value for name, value in condition.items()})

        powers = user.powers
        at_home = at(quarter__province=user.province_id)
        sent = at_home & ~paper(state__in=self.unsent)
        if user.province_id not in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE):
            reads_settled = powers.provinces(Role.EXECUTIVE)
            sent &= (
                at(department__in=powers.departments(Role.HEAD, Role.DEPUTY))
                | at(quarter__province__in=reads_settled) & paper(state__in=self.settled)
                | paper(pk__in=Event.objects.decided_by(user, self.model))
            )
        return at_home & at(officer=user) | sent

    def by_name(self):
        return self.order_by(f"{self.path}officer__sort_name", f"{self.path}officer", "pk")
