"""What every cell is made with: who looks, the due dates, lateness, names for those who may read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.models import Role, User

from ...models import OfficerPlan, Quarter
from ...models.officers import Place
from ...workflow import QuarterState
from ..department_papers import AT_HOME
from .board import Cell, Step
from .facts import Papers

#: Most officers named in a cell; the others are counted.
MOST_NAMES = 3

STEPS = (
    Step(1, gettext_lazy("Officers register")),
    Step(2, gettext_lazy("Departments consolidate")),
    Step(3, gettext_lazy("Standing Committee decides")),
    Step(4, gettext_lazy("Visits are carried out")),
    Step(5, gettext_lazy("Host units are notified")),
    Step(6, gettext_lazy("Results are reported")),
    Step(7, gettext_lazy("The year is reported")),
)


class Cells:
    """The board's reader, without what it reads."""

    def __init__(self, quarter: Quarter, user: User) -> None:
        self.quarter, self.user, self.today = quarter, user, clock.today()
        powers, province = user.powers, quarter.province_id
        self.led = powers.departments(Role.HEAD, Role.DEPUTY)
        self.wide = province in powers.provinces(Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE)
        self.decides = province in powers.provinces(Role.COMMITTEE)
        dues = {
            1: quarter.officer_due,
            2: quarter.department_due,
            3: quarter.committee_due,
            6: quarter.report_due,
        }
        self.steps = tuple(Step(s.number, s.name, dues.get(s.number)) for s in STEPS)
        self.readable: set[int] = set()
        self.reminded: set[tuple[int, int]] = set()
        self.own_plan: OfficerPlan | None = None

    def _running(self, papers: Papers, cell: Cell, *, overdue: bool) -> Cell:
        """The cell of an unfinished step with its due date and lateness; nobody holds anything while the quarter is not open."""
        due = self.steps[cell.step - 1].due
        changes: dict[str, Any] = {"due": due}
        if self.quarter.state == QuarterState.SUSPENDED:
            changes |= {
                "status": "suspended",
                "word": str(QuarterState.SUSPENDED.label),
                "icon": "pause-circle",
                "tone": "history",
                "with_whom": "",
                "holder": "",
                "since": None,
                "due": None,
                "late": 0,
            }
        elif self.quarter.state == QuarterState.SCHEDULED:
            word = QuarterState.SCHEDULED.label if cell.step == 1 else cell.word
            changes |= {
                "status": "none",
                "word": str(word),
                "icon": "circle",
                "tone": "history",
                "with_whom": "",
                "holder": "",
                "since": None,
            }
        elif overdue and due and self.quarter.is_late(due):
            changes["late"] = (self.today - due).days
        reminded = (papers.department.pk, cell.step) in self.reminded
        return replace(cell, **changes, reminded=reminded)

    def _done(self, step: int, word: str, count: str, since: date | None, url: str, note: str = "") -> Cell:
        return Cell(
            step, "done", str(word), "check-circle-fill", "approved", count, since=since, url=url, note=note
        )

    def _officers(self, papers: Papers, pending: list[Place]) -> str:
        """Names for those who may read them, a number for everybody else."""
        if not self._opens_department(papers):
            return ngettext("%(count)d officer", "%(count)d officers", len(pending)) % {"count": len(pending)}
        names = ", ".join(str(p.officer) for p in pending[:MOST_NAMES])
        more = len(pending) - MOST_NAMES
        return names if more <= 0 else _("%(names)s and %(count)d more") % {"names": names, "count": more}

    def _opens_department(self, papers: Papers) -> bool:
        return self.wide or papers.department.pk in self.led

    def _board_url(self, papers: Papers) -> str:
        return reverse(
            "department-board", args=[self.quarter.year, self.quarter.number, papers.department.pk]
        )

    def _plans_url(self, papers: Papers) -> str:
        """The department's board, or one's own plan in one's own department."""
        if self._opens_department(papers):
            return self._board_url(papers)
        if self.own_plan is not None and self.own_plan.officer_id in papers.plans:
            return self.own_plan.get_absolute_url()
        return ""

    def _department_url(self, papers: Papers) -> str:
        """The department plan; the department's board while there is none to read, or its leaders have it in hand."""
        paper = papers.first
        at_home = paper is None or paper.state in AT_HOME
        if papers.department.pk in self.led and at_home:
            return self._board_url(papers)
        if paper is not None and paper.pk in self.readable:
            return paper.get_absolute_url()
        return self._board_url(papers) if self._opens_department(papers) else ""
