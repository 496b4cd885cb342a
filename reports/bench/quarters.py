"""A quarter of the large database: plans, the committee's decision, visits with their days and what came of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts.models import Department, Role, User
from fieldvisits.demo.findings import ANSWERS, RECOMMENDATIONS, RESULTS
from fieldvisits.models import (
    AdHocRequest,
    Decision,
    DepartmentPlan,
    Event,
    LineDecision,
    OfficerPlan,
    Quarter,
    Recommendation,
    Stateful,
    Variance,
    Visit,
    VisitDay,
    VisitResult,
)

from .people import Place
from .writing import Writer

_CONTENTS = {
    1: "Khảo sát, nắm tình hình đoàn viên, thanh niên",
    2: "Phối hợp tổ chức hoạt động tình nguyện tại cơ sở",
    3: "Kiểm tra công tác đoàn và phong trào thanh thiếu nhi",
    4: "Dự sinh hoạt chi đoàn, hội nghị ban chấp hành",
}
#: Results are accepted this many days after the visit; late ones are reported after so many.
_ACCEPTED_AFTER, _REPORTED_LATE = 9, 12
#: By how much a plan is late.
_LATE = timedelta(days=2)


class QuarterRun:
    """Writes one quarter of one place as it stands on ``today``.

    A quarter that has begun is decided on; of the one that follows the plans are on their way, in a different state in each
    department. The same place and quarter always hold the same, whatever else the database holds.
    """

    def __init__(self, write: Writer, place: Place, quarter: Quarter, today: date, visits: int) -> None:
        self.write, self.place, self.quarter, self.today = write, place, quarter, today
        self.visits_each = visits
        self.rng = Random(f"{place.province.slug} {quarter.year} {quarter.number}")
        self.kinds = ContentType.objects.get_for_models(
            AdHocRequest, DepartmentPlan, Decision, OfficerPlan, Quarter, Recommendation, Visit, VisitResult
        )
        self.units = [u for u in place.units_on(quarter.starts) if u.holds_on(quarter.ends)]
        self.visits: list[Visit] = []
        #: results by their visit's key
        self.results: dict[int, VisitResult] = {}

    # -- the history ----------------------------------------------------------------------------------------------------------

    def moved(
        self,
        paper: Stateful,
        verb: str,
        way: tuple[str, str],
        by: tuple[User, Role],
        day: date,
        comment: str = "",
    ) -> Event:
        """An event of ``paper``, which becomes its last one."""
        event = self.write.add(
            Event,
            content_type=self.kinds[type(paper)],
            object_id=paper.pk,
            province_id=self.place.province.pk,
            verb=verb,
            actor=by[0],
            role=by[1],
            from_state=way[0],
            to_state=way[1],
            comment=comment,
            at=moment(min(day, self.today)),
        )
        paper.last_event = event
        return event

    def leader_of(self, department: int, officer: User) -> tuple[User, Role]:
        head, deputy = self.place.teams[department][:2]
        return (deputy, Role.DEPUTY) if officer is head else (head, Role.HEAD)

    def member_for(self, officer: User) -> tuple[User, Role]:
        place = self.place
        return (place.second_member if officer is place.member else place.member), Role.COMMITTEE

    # -- steps 1-3 ------------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        if self.quarter.starts <= self.today:
            self.decided()
        else:
            self.on_the_way()

    def decided(self) -> None:
        """Every department's plan approved in one meeting."""
        decision = self.meeting("closed", conclusion="Thống nhất kế hoạch đi cơ sở của các ban.")
        day = self.quarter.committee_due
        self.moved(decision, "close", ("draft", "closed"), (self.place.member, Role.COMMITTEE), day)
        for n in range(len(self.place.departments)):
            paper = self.department_plan(n, "approved")
            for officer in self.place.teams[n]:
                plan = self.officer_plan(n, officer, "approved", paper)
                for line in self.lines(plan, n, officer):
                    self.decide(decision, line)
                self.adhoc(n, officer)
        for visit in self.visits:
            self.days(visit, self.result(visit))

    def on_the_way(self) -> None:
        """Two departments before the committee, whose meeting has begun; one agreeing on its plans, one still writing."""
        self.meeting("draft")
        for n in range(len(self.place.departments)):
            paper = self.department_plan(n, "forwarded") if n < 2 else None
            for rank, officer in enumerate(self.place.teams[n]):
                state = ("forwarded", "forwarded", ("endorsed", "submitted")[rank % 2], "draft")[n]
                plan = self.officer_plan(n, officer, state, paper)
                for line in self.lines(plan, n, officer, "planned"):
                    self.days(line, None)

    def meeting(self, state: str, **more: Any) -> Decision:
        met = self.quarter.committee_due if state == "closed" else None
        return self.write.add(
            Decision,
            quarter=self.quarter,
            state=state,
            meeting_on=met,
            opened_by=self.place.member,
            opened_at=moment(met or self.today),
            **more,
        )

    def department_plan(self, n: int, state: str) -> DepartmentPlan:
        head, department = self.place.teams[n][0], self.place.departments[n]
        due = self.quarter.department_due
        late = self.rng.random() < 0.08 and due + _LATE <= self.today
        sent = due + _LATE if late else min(due, self.today) - timedelta(days=n % 2)
        paper = self.write.add(
            DepartmentPlan,
            quarter=self.quarter,
            department=department,
            state=state,
            met_on=sent,
            note="Ban đã họp, thống nhất.",
            sent_by=head,
            sent_on=sent,
            late=late,
        )
        self.moved(paper, "send", ("draft", "sent"), (head, Role.HEAD), sent)
        self.moved(paper, "forward", ("sent", "forwarded"), (self.place.coordinator, Role.COORDINATOR), sent)
        if state == "approved":
            by = self.member_for(head)
            self.moved(paper, "approve", ("forwarded", "approved"), by, self.quarter.committee_due)
        return paper

    def officer_plan(self, n: int, officer: User, state: str, paper: DepartmentPlan | None) -> OfficerPlan:
        due, early = self.quarter.officer_due, timedelta(days=self.rng.randrange(4))
        late = state == "approved" and self.rng.random() < 0.06 and due + _LATE <= self.today
        sent = due + _LATE if late else min(due, self.today) - early
        plan = self.write.add(
            OfficerPlan,
            quarter=self.quarter,
            officer=officer,
            department=self.place.departments[n],
            department_plan=paper,
            state=state,
            submitted_on=None if state == "draft" else sent,
            late=late,
            late_reason="Đi công tác dài ngày" if late else "",
        )
        if state == "draft":
            return plan
        self.moved(plan, "submit", ("draft", "submitted"), (officer, Role.OFFICER), sent)
        if state == "submitted":
            return plan
        self.moved(plan, "endorse", ("submitted", "endorsed"), self.leader_of(n, officer), sent)
        if state == "forwarded":
            desk = (self.place.coordinator, Role.COORDINATOR)
            self.moved(plan, "go_up", ("endorsed", "sent"), self.leader_of(n, self.place.teams[n][1]), sent)
            self.moved(plan, "go_on", ("sent", "forwarded"), desk, sent)
        if state == "approved":
            by = self.member_for(officer)
            self.moved(plan, "approve", ("forwarded", "approved"), by, self.quarter.committee_due)
        return plan

    def lines(self, plan: OfficerPlan, n: int, officer: User, state: str = "") -> list[Visit]:
        """The plan's visits, apart from each other, so that no date is on two of them."""
        rng = self.rng
        number = self.visits_each + (rng.random() < 0.2)
        room = ((self.quarter.ends - self.quarter.starts).days + 1) // (number + 1)
        found = []
        for place in range(number):
            length = min(rng.choice((1, 2, 2, 3, 3)), max(1, room - 1))
            starts = self.quarter.starts + timedelta(days=place * room + rng.randrange(max(1, room - length)))
            found.append(self.visit(n, officer, starts, length, state, plan))
        return found

    def visit(
        self, n: int, officer: User, starts: date, length: int, state: str, plan: OfficerPlan | None
    ) -> Visit:
        rng = self.rng
        group = rng.choice((1, 2, 2, 3, 4, 4))
        fate = state or rng.choices(("approved", "not_done", "refused"), (94, 3, 3))[0]
        if fate == "not_done" and starts > self.today:
            fate = "approved"
        visit = self.write.add(
            Visit,
            plan=plan,
            quarter=self.quarter,
            officer=officer,
            department=self.place.departments[n],
            state=fate,
            starts=starts,
            ends=starts + timedelta(days=length - 1),
            unit=rng.choice(self.units),
            group=group,
            content=f"{_CONTENTS[group]} ({self.quarter.number}/{self.quarter.year})",
            expected="Báo cáo kết quả, kiến nghị của cơ sở",
            variance=rng.choice(Variance.values) if fate == "not_done" else "",
        )
        if plan is None or not state:
            self.visits.append(visit)
        return visit

    def decide(self, decision: Decision, line: Visit) -> None:
        """What the meeting said of the line, and the line's own history."""
        by = self.member_for(line.officer)
        struck = line.state == "refused"
        self.write.add(
            LineDecision,
            decision=decision,
            visit=line,
            officer=line.officer,
            decided_by=by[0],
            verdict="strike" if struck else "agree",
            reason="Trùng với việc chung của cơ quan" if struck else "",
            was_starts=line.starts,
            was_ends=line.ends,
            was_unit=line.unit,
        )
        way = ("planned", "refused" if struck else "approved")
        verb = "refuse" if struck else "approve"
        self.moved(line, verb, way, by, self.quarter.committee_due, "Trùng việc chung" if struck else "")
        if line.state == "not_done":
            own = (line.officer, Role.OFFICER)
            self.moved(line, "close", ("approved", "not_done"), own, line.ends)

    # -- steps 4 and 6 ----------------------------------------------------------------------------------------------------------

    def adhoc(self, n: int, officer: User) -> None:
        """In every third quarter of an officer an ad-hoc visit, in the last days that no planned line touches."""
        last = self.quarter.ends - timedelta(days=self.rng.randrange(4))
        if self.rng.random() > 0.33 or last > self.today:
            return
        visit = self.visit(n, officer, last, 1, "approved", None)
        late = self.rng.random() < 0.2
        request = self.write.add(
            AdHocRequest,
            visit=visit,
            state="consented",
            submitted_on=last - timedelta(days=0 if late else 2),
            late=late,
        )
        by, day = self.member_for(officer), last - timedelta(days=1)
        self.moved(request, "submit", ("draft", "submitted"), (officer, Role.OFFICER), day)
        self.moved(request, "endorse", ("submitted", "endorsed"), self.leader_of(n, officer), day)
        self.moved(request, "consent", ("endorsed", "consented"), by, day)
        self.moved(visit, "consent", ("planned", "approved"), by, day)

    def result(self, visit: Visit) -> VisitResult | None:
        """What was reported of an approved visit that is over: nearly always accepted, the last ones on their way."""
        if visit.state != "approved" or visit.ends >= self.today:
            return None
        rng = self.rng
        old = visit.ends < self.today - timedelta(days=21)
        weights = (955, 15, 10, 20) if old else (40, 35, 10, 15)
        state = rng.choices(("accepted", "submitted", "returned", ""), weights)[0]
        if not state:
            return None
        late = old and rng.random() < 0.07
        told = visit.ends + timedelta(days=_REPORTED_LATE if late else rng.randrange(1, 9))
        settled = max(told, visit.ends + timedelta(days=_ACCEPTED_AFTER))
        helped, activity, review, trouble = rng.choice(RESULTS[visit.group or 1])
        attends = visit.group == 4
        result = self.write.add(
            VisitResult,
            visit=visit,
            state=state,
            helped_before=helped,
            activity=activity,
            review_after=review,
            difficulties=trouble,
            members_present=27 if attends else None,
            members_total=32 if attends else None,
            submitted_on=told,
            late=late,
        )
        self.results[visit.pk] = result
        n = self.place.departments.index(visit.department)
        self.moved(result, "submit", ("draft", "submitted"), (visit.officer, Role.OFFICER), told)
        if state != "submitted":
            leader = self.leader_of(n, visit.officer)
            verb = "accept" if state == "accepted" else "return"
            note = "Bổ sung số liệu" if state == "returned" else ""
            self.moved(result, verb, ("submitted", state), leader, settled, note)
        if state == "accepted" and rng.random() < 0.15:
            self.recommendation(result, visit, leader, settled)
        return result

    def days(self, visit: Visit, result: VisitResult | None) -> None:
        """A row for each day; counted where the result is accepted and the officer was there."""
        for n in range((visit.ends - visit.starts).days + 1):
            present = result is not None and (n == 0 or self.rng.random() > 0.03)
            counted = present and result is not None and result.state == "accepted"
            self.write.add(
                VisitDay,
                visit=visit,
                officer=visit.officer,
                date=visit.starts + timedelta(days=n),
                present=present,
                counted=counted,
                confirmed=(self.rng.random() > 0.1) if counted and self.rng.random() < 0.6 else None,
            )

    def recommendation(
        self, result: VisitResult, visit: Visit, leader: tuple[User, Role], raised: date
    ) -> None:
        rng = self.rng
        text, addressee, body = rng.choice(RECOMMENDATIONS)
        department: Department = visit.department
        state = rng.choices(("settled", "in_progress", "open", "passed_up", "dropped"), (70, 8, 10, 6, 6))[0]
        answered = state in ("settled", "passed_up", "dropped")
        answer = rng.choice(ANSWERS) if answered else ""
        made = self.write.add(
            Recommendation,
            result=result,
            unit=visit.unit,
            state=state,
            text=text,
            addressee=addressee,
            addressee_name=body,
            due=raised + timedelta(days=60),
            department=department,
            answer=answer,
            answered_on=min(raised + timedelta(days=30), self.today) if answered else None,
        )
        self.moved(made, "raise", ("noted", "open"), leader, raised)
        verb = {"settled": "settle", "in_progress": "start", "passed_up": "pass_up", "dropped": "drop"}
        if state != "open":
            later = raised + timedelta(days=30)
            self.moved(made, verb[state], ("open", state), leader, later, answer)


def moment(day: date, hour: int = 9) -> datetime:
    """``day`` at ``hour`` o'clock in Viet Nam."""
    return timezone.make_aware(datetime.combine(day, time(hour)))
