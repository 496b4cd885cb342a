"""The rows read for a desk, and what every task is made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from django.urls import reverse

from accounts import clock
from accounts.models import Role, User

from ...models import Quarter, YearRule
from ...workflow import QuarterState, Transition
from .. import waiting
from ..gathering import Found
from .tasks import Tap, Task


class Rows:
    """Whose desk it is, and everything around it."""

    def __init__(self, user: User, quarters: list[Quarter], rules: dict[int, YearRule]) -> None:
        self.user, self.powers, self.today, self.rules = user, user.powers, clock.today(), rules
        quarters.sort(key=lambda q: (q.year, q.number))
        for quarter in quarters:
            quarter.__dict__.setdefault("rule", rules[quarter.year])
        self.all = {q.pk: q for q in quarters}
        self.quarters = [q for q in quarters if not q.is_suspended]
        self.open = {q.pk: q for q in quarters if q.state == QuarterState.OPEN}
        self.led = self.powers.departments(Role.HEAD, Role.DEPUTY)
        self.rows: dict[str, list[Found]] = {}
        for row in waiting.papers_around(user, quarters):
            self.rows.setdefault(row.kind, []).append(self._dated(row))

    def _dated(self, row: Found) -> Found:
        """A change request, with the last day of its visit's quarter: whether it leaves the quarter says who decides."""
        return replace(row, due=self.all[row.quarter_id].ends) if row.kind == "changes" else row

    def _of(self, kind: str) -> Iterator[tuple[Found, Quarter]]:
        """The rows of a kind in open quarters."""
        for row in self.rows.get(kind, ()):
            if row.quarter_id in self.open:
                yield row, self.open[row.quarter_id]

    def _late(self, quarter: Quarter, due: date | None) -> int:
        return (self.today - due).days if due and quarter.is_late(due) else 0

    def _task(self, row: Found, quarter: Quarter, what: str, url: str, step: int, **more: object) -> Task:
        return Task(
            what,
            quarter,
            url,
            step,
            **({"department_id": row.department_id, "since": row.since} | more),  # type: ignore[arg-type]
        )

    def _home(self, quarter: Quarter) -> int | None:
        rows = (
            r
            for kind in (waiting.MEMBERSHIP, waiting.GRANT, waiting.EXEMPTION)
            for r in self.rows.get(kind, ())
        )
        return waiting.department_in(rows, quarter) if self.user.movement_work else None

    def _tap(self, row: Found, *verbs: str) -> Tap | None:
        """The first of ``verbs`` that the person may do to the paper now."""
        rows = row.rows(self.powers)
        return next((tap_of(row.kind, row.pk, row.seen, rows[verb]) for verb in verbs if verb in rows), None)


def tap_of(kind: str, pk: int, seen: int, row: Transition) -> Tap:
    url = reverse("paper-transition", args=[kind, pk, row.verb])
    return Tap(url, str(row.label), row.verb, seen, str(row.confirm))


def quarter_page(quarter: Quarter, name: str, department_id: int | None) -> str:
    """The address of a department's page in a quarter."""
    return reverse(name, args=[quarter.year, quarter.number, department_id])
