"""Which papers of a year came in time, said once: what the annual report sums, and the report of every step by department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.models import Role, User
from fieldvisits.models import (
    AdHocRequest,
    DepartmentPlan,
    DepartmentReport,
    Event,
    NoticeAnswer,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Visit,
    VisitResult,
    YearRule,
)
from fieldvisits.models.officers import Place, places_in_each
from fieldvisits.quota import Span
from fieldvisits.workflow import AdHocState, DepartmentPlanState, QuarterState, VisitState

from .outcomes import quarters_around

#: The steps that have a time, in the order of the process.
STEPS: dict[str, str | Promise] = {
    "plans": gettext_lazy("1. Plans of officers"),
    "department_plans": gettext_lazy("2. Department plans"),
    "decisions": gettext_lazy("3. Decision of the Standing Committee"),
    "consents": gettext_lazy("4. Consent to ad-hoc visits before departure"),
    "answers": gettext_lazy("5. Answers of host units before the visit"),
    "results": gettext_lazy("6. Results of visits"),
    "quarter_reports": gettext_lazy("6. Quarter reports of officers"),
    "department_reports": gettext_lazy("6. Reports of departments"),
}

#: The steps in which officers and departments hand in their papers (``filed``), and those of them whose papers are a department's.
FILED_STEPS = ("plans", "department_plans", "results", "quarter_reports", "department_reports")
BY_DEPARTMENTS = ("department_plans", "department_reports")

#: By when the papers of a quarter are due.
DUE: dict[str, Callable[[Quarter], date]] = {
    "plans": lambda quarter: quarter.officer_due,
    "department_plans": lambda quarter: quarter.department_due,
    "quarter_reports": lambda quarter: quarter.report_due,
    "department_reports": lambda quarter: quarter.report_due,
}
#: The pages on which they are found.
PAGES = {
    "plans": "plan-detail",
    "department_plans": "department-plan-detail",
    "quarter_reports": "quarter-report-detail",
    "department_reports": "department-report-detail",
}


def filed(rule: YearRule, window: Span, number: int | None = None) -> dict[str, QuerySet]:
    """The papers that have been handed in, by step: those of the year's quarters (of quarter ``number`` alone), results of the
    visits that begin in ``window``. Each knows by itself whether it was ``late``."""
    quarters = {"quarter__province": rule.province_id, "quarter__year": rule.year}
    if number:
        quarters["quarter__number"] = number
    visits = {**quarters_around(rule, "visit__quarter__"), "visit__starts__range": window}
    return {
        "plans": OfficerPlan.objects.filter(**quarters).exclude(submitted_on=None),
        "department_plans": DepartmentPlan.objects.filter(**quarters).exclude(sent_on=None),
        "results": VisitResult.objects.filter(**visits).exclude(submitted_on=None),
        "quarter_reports": QuarterReport.objects.filter(**quarters).exclude(submitted_on=None),
        "department_reports": DepartmentReport.objects.filter(**quarters).exclude(sent_on=None),
    }


def overdue_results(rule: YearRule) -> Q:
    """Approved visits whose result was never handed in although its time is over; nobody is late in a suspended quarter."""
    return Q(
        Q(result=None) | Q(result__submitted_on=None),
        state=VisitState.APPROVED,
        ends__lt=clock.today() - timedelta(days=rule.report_due_days),
    ) & ~Q(quarter__state=QuarterState.SUSPENDED)


def unanswered() -> Q:
    """Planned visits that have begun without any answer of the unit; nobody is late in a suspended quarter."""
    answers = NoticeAnswer.objects.filter(line__visit=OuterRef("pk"))
    return Q(~Exists(answers), plan__isnull=False, state=VisitState.APPROVED, starts__lte=clock.today()) & ~Q(
        quarter__state=QuarterState.SUSPENDED
    )


@dataclass(frozen=True)
class DuePaper:
    """A paper of a step whose time has come: of which department, of which officer (None: the department's own), about which quarter
    or visit, by when it was due, when it came - None: not yet, although its time is over - and whether that was late.

    ``visit`` is the key of the visit it is about, with the name of its ``unit`` and the day on which it ``starts``; its ``quarter`` is
    None when it is not one of those asked about. ``at`` names the page on which the paper is found, with its key.
    """

    step: str
    department: int
    officer: int | None
    quarter: Quarter | None
    due: date
    came: date | None
    late: bool = False
    at: tuple[str, int] | None = None
    visit: int | None = None
    unit: str | None = None
    starts: date | None = None

    @property
    def status(self) -> str:
        """ "in_time", "late" or "missing"."""
        return "missing" if self.came is None else "late" if self.late else "in_time"

    @property
    def delay(self) -> int | None:
        """The days by which it came late; None when it did not, or when its due date was moved since."""
        days = (self.came - self.due).days if self.came and self.late else 0
        return days if days > 0 else None


@dataclass
class Punctuality:
    """How a step's papers came in: in time, late, missing although their time is over; ``delays`` of the late ones, in days."""

    in_time: int = 0
    late: int = 0
    missing: int = 0
    delays: list[int] = field(default_factory=list)

    def add(self, paper: DuePaper) -> None:
        setattr(self, paper.status, getattr(self, paper.status) + 1)
        if paper.delay:
            self.delays.append(paper.delay)

    @property
    def due(self) -> int:
        """What was to come, as far as it has come or its time is over."""
        return self.in_time + self.late + self.missing

    @property
    def mean_delay(self) -> float | None:
        """Mean days by which the late ones were late, to one decimal; None when none was."""
        return round(sum(self.delays) / len(self.delays), 1) if self.delays else None


class Timeliness:
    """The papers of ``steps`` of a province's year (of one quarter), as far as ``reader`` may see who was late: desks, Standing
    Committee and executive members the whole province, leaders their departments, officers their own."""

    def __init__(
        self,
        reader: User,
        rule: YearRule,
        window: Span,
        number: int | None = None,
        steps: Collection[str] = tuple(STEPS),
    ) -> None:
        self.reader, self.rule, self.window, self.number = reader, rule, window, number
        self.steps = steps

    def by_department(self) -> dict[tuple[int, str], Punctuality]:
        """(department, step) → how it came in."""
        found: dict[tuple[int, str], Punctuality] = defaultdict(Punctuality)
        for paper in self.papers:
            found[paper.department, paper.step].add(paper)
        return dict(found)

    @cached_property
    def papers(self) -> list[DuePaper]:
        """Every paper that has come or should have come; a constant number of queries."""
        return [paper for paper in self._found() if self._sees(paper.department, paper.officer)]

    def _found(self) -> Iterator[DuePaper]:
        yield from self._filed()
        if "results" in self.steps:
            yield from self._results()
        if "decisions" in self.steps:
            yield from self._decisions()
        if "consents" in self.steps:
            yield from self._consents()
        if "answers" in self.steps:
            yield from self._answers()

    # -- what one may see -------------------------------------------------------------------------------------------------

    @cached_property
    def _sees_all(self) -> bool:
        wide = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE)
        return self.rule.province_id in self.reader.powers.provinces(*wide)

    @cached_property
    def _led(self) -> set[int]:
        return self.reader.powers.departments(Role.HEAD, Role.DEPUTY)

    def _sees(self, department: int, officer: int | None = None) -> bool:
        return self._sees_all or department in self._led or officer == self.reader.pk

    # -- what has come ----------------------------------------------------------------------------------------------------

    @cached_property
    def quarters(self) -> dict[int, Quarter]:
        found = Quarter.objects.filter(province=self.rule.province_id, year=self.rule.year)
        quarters = list(found.filter(number=self.number) if self.number else found)
        for quarter in quarters:
            quarter.rule = self.rule
        return {quarter.pk: quarter for quarter in quarters}

    @cached_property
    def _handed_in(self) -> dict[str, QuerySet]:
        return filed(self.rule, self.window, self.number)

    def _filed(self) -> Iterator[DuePaper]:
        """Steps 1, 2 and 6: plans and reports that were handed in, and by whom nothing was."""
        steps = [step for step in DUE if step in self.steps]
        known: dict[str, set[tuple[int, int]]] = {}
        for step in steps:
            who, when = ("department", "sent_on") if step in BY_DEPARTMENTS else ("officer", "submitted_on")
            rows = self._handed_in[step].values_list("quarter", "department", who, "late", when, "pk")
            known[step] = set()
            for quarter_id, department, author, late, day, pk in rows.order_by():
                known[step].add((quarter_id, author))
                quarter = self.quarters[quarter_id]
                officer = None if step in BY_DEPARTMENTS else author
                at = (PAGES[step], pk)
                yield DuePaper(step, department, officer, quarter, DUE[step](quarter), day, late, at=at)
        over = {
            pk: [step for step in steps if quarter.is_late(DUE[step](quarter))]
            for pk, quarter in self.quarters.items()
            if quarter.state != QuarterState.SCHEDULED  # nobody could register yet
        }
        places = places_in_each([quarter for pk, quarter in self.quarters.items() if over.get(pk)])
        for pk, there in places.items():
            for step in over[pk]:
                yield from self._missing(self.quarters[pk], step, there, known[step])

    def _missing(
        self, quarter: Quarter, step: str, places: list[Place], known: set[tuple[int, int]]
    ) -> Iterator[DuePaper]:
        """The papers of a step that never came although their time is over; ``known``: (quarter, author) of those that came."""
        due, there = DUE[step](quarter), [place for place in places if not place.excused]
        if step in BY_DEPARTMENTS:
            authors = {(place.department.pk, None, place.department.pk) for place in there}
        else:
            authors = {(place.department.pk, place.officer.pk, place.officer.pk) for place in there}
        for department, officer, author in sorted(authors, key=lambda who: (who[0], who[2])):
            if (quarter.pk, author) not in known:
                yield DuePaper(step, department, officer, quarter, due, None)

    def _results(self) -> Iterator[DuePaper]:
        """Step 6, visits one by one; nobody is late in a suspended quarter."""
        time = timedelta(days=self.rule.report_due_days)
        asked = ("department", "officer", "quarter", "ends", "pk", "unit__name", "starts")
        came = self._handed_in["results"].values_list(
            "pk", "late", "submitted_on", *(f"visit__{name}" for name in asked)
        )
        for pk, late, day, department, officer, quarter, ends, *visit in came.order_by():
            of, at = self.quarters.get(quarter), ("result-detail", pk)
            yield DuePaper("results", department, officer, of, ends + time, day, late, at, *visit)
        missing = Visit.objects.filter(
            overdue_results(self.rule), **quarters_around(self.rule, "quarter__"), starts__range=self.window
        ).values_list(*asked)
        for department, officer, quarter, ends, *visit in missing.order_by():
            of, at = self.quarters.get(quarter), ("visit-detail", visit[0])
            yield DuePaper("results", department, officer, of, ends + time, None, False, at, *visit)

    def _decisions(self) -> Iterator[DuePaper]:
        """Step 3, by the day on which the record that approved a quarter's department plan was closed; supplements come when they
        come. A plan that was sent and is not decided on after the quarter's due date is missing."""
        plans = DepartmentPlan.objects.filter(quarter__in=list(self.quarters), sequence=0).exclude(
            sent_on=None
        )
        decided = dict(
            Event.objects.filter(
                content_type=ContentType.objects.get_for_model(DepartmentPlan),
                object_id__in=plans.values("pk"),
                to_state=DepartmentPlanState.APPROVED,
            )
            .order_by()
            .values_list("object_id")
            .annotate(at=Min("at"))
        )
        for pk, quarter_id, department in plans.order_by().values_list("pk", "quarter", "department"):
            quarter = self.quarters[quarter_id]
            due, at = quarter.committee_due, ("department-plan-detail", pk)
            if pk in decided:
                day = timezone.localdate(decided[pk])
                late = day > due and not quarter.is_suspended
                yield DuePaper("decisions", department, None, quarter, due, day, late, at=at)
            elif quarter.is_late(due):
                yield DuePaper("decisions", department, None, quarter, due, None, at=at)

    def _consents(self) -> Iterator[DuePaper]:
        """Step 4: a consent after departure is late; one that is still waited for after departure is missing."""
        asked = AdHocRequest.objects.filter(
            **quarters_around(self.rule, "visit__quarter__"), visit__starts__range=self.window
        ).select_related("visit__quarter", "visit__unit", "last_event")
        for request in asked:
            visit = request.visit
            if visit.quarter.year == self.rule.year:
                visit.quarter.rule = self.rule
            consented = request.state == AdHocState.CONSENTED
            if not consented and not request.is_overdue:
                continue
            agreed = timezone.localdate(request.last_event.at) if request.last_event else visit.starts
            yield DuePaper(
                "consents",
                visit.department_id,
                visit.officer_id,
                self.quarters.get(visit.quarter_id),
                visit.starts,
                agreed if consented else None,
                consented and request.late,
                ("visit-detail", visit.pk),
                visit.pk,
                visit.unit and visit.unit.name,
                visit.starts,
            )

    def _answers(self) -> Iterator[DuePaper]:
        """Step 5, planned visits that have begun: the unit's first answer on an earlier day is in time. Ad-hoc visits leave no
        time for it."""
        first = NoticeAnswer.objects.filter(line__visit=OuterRef("pk")).order_by("at", "pk").values("at")[:1]
        begun = Visit.objects.filter(
            **quarters_around(self.rule, "quarter__"),
            plan__isnull=False,
            state=VisitState.APPROVED,
            starts__range=(self.window[0], min(self.window[1], clock.today())),
        ).annotate(answered=Subquery(first))
        suspended = {pk for pk, quarter in self.quarters.items() if quarter.is_suspended}
        rows = begun.order_by().values_list(
            "department", "officer", "quarter", "answered", "pk", "unit__name", "starts"
        )
        for department, officer, quarter, answered, *visit in rows:
            if answered is None and quarter in suspended:
                continue
            due = visit[-1] - timedelta(days=1)  # the last day on which an answer comes before the visit
            day = timezone.localdate(answered) if answered else None
            late, of = day is not None and day > due, self.quarters.get(quarter)
            at = ("visit-detail", visit[0])
            yield DuePaper("answers", department, officer, of, due, day, late, at, *visit)
