"""What the board knows of a quarter: the papers of each department, its visits as facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts import clock
from accounts.models import Department, User

from ...models import (
    Answer,
    ChangeRequest,
    DepartmentPlan,
    DepartmentReport,
    NoticeLine,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Visit,
)
from ...models.adhoc import confirm_due
from ...models.base import papers
from ...models.changes import PENDING_CHANGE
from ...models.days import REPORTED
from ...models.officers import Place
from ...workflow import (
    ANNUAL_REPORT,
    DEPARTMENT_REPORT,
    QUARTER_REPORT,
    AdHocState,
    ChangeState,
    ResultState,
    VisitState,
)
from ..gathering import Found, gathered, part


@dataclass(frozen=True)
class VisitFact:
    """A visit of the quarter that was decided on, or an ad-hoc one that waits to be; ``told`` as it is now, by a notice in force
    that was sent or answered to.

    ``change`` and ``adhoc`` are the states of requests nobody has decided on yet, with the day since when; ``answer`` is what
    the unit said last.
    """

    department_id: int
    officer_id: int
    unit_id: int | None
    state: str
    starts: date | None
    ends: date | None
    result: str | None
    adhoc: str | None
    adhoc_since: date | None
    change: str | None
    change_since: date | None
    told: bool
    answer: str | None

    @property
    def is_approved(self) -> bool:
        return self.state == VisitState.APPROVED

    @property
    def is_reported(self) -> bool:
        return self.result in REPORTED

    @property
    def is_accepted(self) -> bool:
        return self.result == ResultState.ACCEPTED

    @property
    def is_over(self) -> bool:
        return self.ends is not None and self.ends < clock.today()

    @property
    def has_begun(self) -> bool:
        return self.starts is not None and self.starts <= clock.today()

    @property
    def is_owed(self) -> bool:
        """Approved, over, and nothing reported."""
        return self.is_approved and self.is_over and not self.is_reported

    @property
    def asks_leaders(self) -> bool:
        return self.change == ChangeState.SUBMITTED or self.adhoc == AdHocState.SUBMITTED

    @property
    def asks_committee(self) -> bool:
        return self.change == ChangeState.FORWARDED or self.adhoc in (
            AdHocState.ENDORSED,
            AdHocState.TO_CONFIRM,
        )

    @property
    def asked_on(self) -> date | None:
        return self.change_since if self.change else self.adhoc_since

    def consent_due(self, quarter: Quarter) -> date | None:
        """Last day (inclusive) for a consent to an ad-hoc visit: its first day, or the days for a confirmation."""
        if self.adhoc == AdHocState.TO_CONFIRM:
            return confirm_due(self.adhoc_since, quarter) if self.adhoc_since else None
        return self.starts if self.adhoc in (AdHocState.SUBMITTED, AdHocState.ENDORSED) else None

    @property
    def is_declined(self) -> bool:
        """The unit has refused, or wants another day, and nothing has been changed since."""
        return self.is_approved and not self.has_begun and self.answer in (Answer.REFUSED, Answer.OTHER_DATE)


def visit_facts(quarters: Iterable[Quarter]) -> dict[int, list[VisitFact]]:
    """Every visit of each quarter (by its id) that was decided on or waits as an ad-hoc one; one query."""
    pending = ChangeRequest.objects.filter(visit=OuterRef("pk"), state__in=PENDING_CHANGE)
    lines = NoticeLine.objects.announcing().telling()
    decided = Q(state__in=(VisitState.APPROVED, VisitState.NOT_DONE))
    rows = (
        Visit.objects.filter(decided | Q(plan=None, state=VisitState.PLANNED), quarter__in=quarters)
        .annotate(
            change=Subquery(pending.values("state")[:1]),
            change_since=Subquery(pending.values("submitted_on")[:1]),
            answer=Subquery(lines.values("answer")[:1]),  # None: not told; empty: told, and no answer yet
        )
        .values_list(
            "quarter",
            "department",
            "officer",
            "unit",
            "state",
            "starts",
            "ends",
            F("result__state"),
            F("adhoc__state"),
            F("adhoc__submitted_on"),
            "change",
            "change_since",
            "answer",
        )
    )
    found: dict[int, list[VisitFact]] = {}
    for quarter_id, *row, answer in rows:
        fact = VisitFact(*row, told=answer is not None, answer=answer)
        found.setdefault(quarter_id, []).append(fact)
    return found


def reports_of(quarters: Sequence[Quarter], user: User) -> list[Found]:
    """The reports of the quarters' officers and departments and of their years (``number``); ``own`` of a department's and of the year's:
    ``user`` may read it."""
    return gathered(quarters[0].province_id, _reports(quarters, user))


def _reports(quarters: Sequence[Quarter], user: User) -> list[QuerySet]:
    # the year's report lives in a later app: it is known by the word in its addresses
    readable = DepartmentReport.objects.visible_to(user).filter(pk=OuterRef("pk"))
    annual = papers()[ANNUAL_REPORT.kind].objects  # type: ignore[attr-defined]
    return [
        part(
            QUARTER_REPORT.kind,
            QuarterReport.objects.filter(quarter__in=quarters),
            quarter_id="quarter_id",
            state="state",
            department_id="department_id",
            officer_id="officer_id",
            sent="submitted_on",
            own="heads_own",
            at="last_event__at",
        ),
        part(
            DEPARTMENT_REPORT.kind,
            DepartmentReport.objects.filter(quarter__in=quarters),
            quarter_id="quarter_id",
            state="state",
            department_id="department_id",
            sent="sent_on",
            own=Exists(readable),
            at="last_event__at",
        ),
        part(
            ANNUAL_REPORT.kind,
            annual.filter(province=quarters[0].province_id, year__in={q.year for q in quarters}),
            number="year",
            state="state",
            text="version",
            own=Exists(annual.visible_to(user).filter(pk=OuterRef("pk"))),
            at="last_event__at",
        ),
    ]


@dataclass
class Papers:
    """A department's part of the quarter while the board is read."""

    department: Department
    places: list[Place] = field(default_factory=list)
    plans: dict[int, OfficerPlan] = field(default_factory=dict)
    first: DepartmentPlan | None = None
    supplements: list[DepartmentPlan] = field(default_factory=list)
    visits: list[VisitFact] = field(default_factory=list)
    reports: list[Found] = field(default_factory=list)

    @property
    def report(self) -> Found | None:
        """The department's own report."""
        return next((r for r in self.reports if r.kind == DEPARTMENT_REPORT.kind), None)

    @property
    def accepted_reports(self) -> set[int]:
        """Officers whose report is accepted."""
        return {
            r.officer_id
            for r in self.reports
            if r.kind == QUARTER_REPORT.kind and r.officer_id and r.state == ResultState.ACCEPTED
        }

    @property
    def sent_reports(self) -> set[int]:
        """Officers whose report has left their hands."""
        return {
            r.officer_id
            for r in self.reports
            if r.kind == QUARTER_REPORT.kind and r.officer_id and r.state in REPORTED
        }

    @property
    def owing(self) -> list[Place]:
        return [p for p in self.places if not p.excused]

    def count(self, *states: str) -> int:
        return sum(
            1 for p in self.owing if p.officer.pk in self.plans and self.plans[p.officer.pk].state in states
        )

    @property
    def pending(self) -> list[Place]:
        """Officers whose plan is not out of their hands."""
        return [
            p for p in self.owing if p.officer.pk not in self.plans or self.plans[p.officer.pk].is_editable
        ]
