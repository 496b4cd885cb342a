"""How one stands in the year, for the gauge on home."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User

from ...models import Officer, OfficerYear, YearRule, years_of


@dataclass(frozen=True)
class MyYear:
    """An officer's year in days, with what the gauge shows: ``accepted``, ``waiting``, ``ahead``, each without the others."""

    year: int
    standing: OfficerYear

    @property
    def owed(self) -> int:
        return self.standing.target.days

    @property
    def accepted(self) -> int:
        return self.standing.figures["accepted"]

    @property
    def waiting(self) -> int:
        """Gone by under an approved visit, with a result that is not accepted yet."""
        return self.standing.figures["waiting"]

    @property
    def ahead(self) -> int:
        return self.standing.figures["ahead"]

    @property
    def missing(self) -> int:
        """What neither accepted days nor those that wait or are still to come make up."""
        return max(0, self.owed - self.accepted - self.waiting - self.ahead)

    @property
    def scale(self) -> int:
        return max(self.owed, self.accepted + self.waiting + self.ahead, 1)


def my_year(user: User, rule: YearRule) -> MyYear:
    """The year of one officer by the rule (``years_of``)."""
    (standing,) = years_of(rule, Officer.objects.filter(pk=user.pk))
    return MyYear(rule.year, standing)
