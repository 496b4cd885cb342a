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
        powers = user.powers
        wide = powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        reads_settled = powers.provinces(Role.EXECUTIVE)
        led = powers.departments(Role.HEAD, Role.DEPUTY)
        moved = Event.objects.decided_by(user, self.model)
        at_home = self._at(quarter__province=user.province_id)
        return self.filter(
            at_home & self._at(officer=user)
            | at_home
            & ~Q(state__in=self.unsent)
            & (
                self._at(department__in=led)
                | self._at(quarter__province__in=wide)
                | self._at(quarter__province__in=reads_settled) & Q(state__in=self.settled)
                | Q(pk__in=moved)
            )
        )

    def by_name(self):
        return self.order_by(f"{self.path}officer__sort_name", f"{self.path}officer", "pk")

    def _at(self, **condition: object) -> Q:
        return Q(**{self.path + name: value for name, value in condition.items()})
