"""Everything that may wait for a person, read with one question: papers of theirs, of the departments they lead, of the province.

``papers_around`` decides only which rows can matter; what each asks for is said in ``desk``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from accounts import clock
from accounts.models import Membership, Role, RoleGrant, User

from ..models import (
    AdHocRequest,
    Answer,
    ChangeRequest,
    Decision,
    DepartmentPlan,
    DepartmentReport,
    Exemption,
    HostNotice,
    NoticeLine,
    Nudge,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Recommendation,
    Visit,
    VisitResult,
)
from ..models.base import papers as kinds_of_papers
from ..models.changes import PENDING_CHANGE
from ..models.days import REPORTED
from ..workflow import (
    ANNUAL_REPORT,
    AdHocState,
    ChangeState,
    DecisionState,
    DepartmentPlanState,
    DepartmentReportState,
    OfficerPlanState,
    QuarterReportState,
    ResultState,
    VisitState,
)
from .gathering import Found, gathered, part

#: Rows that are no papers with a state.
VISIT, OTHER_DATE, MEETING, NUDGE = "visit", "other-date", "meeting", "nudge"
#: Approved visits no notice announces; announced ones that are changed since; notices to send.
UNTOLD, TAKE_BACK, UNSENT = "untold", "take-back", "unsent"
MEMBERSHIP, GRANT, EXEMPTION = "membership", "grant", "exemption"

_PAPER = {
    "state": "state",
    "event_id": "last_event_id",
    "at": "last_event__at",
    "comment": "last_event__comment",
}
_OF_OFFICER = {
    "quarter_id": "quarter_id",
    "department_id": "department_id",
    "department": "department__name",
    "officer_id": "officer_id",
    "officer": "officer__full_name",
}
_OF_VISIT = {name: f"visit__{source}" for name, source in _OF_OFFICER.items()} | {
    "unit_id": "visit__unit_id",
    "unit": "visit__unit__name",
    "starts": "visit__starts",
    "ends": "visit__ends",
}

#: For how long its officer is told that an ad-hoc visit was not agreed to (days).
TOLD_DAYS = 14


def papers_around(user: User, quarters: Iterable[Quarter]) -> list[Found]:
    """The rows that may ask something of ``user`` in ``quarters``; one query, whatever there is."""
    return gathered(user.province_id, _Around(user, [q.pk for q in quarters]).parts())


class _Around:
    def __init__(self, user: User, quarters: list[int]) -> None:
        powers = user.powers
        self.user, self.quarters, self.today = user, quarters, clock.today()
        self.led = powers.departments(Role.HEAD, Role.DEPUTY)
        self.officer = powers.holds(Role.OFFICER)
        self.coordinates = powers.holds(Role.COORDINATOR)
        self.reads_results = powers.holds(Role.RESULTS_DESK)
        self.decides = powers.holds(Role.COMMITTEE)
        members = {(h.on_behalf_of or user).pk for h in powers.all(Role.COMMITTEE)}
        self.members = sorted(members)

    def parts(self) -> Iterator[QuerySet]:
        if not self.quarters:
            return
        yield from self._plans()
        yield from self._requests()
        yield from self._visits()
        yield from self._reports()
        if self.officer:
            yield from self._places()
        nudges = Nudge.objects.filter(quarter__in=self.quarters).exclude(sender=self.user)
        yield part(
            NUDGE,
            nudges,
            quarter_id="quarter_id",
            department_id="department_id",
            number="step",
            sent="day",
            officer="sender__full_name",
            text="text",
        )

    def _mine(self, states: Iterable[str] = (), path: str = "") -> Q:
        if not self.officer:
            return Q(pk__in=[])
        mine = Q(**{f"{path}officer": self.user})
        return mine & Q(state__in=states) if states else mine

    def _led(self, *states: str, path: str = "") -> Q:
        return Q(**{f"{path}department__in": self.led}, state__in=states) if self.led else Q(pk__in=[])

    # -- steps 1-3 ----------------------------------------------------------------------------------------------------

    def _plans(self) -> Iterator[QuerySet]:
        plans = OfficerPlan.objects.filter(
            self._mine() | self._led(OfficerPlanState.SUBMITTED, OfficerPlanState.ENDORSED),
            quarter__in=self.quarters,
        )
        yield part("plans", plans, sent="submitted_on", own="heads_own", **_PAPER, **_OF_OFFICER)
        wanted = Q(department__in=self.led)
        if self.coordinates:
            wanted |= Q(state=DepartmentPlanState.SENT)
        if self.decides:
            wanted |= Q(state=DepartmentPlanState.FORWARDED)
        if self.led or self.coordinates or self.decides:
            yield part(
                "department-plans",
                DepartmentPlan.objects.filter(wanted, quarter__in=self.quarters),
                quarter_id="quarter_id",
                department_id="department_id",
                department="department__name",
                number="sequence",
                person_id="sent_by_id",
                second_id="sent_for_id",
                **_PAPER,
            )
        if self.decides:
            meetings = Decision.objects.filter(quarter__in=self.quarters, state=DecisionState.DRAFT)
            yield part(MEETING, meetings, quarter_id="quarter_id", state="state")

    # -- step 4 -------------------------------------------------------------------------------------------------------

    def _requests(self) -> Iterator[QuerySet]:
        wanted = self._mine((AdHocState.DRAFT, AdHocState.RETURNED), "visit__")
        lately = clock.now() - timedelta(days=TOLD_DAYS)
        wanted |= self._mine((AdHocState.REFUSED,), "visit__") & Q(last_event__at__gte=lately)
        wanted |= self._led(AdHocState.SUBMITTED, path="visit__")
        changes = self._mine((ChangeState.DRAFT, ChangeState.RETURNED), "visit__")
        changes |= self._led(ChangeState.SUBMITTED, path="visit__")
        if self.decides:
            wanted |= Q(state=AdHocState.ENDORSED)
            wanted |= Q(state=AdHocState.TO_CONFIRM, agreed_by__in=self.members)
            changes |= Q(state=ChangeState.FORWARDED)
        yield part(
            "adhoc",
            AdHocRequest.objects.filter(wanted, visit__quarter__in=self.quarters),
            sent="submitted_on",
            own="heads_own",
            person_id="agreed_by_id",
            second_id="visit_id",
            text="visit__content",
            **_PAPER,
            **_OF_VISIT,
        )
        yield part(
            "changes",
            ChangeRequest.objects.filter(changes, visit__quarter__in=self.quarters),
            sent="submitted_on",
            own="heads_own",
            text="kind",
            second_id="visit_id",
            was_unit_id="was_unit_id",
            was_starts="was_starts",
            was_ends="was_ends",
            **_PAPER,
            **(_OF_VISIT | {"starts": "starts", "ends": "ends", "unit_id": "unit_id", "unit": "unit__name"}),
        )

    # -- steps 4-6: visits --------------------------------------------------------------------------------------------

    def _visits(self) -> Iterator[QuerySet]:
        approved = Visit.objects.filter(state=VisitState.APPROVED, quarter__in=self.quarters)
        dated = _OF_OFFICER | {"unit_id": "unit_id", "unit": "unit__name", "starts": "starts", "ends": "ends"}
        if self.officer:
            # owed, or still to come: what has been reported and is over asks for nothing
            open_ones = approved.filter(officer=self.user).exclude(
                Q(ends__lt=self.today) & Q(result__state__in=REPORTED)
            )
            yield part(
                VISIT,
                open_ones,
                state="result__state",
                second_id="result__pk",
                comment="result__last_event__comment",
                at="result__last_event__at",
                number="group",
                **dated,
            )
        if self.led:
            yield from self._notices(approved.filter(department__in=self.led, ends__gte=self.today), dated)
        asked = ChangeRequest.objects.filter(visit=OuterRef("visit"), state__in=PENDING_CHANGE)
        unanswered = NoticeLine.objects.filter(
            Q(visit__department__in=self.led) | Q(visit__officer=self.user),
            notice__superseded=False,
            notice__unit=F("visit__unit"),
            starts=F("visit__starts"),
            ends=F("visit__ends"),
            answer__in=(Answer.OTHER_DATE, Answer.REFUSED),
            visit__state=VisitState.APPROVED,
            visit__ends__gte=self.today,
            visit__quarter__in=self.quarters,
        ).exclude(Exists(asked))
        yield part(
            OTHER_DATE, unanswered, second_id="visit_id", number="notice_id", text="answer", **_OF_VISIT
        )

    def _notices(self, coming: QuerySet[Visit], dated: dict[str, str]) -> Iterator[QuerySet]:
        """What the leaders have to tell their units; ``dated`` are the columns of a visit."""
        yield part(UNTOLD, coming.exclude(Exists(NoticeLine.objects.announcing())), **dated)
        about = {
            "quarter_id": "quarter_id",
            "department_id": "department_id",
            "department": "department__name",
            "unit_id": "unit_id",
            "unit": "unit__name",
        }
        led = {"department__in": self.led, "quarter__in": self.quarters}
        lines = HostNotice.objects.lines_to_take_back().filter(**{f"notice__{k}": v for k, v in led.items()})
        yield part(
            TAKE_BACK,
            lines,
            number="notice_id",
            was_starts="starts",
            was_ends="ends",
            state="visit__state",
            second_id="visit__unit_id",
            starts="visit__starts",
            ends="visit__ends",
            officer="visit__officer__full_name",
            **{k: f"notice__{v}" for k, v in about.items()},
        )
        ahead = NoticeLine.objects.as_announced().filter(notice=OuterRef("pk"), ends__gte=self.today)
        yield part(
            UNSENT,
            HostNotice.objects.to_send().filter(**led),
            at="composed_at",
            starts=Subquery(ahead.order_by("starts").values("starts")[:1]),
            **about,
        )

    # -- step 6 -------------------------------------------------------------------------------------------------------

    def _reports(self) -> Iterator[QuerySet]:
        results = self._led(ResultState.SUBMITTED, path="visit__")
        reports = self._mine() | self._led(QuarterReportState.SUBMITTED)
        papers = self._led(*DepartmentReportState.values)
        if self.reads_results:
            results |= Q(state=ResultState.SUBMITTED, heads_own=True)
            reports |= Q(state=QuarterReportState.SUBMITTED, heads_own=True)
            papers |= Q(state=DepartmentReportState.SENT)
        if self.decides:
            papers |= Q(state=DepartmentReportState.FORWARDED)
        if self.led or self.reads_results:
            found = VisitResult.objects.filter(results, visit__quarter__in=self.quarters)
            yield part("results", found, sent="submitted_on", own="heads_own", **_PAPER, **_OF_VISIT)
        found = QuarterReport.objects.filter(reports, quarter__in=self.quarters)
        yield part("quarter-reports", found, sent="submitted_on", own="heads_own", **_PAPER, **_OF_OFFICER)
        if self.led or self.reads_results or self.decides:
            yield part(
                "department-reports",
                DepartmentReport.objects.filter(papers, quarter__in=self.quarters),
                quarter_id="quarter_id",
                department_id="department_id",
                department="department__name",
                sent="sent_on",
                person_id="sent_by_id",
                second_id="sent_for_id",
                **_PAPER,
            )
        if self.coordinates or self.reads_results or self.decides:
            # the year's report lives in a later app: it is known by the word in its addresses
            annual = kinds_of_papers()[ANNUAL_REPORT.kind].objects  # type: ignore[attr-defined]
            yield part(
                ANNUAL_REPORT.kind,
                annual.filter(province=self.user.province_id),
                number="year",
                text="version",
                person_id="submitted_by_id",
                second_id="submitted_for_id",
                **_PAPER,
            )
        if self.officer:
            mine = Recommendation.objects.overdue().filter(
                owner=self.user, unit__province=self.user.province_id
            )
            yield part(
                "recommendations",
                mine,
                state="state",
                quarter_id="result__visit__quarter_id",
                unit="unit__name",
                due="due",
                text="text",
                at="last_event__at",
            )

    # -- where one belongs --------------------------------------------------------------------------------------------

    def _places(self) -> Iterator[QuerySet]:
        dates = {"starts": "valid_from", "ends": "valid_to"}
        yield part(
            MEMBERSHIP,
            Membership.objects.filter(user=self.user, department__province=self.user.province_id),
            department_id="department_id",
            department="department__name",
            **dates,
        )
        yield part(GRANT, RoleGrant.objects.filter(user=self.user, role=Role.OFFICER), **dates)
        reliefs = Exemption.objects.full().filter(officer=self.user)
        yield part(EXEMPTION, reliefs, text=Value(""), **dates)


def department_in(rows: Iterable[Found], quarter: Quarter) -> int | None:
    """The department that answers for the person in ``quarter``, as ``places_in`` says; None when no plan is expected of them."""
    first, last = quarter.starts, quarter.ends
    here = [r for r in rows if _meets(r, first, last)]
    if not any(r.kind == GRANT for r in here):
        return None
    away = {
        day
        for r in here
        if r.kind == EXEMPTION
        for day in range(max(r.starts, first).toordinal(), min(r.ends or last, last).toordinal() + 1)
    }
    if len(away) == (last - first).days + 1:
        return None
    homes = sorted((r for r in here if r.kind == MEMBERSHIP), key=lambda r: r.starts or first)
    return homes[0].department_id if homes else None


def _meets(row: Found, first: date, last: date) -> bool:
    return (
        row.kind in (MEMBERSHIP, GRANT, EXEMPTION)
        and row.starts is not None
        and row.starts <= last
        and (row.ends is None or row.ends >= first)
    )
