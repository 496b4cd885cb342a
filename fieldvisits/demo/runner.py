"""Carries a quarter through its steps, each move made by the person it belongs to, on its own day, through ``perform``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from zlib import crc32

from django.utils import timezone

from accounts import clock
from accounts.models import Role, User
from fieldvisits.models import (
    Decision,
    DepartmentPlan,
    HostUnit,
    OfficerPlan,
    Quarter,
    UnitAssignment,
    Verdict,
    Visit,
)
from fieldvisits.models.officers import places_in
from fieldvisits.workflow import VisitState

from .lines import visits
from .people import SAMPLE, Script


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """That instant in Viet Nam."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


class QuarterRun:
    """One quarter of one province, played after a script. ``shift`` moves every step that many days earlier."""

    def __init__(self, quarter: Quarter, people: dict[str, User], script: Script, shift: int = 0) -> None:
        self.quarter, self.people, self.script, self.shift = quarter, people, script, shift
        self.by_pk = {user.pk: user for user in people.values()}
        self.units = list(HostUnit.objects.filter(province=quarter.province).order_by("code"))
        self.favourites: dict[int, list[HostUnit]] = {}
        for row in UnitAssignment.objects.filter(officer__in=list(self.by_pk)).select_related("unit"):
            self.favourites.setdefault(row.officer_id, []).append(row.unit)
        self.holidays = set(quarter.province.holidays.values_list("date", flat=True))
        self.coordinator = self.one(Role.COORDINATOR)
        self.members = [u for u in people.values() if self.is_a(u, Role.COMMITTEE)]

    # -- who and when -------------------------------------------------------------------------------------------------

    def is_a(self, user: User, role: Role, department_id: int | None = None) -> bool:
        return any(g.role == role and department_id in (None, g.department_id) for g in user.grants.all())

    def one(self, role: Role, department_id: int | None = None) -> User | None:
        return next((u for u in self.people.values() if self.is_a(u, role, department_id)), None)

    def day(self, number: int) -> date:
        """The quarter's day ``number`` (1 is its first), as shifted."""
        return self.quarter.starts + timedelta(days=number - 1 - self.shift)

    def on(self, number: int, hour: int, minute: int = 0):
        return clock.at(moment(self.day(number), hour, minute))

    def leader(self, plan: OfficerPlan) -> User | None:
        """Who decides on ``plan`` for its department: a stand-in where one acts, the head, for the head's own the deputy."""
        code = plan.department.code
        standing_in = self.script.acting_heads.get(code)
        if standing_in and self.people[standing_in].pk != plan.officer_id:
            head = self.one(Role.HEAD, plan.department_id)
            if head and head.pk != plan.officer_id:
                return self.people[standing_in]
        for role in (Role.HEAD, Role.DEPUTY):
            user = self.one(role, plan.department_id)
            if user and user.pk != plan.officer_id:
                return user
        return None

    # -- step 1 -------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        with clock.at(moment(self.quarter.opens_on, 8)):
            self.quarter.perform("open", by=self.coordinator.powers)

    def draft(self, officer: User) -> OfficerPlan:
        """The officer's plan with its lines, not yet sent."""
        plan = OfficerPlan.objects.start(officer, self.quarter)
        random = Random(crc32(f"{officer.username} {self.quarter.year} {self.quarter.number}".encode()))  # noqa: S311
        away: set[date] = set()
        for relief in officer.exemptions.all():
            away |= {
                relief.valid_from + timedelta(days=n)
                for n in range((relief.valid_to - relief.valid_from).days + 1)
            }
        taken: set[date] = set()
        codes = {unit.code: unit for unit in self.units}
        for wish in self.script.wishes.get(officer.username, ()):
            starts = self.quarter.starts + timedelta(days=wish.first - 1)
            ends = starts + timedelta(days=wish.days - 1)
            taken |= {starts + timedelta(days=n) for n in range(-1, wish.days + 1)}
            plan.add_line(starts=starts, ends=ends, unit=codes[wish.unit], group=wish.group, content=wish.content, expected=wish.expected)  # fmt: skip
        first = self.quarter.starts + timedelta(days=16)
        for line in visits(random, first, self.quarter.ends, self.units, self.favourites.get(officer.pk, ()), self.holidays | away, taken):  # fmt: skip
            plan.add_line(**line)
        return plan

    def submit(self, plan: OfficerPlan, comment: str = "") -> None:
        plan.perform("submit", by=self.by_pk[plan.officer_id].powers, comment=comment)

    def register(self, officers: Iterable[User]) -> list[OfficerPlan]:
        """Everybody drafts and sends between day 1 and day 4; late ones on day 7, with the reason."""
        plans = []
        for number, officer in enumerate(officers):
            reason = self.script.late.get(officer.username, "")
            with self.on(7 if reason else 1 + number % 4, 8 + number % 8, (number * 13) % 60):
                plan = self.draft(officer)
                self.submit(plan, reason)
                plans.append(plan)
        return plans

    # -- step 2 -------------------------------------------------------------------------------------------------------

    def agree(self, plan: OfficerPlan, day: int) -> None:
        """The department's decision on one plan, with what the script wants struck or returned first."""
        name = self.by_pk[plan.officer_id].username
        leader = self.leader(plan)
        with self.on(day, 9, 10):
            if leader is None:
                plan.perform("put_up", by=self.by_pk[plan.officer_id].powers)
                return
            if name in self.script.struck:
                plan.lines.in_order()[1].perform("strike", by=leader.powers, comment=self.script.struck[name])
            if name in self.script.left_returned:
                plan.perform("return", by=leader.powers, comment=self.script.left_returned[name])
                return
            if name in self.script.returned:
                plan.perform("return", by=leader.powers, comment=self.script.returned[name])
        if name in self.script.returned:
            with self.on(day, 15, 30):
                line = plan.lines.in_order()[0]
                line.expected = (line.expected + "; phối hợp với Ban Thường vụ đơn vị đến")[:500]
                line.save()
                self.submit(plan)
            day += 1
        with self.on(day, 16, 20):
            plan.perform("endorse", by=leader.powers)

    def send(self, plans: list[OfficerPlan], day: int, note: str = "") -> DepartmentPlan:
        """The department meets and sends its plan up."""
        department = plans[0].department
        with self.on(day, 10, 0):
            paper = DepartmentPlan.objects.open_for(self.quarter, department)
            paper.save()
            sender = self.one(Role.HEAD, department.pk)
            text = note or "Ban đã họp, thống nhất từng nội dung."
            paper.perform("send", by=sender.powers, comment=text, met_on=clock.today())
        return paper

    def forward(self, paper: DepartmentPlan, day: int) -> None:
        complaint = self.script.incomplete_departments.get(paper.department.code)
        if complaint:
            with self.on(day, 8, 15):
                paper.perform("return", by=self.coordinator.powers, comment=complaint)
            with self.on(day, 14, 0):
                sender = self.one(Role.HEAD, paper.department_id)
                note = "Ban đã bổ sung theo ý kiến của đầu mối tổng hợp."
                if paper.must_explain("send") and self.quarter.is_late(self.quarter.department_due):
                    note += " Gửi lại sau hạn do bổ sung."
                paper.perform("send", by=sender.powers, comment=note, met_on=clock.today())
        with self.on(day, 15, 0):
            paper.perform("forward", by=self.coordinator.powers)

    # -- step 3 -------------------------------------------------------------------------------------------------------

    def start_meeting(self) -> Decision:
        return Decision.objects.create(quarter=self.quarter, opened_by=self.members[0], opened_at=clock.now())

    def cancel_meeting(self, day: int) -> None:
        with self.on(day, 8, 0):
            meeting = self.start_meeting()
            meeting.perform("cancel", by=self.members[0].powers, comment=self.script.cancelled_meeting)

    def judge(self, meeting: Decision, line: Visit, verdict: str, reason: str, **change) -> None:
        """Mark one line by a member whose own it is not."""
        member = next(m for m in self.members if m.pk != line.officer_id)
        meeting.decide_line(line, verdict, by=member.powers, reason=reason, **change)

    def meet(self, papers: list[DepartmentPlan], day: int, number: int = 1) -> Decision:
        """The Standing Committee decides on everything in ``papers`` and closes its meeting."""
        with self.on(day, 8, 0):
            meeting = self.start_meeting()
            for paper in papers:
                for plan in OfficerPlan.objects.filter(department_plan=paper).order_by("pk"):
                    self.deliberate(meeting, plan)
                for member in self.members:
                    meeting.agree_to_rest(paper, by=member.powers)
        with self.on(day, 11, 0):
            meeting.perform(
                "close",
                by=self.members[0].powers,
                meeting_on=clock.today(),
                number=f"{10 * self.quarter.number + number}-KL/{self.quarter.province.document_code} {SAMPLE}",
                conclusion=f"Thường trực Tỉnh đoàn thống nhất kế hoạch đi cơ sở; giao các ban tổ chức thực hiện {SAMPLE}.",
            )
        return meeting

    def deliberate(self, meeting: Decision, plan: OfficerPlan) -> None:
        script, name = self.script, self.by_pk[plan.officer_id].username
        lines = list(plan.lines.filter(state=VisitState.PLANNED).select_related("unit").in_order())
        if name in script.sent_back:
            member = next(m for m in self.members if m.pk != plan.officer_id)
            meeting.return_paper(plan, script.sent_back[name], by=member.powers)
        if name in script.rejected:
            for line in lines:
                self.judge(meeting, line, Verdict.STRIKE, script.rejected[name])
        if name in script.refused:
            self.judge(meeting, lines[2], Verdict.STRIKE, script.refused[name])
        if name in script.amended:
            two = timedelta(days=2)
            line = lines[1]
            self.judge(meeting, line, Verdict.AMEND, script.amended[name], starts=line.starts + two, ends=line.ends + two, unit=line.unit)  # fmt: skip

    # -- all of it ----------------------------------------------------------------------------------------------------

    def places(self) -> list:
        return [p for p in places_in(self.quarter) if not p.excused]

    def run(self) -> None:
        """From the opening to the decision."""
        self.open()
        officers = [self.by_pk[p.officer.pk] for p in self.places()]
        plans = self.register(officers)
        departments: dict[str, list[OfficerPlan]] = {}
        for plan in plans:
            departments.setdefault(plan.department.code, []).append(plan)
        on_time, late, waiting = [], [], []
        for number, (code, mine) in enumerate(sorted(departments.items())):
            if code in self.script.stuck_departments:
                self.agree(mine[-1], 9)
                continue
            reason = self.script.late_departments.get(code, "")
            for plan in mine:
                self.agree(plan, 7 if not reason else 11)
            left = [p for p in mine if self.by_pk[p.officer_id].username in self.script.left_returned]
            note = reason or ("Có cán bộ phải bổ sung kế hoạch, Ban gửi sau." if left else "")
            paper = self.send(mine, 12 if reason else 9 + number % 2, note)
            if code in self.script.waiting_departments:
                waiting.append(paper)
            else:
                (late if reason else on_time).append(paper)
        for paper in on_time + waiting:
            self.forward(paper, 11)
        for paper in late:
            self.forward(paper, 13)
        if self.script.cancelled_meeting:
            self.cancel_meeting(13)
        self.decided = self.decide(on_time + late, waiting)

    def decide(self, papers: list[DepartmentPlan], waiting: list[DepartmentPlan]) -> None:
        # Lines the meeting does not begin wait for the next one: ``waiting`` stays before the committee.
        if papers:
            self.meet(papers, 14)
