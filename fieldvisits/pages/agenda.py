"""What the Standing Committee has before it (step 3), read for its pages with a constant number of queries.

``Waiting`` is the page before a meeting, ``Screen`` the meeting itself, ``Minutes`` the closed decision as a paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _

from accounts.models import Department, User
from accounts.powers import Powers

from ..forms.meeting import VerdictForm
from ..models import (
    Decision,
    DepartmentPlan,
    LineDecision,
    Officer,
    OfficerPlan,
    Quarter,
    ReturnDecision,
    Verdict,
    Visit,
)
from ..models.decisions import OnTable
from ..models.officers import places_in
from ..quota import each_day
from ..workflow import DecisionState, DepartmentPlanState, VisitState

#: Most other visits named in the note at one line.
MOST_NAMED = 3


# --- Before a meeting -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Absent:
    """A department whose plan is expected and does not lie before the committee yet; ``plan`` when there is one on its way."""

    department: Department
    plan: DepartmentPlan | None


@dataclass(frozen=True)
class Waiting:
    """A quarter without a meeting in progress."""

    quarter: Quarter

    @cached_property
    def papers(self) -> list[DepartmentPlan]:
        """The plans before the committee, with ``plan_count`` and ``line_count`` (lines to decide on)."""
        to_decide = Q(officer_plans__lines__state=VisitState.PLANNED)
        return list(
            DepartmentPlan.objects.filter(quarter=self.quarter, state=DepartmentPlanState.FORWARDED)
            .select_related("department", "quarter", "last_event")
            .annotate(
                plan_count=Count("officer_plans", distinct=True),
                line_count=Count("officer_plans__lines", distinct=True, filter=to_decide),
            )
            .order_by("department__order", "department__name", "sequence")
        )

    @cached_property
    def absent(self) -> list[Absent]:
        """Departments that should have a plan and of which none has reached the committee, in the departments' order."""
        arrived = (DepartmentPlanState.FORWARDED, DepartmentPlanState.APPROVED)
        plans = {}
        there = set()
        for plan in DepartmentPlan.objects.filter(quarter=self.quarter).select_related(
            "department", "quarter", "last_event"
        ):
            plans[plan.department_id] = plan
            if plan.state in arrived:
                there.add(plan.department_id)
        expected = {p.department.pk: p.department for p in places_in(self.quarter) if not p.excused}
        missing = [d for pk, d in expected.items() if pk not in there]
        return [Absent(d, plans.get(d.pk)) for d in sorted(missing, key=lambda d: (d.order, d.name))]

    @cached_property
    def closed(self) -> list[Decision]:
        """The quarter's earlier decisions, latest first."""
        decisions = self.quarter.decisions.filter(state=DecisionState.CLOSED)
        return list(decisions.order_by("-meeting_on", "-pk"))

    @cached_property
    def why_not(self) -> str:
        """Why no meeting can be started now, in words."""
        return str(self.quarter.why_closed() or "") or (
            "" if self.papers else _("No department plan lies before the Standing Committee yet.")
        )


# --- The meeting ------------------------------------------------------------------------------------------------------


@dataclass
class LineRow:
    """A line as the meeting decides on it. ``barred``: another member has to; ``notes``: who else is there, what overlaps."""

    number: int
    line: Visit
    mark: LineDecision | None
    barred: bool
    notes: list[str]
    form: VerdictForm

    @property
    def seen(self) -> int:
        return self.mark.revision if self.mark else self.line.plan.seen


@dataclass
class PlanRow:
    """An officer's plan in the meeting, with the officer's year in days; ``registered`` ones are not given up (``with_standing``)."""

    plan: OfficerPlan
    rows: list[LineRow]
    days: int
    registered: int
    accepted: int
    required: int
    returned: ReturnDecision | None
    barred: bool


