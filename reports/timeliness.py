"""Which papers of a year came in time, said once: what the annual report sums, and the report of every step by department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
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


@dataclass
class Punctuality:
    """How a step's papers came in: in time, late, missing although their time is over; ``delays`` of the late ones, in days."""

    in_time: int = 0
    late: int = 0
    missing: int = 0
    delays: list[int] = field(default_factory=list)

    @property
    def due(self) -> int:
        """What was to come, as far as it has come or its time is over."""
        return self.in_time + self.late + self.missing

    @property
    def mean_delay(self) -> float | None:
        """Mean days by which the late ones were late, to one decimal; None when none was."""
        return round(sum(self.delays) / len(self.delays), 1) if self.delays else None


class Timeliness:
    """Every step of a province's year (of one quarter) by department, as far as ``reader`` may see the papers it is made of:
    desks, Standing Committee and executive members the whole province, leaders their departments, officers their own."""

    def __init__(self, reader: User, rule: YearRule, window: Span, number: int | None = None) -> None:
        self.reader, self.rule, self.window, self.number = reader, rule, window, number
        self.found: dict[tuple[int, str], Punctuality] = defaultdict(Punctuality)

    def by_department(self) -> dict[tuple[int, str], Punctuality]:
        """(department, step) → how it came in; a constant number of queries."""
        self._filed()
        self._decisions()
        self._consents()
        self._answers()
        for pk, n in self._missing_results():
            self.found[pk, "results"].missing += n
        return dict(self.found)

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

    def _add(self, department: int, step: str, late: bool, delay: int | None = None) -> None:
        tally = self.found[department, step]
        if not late:
            tally.in_time += 1
            return
        tally.late += 1
        if delay is not None and delay > 0:
            tally.delays.append(delay)

    def _filed(self) -> None:
        """Steps 1, 2 and 6: what was handed in, and by whom nothing was."""
        papers = filed(self.rule, self.window, self.number)
        due = {
            "plans": lambda quarter: quarter.officer_due,
            "department_plans": lambda quarter: quarter.department_due,
            "quarter_reports": lambda quarter: quarter.report_due,
            "department_reports": lambda quarter: quarter.report_due,
        }
        known: dict[str, set[tuple[int, int]]] = {}
        for step, due_of in due.items():
            is_officers = step in ("plans", "quarter_reports")
            who, when = ("officer", "submitted_on") if is_officers else ("department", "sent_on")
            rows = papers[step].values_list("quarter", "department", who, "late", when)
            known[step] = set()
            for quarter, department, author, late, day in rows.order_by():
                known[step].add((quarter, author))
                if self._sees(department, author if is_officers else None):
                    self._add(department, step, late, (day - due_of(self.quarters[quarter])).days)
        over = {
            pk: [step for step, due_of in due.items() if quarter.is_late(due_of(quarter))]
            for pk, quarter in self.quarters.items()
            if quarter.state != QuarterState.SCHEDULED  # nobody could register yet
        }
        places = places_in_each([quarter for pk, quarter in self.quarters.items() if over.get(pk)])
        for quarter, there in places.items():
            self._missing(quarter, [p for p in there if not p.excused], over[quarter], known)
        rows = papers["results"].values_list(
            "visit__department", "visit__officer", "late", "submitted_on", "visit__ends"
        )
        for department, officer, late, day, ends in rows.order_by():
            if self._sees(department, officer):
                self._add(department, "results", late, (day - ends).days - self.rule.report_due_days)

    def _missing(
        self, quarter: int, places: list[Place], steps: list[str], known: dict[str, set[tuple[int, int]]]
    ) -> None:
        """Whose papers of the quarter never came although their time is over; ``known``: (quarter, author) of those that came."""
        for step in steps:
            if step in ("plans", "quarter_reports"):
                absent = [
                    (p.department.pk, p.officer.pk)
                    for p in places
                    if (quarter, p.officer.pk) not in known[step]
                ]
            else:
                departments = {p.department.pk for p in places}
                absent = [(pk, None) for pk in departments if (quarter, pk) not in known[step]]
            for department, officer in absent:
                if self._sees(department, officer):
                    self.found[department, step].missing += 1

    def _missing_results(self) -> Iterator[tuple[int, int]]:
        visits = Visit.objects.filter(
            overdue_results(self.rule), **quarters_around(self.rule, "quarter__"), starts__range=self.window
        )
        for department, officer in visits.order_by().values_list("department", "officer"):
            if self._sees(department, officer):
                yield department, 1

    def _decisions(self) -> None:
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
            if not self._sees(department):
                continue
            if pk in decided:
                delay = (timezone.localdate(decided[pk]) - quarter.committee_due).days
                self._add(department, "decisions", delay > 0 and not quarter.is_suspended, delay)
            elif quarter.is_late(quarter.committee_due):
                self.found[department, "decisions"].missing += 1

    def _consents(self) -> None:
        """Step 4: a consent after departure is late; one that is still waited for after departure is missing."""
        asked = AdHocRequest.objects.filter(
            **quarters_around(self.rule, "visit__quarter__"), visit__starts__range=self.window
        ).select_related("visit__quarter", "last_event")
        for request in asked:
            visit = request.visit
            if not self._sees(visit.department_id, visit.officer_id):
                continue
            if request.state == AdHocState.CONSENTED:
                agreed = request.last_event and timezone.localdate(request.last_event.at)
                delay = (agreed - visit.starts).days if agreed else None
                self._add(visit.department_id, "consents", request.late, delay)
            else:
                if visit.quarter.year == self.rule.year:
                    visit.quarter.rule = self.rule
                if request.is_overdue:
                    self.found[visit.department_id, "consents"].missing += 1

    def _answers(self) -> None:
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
        rows = begun.order_by().values_list("department", "officer", "quarter", "starts", "answered")
        for department, officer, quarter, starts, at in rows:
            if not self._sees(department, officer):
                continue
            if at is None:
                if quarter not in suspended:
                    self.found[department, "answers"].missing += 1
                continue
            delay = _delay(timezone.localdate(at), starts)
            self._add(department, "answers", delay > 0, delay)


def _delay(answered: date, starts: date) -> int:
    """Days after the last day on which an answer comes before the visit."""
    return (answered - starts).days + 1
