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
    QuarterReport,
    Remark,
    UnitAssignment,
    Verdict,
    Visit,
)
from fieldvisits.models.officers import Place, places_in
from fieldvisits.quota import each_day
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
        self.held = {
            (user.pk, grant.role, grant.department_id)
            for user in people.values()
            for grant in user.grants.all()
        }
        self.units = list(HostUnit.objects.filter(province=quarter.province).order_by("code"))
        self.department_of: dict[int, int | None] = dict.fromkeys(self.by_pk)
        for user in people.values():
            for membership in user.memberships.all():
                self.department_of[user.pk] = membership.department_id
        self.favourites: dict[int, list[HostUnit]] = {}
        for row in UnitAssignment.objects.filter(officer__in=list(self.by_pk)).select_related("unit"):
            self.favourites.setdefault(row.officer_id, []).append(row.unit)
        self.holidays = set(quarter.province.holidays.values_list("date", flat=True))
        coordinators = {pk for pk, role, _department in self.held if role == Role.COORDINATOR}
        self.coordinator = next(u for u in people.values() if u.pk in coordinators)
        self.members = [u for u in people.values() if self.is_a(u, Role.COMMITTEE)]

    # -- who and when -------------------------------------------------------------------------------------------------

    def is_a(self, user: User, role: Role, department_id: int | None = None) -> bool:
        return (user.pk, role, department_id) in self.held

    def one(self, role: Role, department_id: int) -> User | None:
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
        return self.own_leader(plan)

    def own_leader(self, plan: OfficerPlan | Visit | QuarterReport) -> User | None:
        """The head of the department, for the head's own the deputy, without any stand-in."""
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
        seed = f"{officer.username} {self.quarter.year} {self.quarter.number}"
        random = Random(crc32(seed.encode()))
        away: set[date] = set()
        for relief in officer.exemptions.all():
            away |= each_day([(relief.valid_from, relief.valid_to)], (self.quarter.starts, self.quarter.ends))
        taken: set[date] = set()
        codes = {unit.code: unit for unit in self.units}
        for wish in self.script.wishes.get(officer.username, ()):
            starts = self.quarter.starts + timedelta(days=wish.first - 1)
            ends = starts + timedelta(days=wish.days - 1)
            taken |= {starts + timedelta(days=n) for n in range(-1, wish.days + 1)}
            plan.add_line(
                starts=starts,
                ends=ends,
                unit=codes[wish.unit],
                group=wish.group,
                content=wish.content,
                expected=wish.expected,
                note=f"Ngày và nơi đến {SAMPLE}",
            )
        window = (self.quarter.starts + timedelta(days=16), self.quarter.ends)
        liked = self.favourites.get(officer.pk, [])
        colleagues = [u for u in self.people.values() if self.department_of[u.pk] == plan.department_id and u.movement_work and u != officer]  # fmt: skip
        for number, values in enumerate(
            visits(random, window, self.units, liked, self.holidays | away, taken, self.script.days)
        ):
            line = plan.add_line(**values, note="" if number else f"Nội dung, ngày đi {SAMPLE}")
            if colleagues and random.random() < 0.2:
                line.companions.add(random.choice(colleagues))
        return plan

    def submit(self, plan: OfficerPlan, comment: str = "") -> None:
        plan.perform("submit", by=self.by_pk[plan.officer_id].powers, comment=comment)

    def register(self, officers: Iterable[User]) -> list[OfficerPlan]:
        """Everybody drafts and sends between day 2 and day 5; late ones on day 7, with the reason."""
        plans = []
        for number, officer in enumerate(officers):
            reason = self.script.late.get(officer.username, "")
            with self.on(7 if reason else 2 + number % 4, 8 + number % 8, (number * 13) % 60):
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
                line = plan.lines.in_order()[0]
                text = "Kết quả dự kiến cần cụ thể: số buổi, số đoàn viên tham gia."
                Remark.objects.create(visit=line, author=leader, role=Role.HEAD, text=text, at=clock.now())
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
            text = note or f"Ban đã họp, thống nhất từng nội dung {SAMPLE}."
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
                    _agreed, own = meeting.agree_to_rest(paper, by=member.powers)
                    if not own:
                        break
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

    def places(self) -> list[Place]:
        """Whoever should have a plan."""
        return [p for p in places_in(self.quarter) if not p.excused]

    def run(self) -> None:
        """From the opening to the decision."""
        self.open()
        officers = [self.by_pk[place.officer.pk] for place in self.places()]
        departments: dict[str, list[OfficerPlan]] = {}
        for plan in self.register(o for o in officers if o.username not in self.script.absent):
            departments.setdefault(plan.department.code, []).append(plan)
        papers = []
        for number, (code, plans) in enumerate(sorted(departments.items())):
            if code in self.script.stuck_departments:
                self.get_stuck(plans)
                continue
            reason = self.script.late_departments.get(code, "")
            for plan in plans:
                self.agree(plan, 11 if reason else 7)
            day = 12 if reason else 9 + number % 2
            papers.append((day, self.send(plans, day, reason or self.excuse(plans))))
        for sent_on, paper in papers:
            self.forward(paper, 13 if sent_on > 10 else 11)
        if self.script.cancelled_meeting:
            self.cancel_meeting(13)
        # Plans a meeting does not begin to decide on wait for the next one.
        self.meet([p for _day, p in papers if p.department.code not in self.script.waiting_departments], 14)

    def get_stuck(self, plans: list[OfficerPlan]) -> None:
        """The department agrees on one plan, begins to consolidate, and gets no further."""
        self.agree(plans[0], 9)
        with self.on(9, 17):
            paper = DepartmentPlan.objects.open_for(self.quarter, plans[0].department)
            paper.note = f"Ban chưa họp được do trùng lịch công tác {SAMPLE}."
            paper.save()

    def excuse(self, plans: list[OfficerPlan]) -> str:
        """Why the department sends without some of its officers; empty when nobody is missing."""
        names = [self.by_pk[plan.officer_id].username for plan in plans]
        back = [n for n in names if n in self.script.left_returned]
        gone = [
            n for n in self.script.absent if self.department_of[self.people[n].pk] == plans[0].department_id
        ]
        who = ", ".join(str(self.people[n]) for n in back + gone)
        return f"Kế hoạch của đồng chí {who} Ban sẽ gửi bổ sung {SAMPLE}." if who else ""