@dataclass
class Screen:
    """The meeting with one department plan open. ``forms`` are those to be shown as typed, by line."""

    decision: Decision
    powers: Powers
    chosen: int | None = None
    forms: dict[int, VerdictForm] = field(default_factory=dict)

    @cached_property
    def table(self) -> list[OnTable]:
        return self.decision.table

    @cached_property
    def row(self) -> OnTable | None:
        """The plan asked for, else the first with something left, else the first."""
        asked = [row for row in self.table if row.plan.pk == self.chosen]
        incomplete = [row for row in self.table if not row.is_complete]
        return next(iter(asked + incomplete + self.table), None)

    @cached_property
    def own(self) -> set[int]:
        """Department plans in which something is left that another member has to decide on."""
        in_whose_name = [
            {self.powers.user.pk, h.on_behalf_of and h.on_behalf_of.pk}
            for h in self.powers.all("committee", province_id=self.decision.province_id)
        ]
        mine = set.intersection(*in_whose_name) if in_whose_name else set()
        return {
            row.plan.pk
            for row in self.table
            if not row.returned and row.left and (row.waiting & mine or row.plan.authors & mine)
        }

    @cached_property
    def tally(self) -> dict[str, int]:
        """Lines agreed, amended, not agreed and left; papers returned."""
        verdicts: Counter[str] = Counter()
        for row in self.table:
            if not row.returned:
                verdicts += row.tally
        return {
            "agreed": verdicts[Verdict.AGREE],
            "amended": verdicts[Verdict.AMEND],
            "struck": verdicts[Verdict.STRIKE],
            "left": sum(row.left for row in self.table if not row.returned),
            "returned": sum(1 if row.returned else row.returned_plans for row in self.table),
        }

    @cached_property
    def why_not(self) -> str:
        """Why the meeting cannot be ended yet; the record is checked when it is."""
        return self.decision.why_not_decided() or ""

    @cached_property
    def consequences(self) -> str:
        """What ending the meeting now will do, department by department."""
        outcomes: dict[str, list[str]] = {"decided": [], "returned": [], "left": []}
        for row in self.table:
            back = row.returned or (row.total and row.given_back == row.total)
            outcomes["returned" if back else "left" if row.is_untouched else "decided"].append(row.name)
        sentences = {
            "decided": _("Decided: %(names)s."),
            "returned": _("Returned: %(names)s."),
            "left": _("Left for the next meeting: %(names)s."),
        }
        return " ".join(
            sentences[kind] % {"names": ", ".join(names)} for kind, names in outcomes.items() if names
        )

    @cached_property
    def reasons(self) -> list[str]:
        """Reasons already given in this meeting, latest first."""
        given = self.decision.marks.exclude(reason="").order_by("-pk").values_list("reason", flat=True)
        return list(dict.fromkeys(given))[:10]

    @cached_property
    def plans(self) -> list[PlanRow]:
        """The officers' plans of the department plan, by given name; seven queries."""
        if self.row is None:
            return []
        decision, paper = self.decision, self.row.plan
        marks = decision.marks.select_related("unit", "was_unit", "decided_by", "on_behalf_of")
        lines = (
            Visit.objects.filter(state=VisitState.PLANNED)
            .whole()
            .in_order()
            .prefetch_related(Prefetch("decisions", marks, to_attr="marks_here"))
        )
        plans = list(
            OfficerPlan.objects.filter(department_plan=paper)
            .select_related("officer", "department")
            .by_name()
            .prefetch_related(Prefetch("lines", lines, to_attr="lines_here"))
        )
        returned = {r.officer_plan_id: r for r in self._returns() if r.officer_plan_id}
        officers = self._officers(plans)
        around = self._around(plans)
        numbers = iter(range(1, 10_000))
        shown = []
        for plan in plans:
            rows = [self._line(next(numbers), line, paper, around) for line in plan.lines_here]
            spans = [(line.starts, line.ends) for line in plan.lines_here]
            officer = officers[plan.officer_id]
            shown.append(
                PlanRow(
                    plan,
                    rows,
                    len(each_day(spans, (decision.quarter.starts, decision.quarter.ends))),
                    officer.standing,
                    officer.accepted,
                    officer.target(decision.quarter.rule).days,
                    returned.get(plan.pk),
                    decision.is_barred(self.powers, plan, paper),
                )
            )
        return shown

    @cached_property
    def barred(self) -> bool:
        """Whether returning the whole department plan would be deciding on one's own paper."""
        return self.row is not None and self.decision.is_barred(
            self.powers, self.row.plan, *(p.plan for p in self.plans)
        )

    def line(self, pk: int) -> LineRow | None:
        return next((row for plan in self.plans for row in plan.rows if row.line.pk == pk), None)

    def _returns(self) -> list[ReturnDecision]:
        return list(self.decision.returns.select_related("decided_by", "on_behalf_of"))

    def _officers(self, plans: list[OfficerPlan]) -> dict[int, Officer]:
        rule = self.decision.quarter.rule
        found = Officer.objects.with_scope(rule).filter(pk__in=[p.officer_id for p in plans])
        return {o.pk: o for o in found.with_days(rule).with_standing(rule)}

    def _around(self, plans: list[OfficerPlan]) -> list[tuple[int, int, str, int | None, date, date]]:
        """Registered visits of the quarter at the same units or by the same officers."""
        lines = [line for plan in plans for line in plan.lines_here]
        return list(
            Visit.objects.registered()
            .filter(quarter=self.decision.quarter)
            .filter(Q(unit__in={v.unit_id for v in lines}) | Q(officer__in={v.officer_id for v in lines}))
            .order_by("starts", "pk")
            .values_list("pk", "officer", "officer__full_name", "unit", "starts", "ends")
        )

    def _line(self, number: int, line: Visit, paper: DepartmentPlan, around: list) -> LineRow:
        mark = line.marks_here[0] if line.marks_here else None
        line.quarter = self.decision.quarter
        form = self.forms.get(line.pk) or VerdictForm(self.decision, line, mark)
        form.mark = mark
        barred = self.decision.is_barred(self.powers, line, paper)
        return LineRow(number, line, mark, barred, list(_notes(line, around)), form)


