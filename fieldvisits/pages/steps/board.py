"""What the seven-step board shows: a row for each department, a cell for each step, a total for each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Department

from ...models import Quarter
from ...workflow import QuarterState


@dataclass(frozen=True)
class Step:
    """One of the seven steps (domain section 2); ``due`` is None while no rule of this page knows a date."""

    number: int
    name: str | Promise
    due: date | None = None


STEPS = (
    Step(1, gettext_lazy("Officers register")),
    Step(2, gettext_lazy("Departments consolidate")),
    Step(3, gettext_lazy("Standing Committee decides")),
    Step(4, gettext_lazy("Visits are carried out")),
    Step(5, gettext_lazy("Host units are notified")),
    Step(6, gettext_lazy("Results are reported")),
    Step(7, gettext_lazy("The year is reported")),
)


@dataclass(frozen=True)
class Cell:
    """Where a department stands in a step.

    ``status``: none (not started), current, returned, done, missed (nothing can be done any more), suspended. ``late`` is in
    whole days after ``due`` and 0 unless the step is overdue; ``with_whom`` is officers, leaders, coordinator, results (the
    desk), committee or nothing; ``url`` is empty where the person who looks may not open what lies behind. ``reached`` of
    ``of`` are what ``count`` says in words (steps 4-6: visits, units, results). ``overdue`` counts the papers that are late: plans
    (step 1), consents (4), results (6); 0 where the cell is about one paper of the department's.
    """

    step: int
    status: str
    word: str
    icon: str
    tone: str
    count: str = ""
    due: date | None = None
    late: int = 0
    with_whom: str = ""
    holder: str = ""
    since: date | None = None
    note: str = ""
    url: str = ""
    reminded: bool = False
    reached: int = 0
    of: int = 0
    overdue: int = 0

    @property
    def is_done(self) -> bool:
        return self.status == "done"

    @property
    def may_be_reminded(self) -> bool:
        """Whether somebody other than the coordinator holds it and has not been reminded today."""
        return self.with_whom in ("officers", "leaders", "results", "committee") and not self.reminded


@dataclass(frozen=True)
class Row:
    """A department: how many officers owe a plan, how many are excused, a cell for each step."""

    department: Department
    officers: int
    excused: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Total:
    """A step over the whole province: ``done`` of ``of`` officers (step 1), departments (2, 3), visits (4), units told (5), results (6).

    ``status`` is late, done, current, or empty while nothing has begun; ``late`` counts the papers that are overdue.
    """

    step: Step
    status: str
    word: str
    icon: str
    count: str
    done: int
    of: int
    late: int
    url: str = ""


@dataclass(frozen=True)
class Board:
    quarter: Quarter
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]

    @property
    def leaves_work(self) -> bool:
        """Whether something of what follows the decision - visits, units, results - has begun and is not done."""
        return self.quarter.state == QuarterState.OPEN and any(
            total.status in ("current", "late") for total in self.totals[3:6]
        )

    @property
    def year(self) -> Cell | None:
        """Step 7: one and the same for every department."""
        return self.rows[0].cells[6] if self.rows else None

    def cell(self, department_id: int, step: int) -> Cell | None:
        """The cell of a department and step, if the board has it."""
        return next(
            (c for r in self.rows if r.department.pk == department_id for c in r.cells if c.step == step),
            None,
        )


def not_started(step: int) -> Cell:
    """The cell of a step nothing has happened in."""
    return Cell(step, "none", pgettext("step", "Not started"), "circle", "history")