def _notes(line: Visit, around: list[tuple[int, int, str, int | None, date, date]]) -> Iterator[str]:
    """Who else registered the same unit on the same days, and what else the officer does on them."""
    meets = [v for v in around if v[0] != line.pk and v[4] <= line.ends and line.starts <= v[5]]
    others = [
        f"{name} {first:%d/%m}–{last:%d/%m}"
        for _pk, officer, name, unit, first, last in meets
        if unit == line.unit_id and officer != line.officer_id
    ]
    if others:
        yield _("Also there on these days: %(who)s") % {"who": ", ".join(others[:MOST_NAMED])}
    if any(officer == line.officer_id for _pk, officer, *_rest in meets):
        yield _("Overlaps another visit of the same officer")


# --- The closed decision ------------------------------------------------------------------------------------------------


@dataclass
class Minutes:
    """A decision as a paper, with what the reader may know of it (domain section 1)."""

    decision: Decision
    reader: User

    @property
    def official_text(self) -> str:
        """The conclusion as an official paper ends its text (domain section 6)."""
        return self.decision.conclusion.rstrip(" .\n") + "./."

    @cached_property
    def readable(self) -> set[int]:
        """Lines whose text and reasons the reader may read; of others only who, when, where, which group."""
        mine = Visit.objects.visible_to(self.reader).filter(decisions__decision=self.decision)
        return set(mine.values_list("pk", flat=True))

    @cached_property
    def marks(self) -> list[LineDecision]:
        known = Visit.objects.known_to(self.reader).filter(decisions__decision=self.decision).values("pk")
        return list(
            self.decision.marks.filter(visit__in=known)
            .select_related(
                "visit__plan__department_plan",
                "visit__department",
                "visit__officer",
                "unit",
                "was_unit",
                "decided_by",
                "on_behalf_of",
            )
            .order_by(
                "visit__department__order",
                "visit__department__name",
                "visit__plan__department_plan",
                "visit__officer__sort_name",
                "visit__officer",
                "was_starts",
                "pk",
            )
        )

    @cached_property
    def departments(self) -> list[tuple[DepartmentPlan, list[tuple[User, list[LineDecision]]]]]:
        """The lines decided on, by department plan and officer."""
        shown = []
        for paper, marks in groupby(self.marks, key=lambda m: m.visit.plan.department_plan):
            by_officer = groupby(marks, key=lambda m: m.visit.officer)
            shown.append((paper, [(officer, list(lines)) for officer, lines in by_officer]))
        return [(self._named(paper), officers) for paper, officers in shown]

    def _named(self, paper: DepartmentPlan) -> str:
        name = str(self._department_names[paper.department_id])
        return name + (_(" (supplement %(number)d)") % {"number": paper.sequence} if paper.sequence else "")

    @cached_property
    def _department_names(self) -> dict[int, str]:
        return {m.visit.department_id: str(m.visit.department) for m in self.marks}

    @cached_property
    def returns(self) -> list[ReturnDecision]:
        """The papers returned that the reader may read."""
        papers = DepartmentPlan.objects.visible_to(self.reader).values("pk")
        plans = OfficerPlan.objects.visible_to(self.reader).values("pk")
        return list(
            self.decision.returns.filter(Q(department_plan__in=papers) | Q(officer_plan__in=plans))
            .select_related(
                "department_plan__department",
                "department_plan__quarter",
                "officer_plan__officer",
                "officer_plan__quarter",
                "decided_by",
                "on_behalf_of",
            )
            .order_by("pk")
        )

    @cached_property
    def is_partial(self) -> bool:
        """Whether the decision says more than the reader may read."""
        total = self.decision.marks.count() + self.decision.returns.count()
        return len(self.readable) + len(self.returns) < total

    @cached_property
    def tally(self) -> dict[str, int]:
        verdicts = Counter(self.decision.marks.values_list("verdict", flat=True))
        return {
            "agreed": verdicts[Verdict.AGREE],
            "amended": verdicts[Verdict.AMEND],
            "struck": verdicts[Verdict.STRIKE],
            "returned": self.decision.returns.count(),
        }
