"""From the decision on: notices, changes, ad-hoc visits, results, reports of the quarter - each on its own day, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count, groupby
from random import Random
from typing import Any
from zlib import crc32

from accounts import clock
from accounts.models import Department, Role, User
from accounts.powers import Holding, Powers
from fieldvisits.models import (
    AdHocRequest,
    ChangeRequest,
    DepartmentReport,
    FollowUp,
    HostLink,
    HostNotice,
    HostUnit,
    Purpose,
    QuarterReport,
    Recommendation,
    Visit,
    VisitResult,
    confirm_presence,
)
from fieldvisits.workflow import OfficerPlanState, RecommendationState, VisitState

from . import findings
from .people import SAMPLE, AdHoc
from .runner import QuarterRun, moment


class Afterwards:
    """What follows a quarter's decision. ``until`` is the last moment played (the present, or nothing left to do).

    ``stuck`` says where the report of an officer (user name) or a department (code) has stopped; nobody
    reports the visits ``spared``.
    Tasks are kept in a heap by their moment, so that the history is written in the order in which it happened.
    """

    def __init__(
        self,
        run: QuarterRun,
        until: datetime | None = None,
        stuck: Mapping[str, str] | None = None,
        spared: Collection[int] = (),
    ) -> None:
        self.run, self.quarter, self.script, self.until = run, run.quarter, run.script, until
        self.people, self.by_pk = run.people, run.by_pk
        self.desk = next(
            u
            for u in self.people.values()
            if any(r == Role.RESULTS_DESK for pk, r, _d in run.held if pk == u.pk)
        )
        self.tasks: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self.numbers = count()
        self.stuck, self.spared = stuck or {}, spared
        self.links: dict[int, HostLink] = {}
        self.held: dict[int, tuple[Holding, ...]] = {}
        self.complaints = dict(run.script.sloppy)

    def at(self, day: date, hour: int, task: Callable[..., None], *args: Any) -> None:
        when = moment(day, hour, next(self.numbers) * 7 % 60)
        if self.until is None or when <= self.until:
            heappush(self.tasks, (when, next(self.numbers), task, args))

    def powers(self, user: User) -> Powers:
        """What somebody may be on the day played; their roles are the same on all of them, so they are read once."""
        held = self.held.get(user.pk)
        if held is None:
            held = self.held[user.pk] = user.powers.holdings
        return Powers(user, clock.today(), held)

    def play(self) -> None:
        """Everything, in the order of time."""
        visits = list(
            self.quarter.visits.filter(state=VisitState.APPROVED)
            .select_related("unit", "department", "quarter__province")
            .in_order()
        )
        self._plan_visits(visits)
        for adhoc in self.script.adhoc:
            self.at(
                self.run.day(adhoc.first) - timedelta(days=0 if adhoc.by_phone else 2),
                8,
                self.ask_adhoc,
                adhoc,
            )
        self._plan_reports()
        while self.tasks:
            when, _number, task, args = heappop(self.tasks)
            with clock.at(when):
                task(*args)

    # -- what is going to happen ----------------------------------------------------------------------------------------

    def _plan_visits(self, visits: list[Visit]) -> None:
        told = self.run.day(16)
        for _department, mine in groupby(
            sorted(visits, key=lambda v: v.department_id), key=lambda v: v.department_id
        ):
            units = {v.unit_id: v for v in mine}
            for visit in units.values():
                self.at(told, 9, self.tell, visit.department, visit.unit)
        special: dict[str, list[Visit]] = {}
        for visit in visits:
            special.setdefault(self.by_pk[visit.officer_id].username, []).append(visit)
        for name, mine in special.items():
            script = self.script
            if name in script.moved:
                visit = mine.pop(len(mine) // 2)
                self.at(visit.starts - timedelta(days=4), 9, self.move, visit, script.moved[name])
            if name in script.elsewhere:
                self.at(
                    mine[-1].starts - timedelta(days=5),
                    9,
                    self.go_elsewhere,
                    mine.pop(),
                    script.elsewhere[name],
                )
            if name in script.cancelled:
                self.at(
                    mine[-1].starts - timedelta(days=3), 10, self.cancel, mine.pop(), script.cancelled[name]
                )
            if name in script.not_done:
                self.at(mine[-1].ends + timedelta(days=1), 8, self.close, mine.pop(), *script.not_done[name])
            for visit in mine:
                if visit.pk not in self.spared:
                    self.expect(visit)

    def expect(self, visit: Visit) -> None:
        """The visit takes place; its officer reports within a week (a few after the due date), its unit confirms it."""
        random = self.random(visit)
        name = self.by_pk[visit.officer_id].username
        delay = 13 if name in self.script.reports_late else random.randint(1, 7)
        self.at(visit.ends + timedelta(days=delay), 14, self.report, visit)
        if random.random() < 0.6:
            self.at(visit.ends + timedelta(days=2), 16, self.hear, visit)

    def _plan_reports(self) -> None:
        end = self.quarter.ends
        departments: dict[int, list[User]] = {}
        for place in self.run.places():
            departments.setdefault(place.department.pk, []).append(self.by_pk[place.officer.pk])
        for officers in departments.values():
            for number, officer in enumerate(officers):
                self.at(end + timedelta(days=1 + number % 3), 9, self.report_quarter, officer)
        for pk in departments:
            self.at(end + timedelta(days=5), 9, self.report_department, Department.objects.get(pk=pk))

    def random(self, visit: Visit) -> Random:
        return Random(crc32(f"{self.by_pk[visit.officer_id].username} {visit.starts}".encode()))

    # -- step 5 -------------------------------------------------------------------------------------------------------

    def head_of(self, department_id: int) -> User | None:
        return self.run.one(Role.HEAD, department_id)

    def tell(self, department: Department, unit: HostUnit) -> None:
        """The head writes to the unit; most units answer through the link on the same day."""
        head = self.head_of(department.pk)
        if (
            head is None
            or not HostNotice.objects.unannounced(self.quarter, department).filter(unit=unit).exists()
        ):
            return
        notice = HostNotice.objects.compose(self.quarter, department, unit, by=self.powers(head))
        random = Random(crc32(f"{unit.code} {self.quarter}".encode()))
        if random.random() < 0.08:
            return  # written and not sent yet
        notice.mark_sent(
            by=self.powers(head), on=clock.today(), how=random.choice(("chat", "phone", "email"))
        )
        HostLink.objects.issue(notice, Purpose.ANSWER, by=self.powers(head))
        if random.random() < 0.85:
            name = f"Bí thư {unit.name} {SAMPLE}"
            for line in notice.lines.filter(starts__gt=clock.today()):
                notice.record_answer(line, "agreed", by=None, contact_name=name)

    def hear(self, visit: Visit) -> None:
        """The unit confirms the days and leaves its feedback."""
        visit.refresh_from_db()
        head = self.head_of(visit.department_id)
        notice = HostNotice.objects.filter(lines__visit=visit, unit=visit.unit_id, superseded=False).first()
        if head is None or notice is None or visit.state != VisitState.APPROVED:
            return
        link = self.links.get(notice.pk)
        if link is None or not link.is_open:
            link = self.links[notice.pk] = HostLink.objects.issue(
                notice, Purpose.FEEDBACK, by=self.powers(head)
            )
        random = self.random(visit)
        marks = {
            name: random.choice((2, 3, 3, 3))
            for name in ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")
        }
        days = [visit.starts + timedelta(days=n) for n in range(visit.day_count)]
        if random.random() < 0.1 and len(days) > 1:
            days.pop()  # one day the unit does not remember
        confirm_presence(
            link,
            visit,
            days,
            text=random.choice(findings.FEEDBACK),
            given_by=f"Bí thư đơn vị {SAMPLE}",
            **marks,
        )

    # -- step 4 -------------------------------------------------------------------------------------------------------

    def decide(self, request: ChangeRequest | AdHocRequest, *, to: str) -> None:
        """The head, where another than the officer leads, then a member of the committee where it concerns them."""
        officer = self.by_pk[request.visit.officer_id]
        leader = self.run.own_leader(request.visit)
        if leader is None:
            request.perform("put_up", by=self.powers(officer))
        elif to == "grant" and request.head_suffices:
            request.perform("grant", by=self.powers(leader))
            return
        else:
            request.perform("endorse", by=self.powers(leader))
        member = next(m for m in self.run.members if m.pk != officer.pk)
        request.perform(to, by=self.powers(member))

    def move(self, visit: Visit, reason: str) -> None:
        """Some days later, inside the quarter where there is room; the unit is told again."""
        officer = self.by_pk[visit.officer_id]
        taken = set(officer.days.exclude(visit=visit).values_list("date", flat=True))
        for shift in (7, 6, 8, 5, 9, -6, -7, 10, 11, 12, 13, 14):
            days = [visit.starts + timedelta(days=shift + n) for n in range(visit.day_count)]
            if not taken & set(days) and clock.today() < days[0] and days[-1] <= self.quarter.ends:
                break
        else:
            self.expect(visit)
            return
        request = ChangeRequest.objects.ask(
            visit,
            by=self.powers(officer),
            kind="reschedule",
            starts=days[0],
            ends=days[-1],
            unit=visit.unit,
            reason=reason,
        )
        self.decide(request, to="grant")
        self._go_on(visit)

    def go_elsewhere(self, visit: Visit, reason: str) -> None:
        """To another unit of the same level on the same days."""
        others = [
            u
            for u in self.run.units
            if u.level == visit.unit.level
            and u.pk != visit.unit_id
            and u.holds_on(visit.starts)
            and u.holds_on(visit.ends)
        ]
        request = ChangeRequest.objects.ask(
            visit,
            by=self.powers(self.by_pk[visit.officer_id]),
            kind="reschedule",
            starts=visit.starts,
            ends=visit.ends,
            unit=self.random(visit).choice(others),
            reason=reason,
        )
        self.decide(request, to="grant")
        self._go_on(visit)

    def _go_on(self, visit: Visit) -> None:
        visit = Visit.objects.select_related("unit", "department", "quarter__province").get(pk=visit.pk)
        self.at(clock.today() + timedelta(days=1), 8, self.tell, visit.department, visit.unit)
        self.expect(visit)

    def cancel(self, visit: Visit, reason: str) -> None:
        officer = self.by_pk[visit.officer_id]
        self.decide(
            ChangeRequest.objects.ask(visit, by=self.powers(officer), kind="cancel", reason=reason),
            to="grant",
        )

    def close(self, visit: Visit, variance: str, text: str) -> None:
        visit.perform("close", by=self.powers(self.by_pk[visit.officer_id]), comment=text, variance=variance)

    def ask_adhoc(self, adhoc: AdHoc) -> None:
        """Asked for two days before; or agreed to by phone on the day of departure and registered that evening."""
        officer = self.people[adhoc.username]
        unit = next(u for u in self.run.units if u.code == adhoc.unit)
        first = self.run.day(adhoc.first)
        values: dict[str, Any] = {
            "starts": first,
            "ends": first + timedelta(days=adhoc.days - 1),
            "unit": unit,
            "group": adhoc.group,
            "content": f"{adhoc.content} {SAMPLE}",
            "expected": adhoc.expected,
        }
        member = next(m for m in self.run.members if m.pk != officer.pk)
        if adhoc.by_phone:
            values |= {
                "agreed_by": member,
                "agreed_at": clock.now() - timedelta(hours=1),
                "agreed_how": "phone",
            }
        request = AdHocRequest.objects.ask(officer, by=self.powers(officer), **values)
        if adhoc.by_phone:
            self.at(clock.today() + timedelta(days=2), 9, self.confirm, request, member)
        elif adhoc.refused:
            request.perform(
                "refuse", by=self.powers(self.run.own_leader(request.visit)), comment=adhoc.refused
            )
        else:
            self.decide(request, to="consent")
            self.expect(request.visit)

    def confirm(self, request: AdHocRequest, member: User) -> None:
        request.perform("confirm", by=self.powers(member))
        self.expect(request.visit)

    # -- step 6 -------------------------------------------------------------------------------------------------------

    def report(self, visit: Visit) -> None:
        """The officer writes the result: its parts, a recommendation now and then, what became of earlier ones."""
        officer, random = self.by_pk[visit.officer_id], self.random(visit)
        powers = self.powers(officer)
        result = VisitResult.objects.start(visit, by=powers)
        before, activity, after, difficulties = random.choice(findings.RESULTS[visit.group])
        members = (
            {"members_present": random.randint(14, 24), "members_total": random.randint(24, 35)}
            if visit.group == 4
            else {}
        )
        result.write(
            by=powers,
            helped_before=before,
            activity=f"{activity} {SAMPLE}.",
            review_after=after,
            difficulties=difficulties,
            **members,
        )
        for earlier in Recommendation.objects.at(visit.unit).pending()[:2]:
            found = random.choice(("settled", "begun", "unchanged"))
            text = random.choice(findings.ANSWERS) if found == "settled" else ""
            FollowUp.objects.create(result=result, recommendation=earlier, found=found, text=text)
        if random.random() < 0.35:
            text, addressee, body = random.choice(findings.RECOMMENDATIONS)
            Recommendation.objects.create(
                result=result,
                unit=visit.unit,
                text=f"{text} {SAMPLE}.",
                addressee=addressee,
                addressee_name=body,
                department_id=visit.department_id,
                due=clock.today() + timedelta(days=random.choice((30, 60, 90))),
            )
        result.perform("submit", by=powers)
        complaint = self.complaints.pop(officer.username, "")
        if complaint:
            self.at(clock.today() + timedelta(days=1), 10, self.give_back, result, complaint)
            return
        self.at(clock.today() + timedelta(days=random.randint(1, 3)), 10, self.accept, result)

    def give_back(self, result: VisitResult, comment: str) -> None:
        leader = self.run.own_leader(result.visit)
        if leader is None:
            self.accept(result)
            return
        result.perform("return", by=self.powers(leader), comment=comment)
        self.at(clock.today() + timedelta(days=1), 15, self.correct, result)

    def correct(self, result: VisitResult) -> None:
        powers = self.powers(self.by_pk[result.visit.officer_id])
        result.write(by=powers, activity=f"{result.activity} Đã bổ sung số liệu theo ý kiến lãnh đạo Ban.")
        result.perform("submit", by=powers)
        self.at(clock.today() + timedelta(days=1), 10, self.accept, result)

    def accept(self, result: VisitResult | QuarterReport) -> None:
        """By the head; a head's own without a deputy by the results desk."""
        paper = result.visit if isinstance(result, VisitResult) else result
        leader, by = self.run.own_leader(paper), self.desk
        if leader is None:
            result.perform("put_up", by=self.powers(self.by_pk[paper.officer_id]))
        else:
            by = leader
        result.perform("accept", by=self.powers(by))
        if isinstance(result, VisitResult):
            self.answer(result)

    def answer(self, result: VisitResult) -> None:
        """The department takes up what was recommended: settled, passed up, or left open for a while."""
        for recommendation in result.recommendations.filter(state=RecommendationState.OPEN):
            random = Random(recommendation.pk)
            verb = random.choice(("settle", "pass_up", "start", "settle", "drop", ""))
            head = self.head_of(result.visit.department_id)
            if verb and head is not None:
                later = clock.today() + timedelta(days=random.randint(10, 25))
                self.at(later, 15, self.treat, recommendation, verb, head, random.choice(findings.ANSWERS))

    def treat(self, recommendation: Recommendation, verb: str, head: User, text: str) -> None:
        recommendation.refresh_from_db()
        if recommendation.state == RecommendationState.OPEN:
            comment = "Trùng với kiến nghị trước, đã có trả lời." if verb == "drop" else text
            recommendation.perform(verb, by=self.powers(head), comment=comment)

    def report_quarter(self, officer: User) -> None:
        if not officer.plans.filter(quarter=self.quarter, state=OfficerPlanState.APPROVED).exists():
            return
        report = QuarterReport.objects.start(officer, self.quarter)
        random = Random(crc32(f"{officer.username} {self.quarter}".encode()))
        lost = self.quarter.visits.filter(officer=officer, state=VisitState.NOT_DONE).exists()
        report.write(
            by=self.powers(officer),
            self_assessment=f"{random.choice(findings.SELF_ASSESSMENTS)} {SAMPLE}.",
            not_carried_out=f"Một chuyến đi không thực hiện được, lý do đã ghi tại chuyến đi {SAMPLE}."
            if lost
            else "Không có.",
        )
        stage = self.stuck.get(officer.username, "")
        if stage == "draft":
            return
        note = ""
        if report.must_explain("submit"):
            note = f"Kết quả các chuyến đi cuối quý sẽ gửi trong thời hạn {SAMPLE}."
        report.perform("submit", by=self.powers(officer), comment=note)
        leader = self.run.own_leader(report)
        if stage == "returned" and leader is not None:
            report.perform("return", by=self.powers(leader), comment="Nêu rõ hạn chế và hướng khắc phục.")
        elif not stage:
            self.at(clock.today() + timedelta(days=1), 15, self.accept, report)

    def report_department(self, department: Department) -> None:
        head = self.head_of(department.pk)
        if head is None:
            return
        report = DepartmentReport.objects.start(self.quarter, department, by=self.powers(head))
        report.write(
            by=self.powers(head),
            good_points=findings.GOOD_POINTS,
            shortcomings=findings.SHORTCOMINGS,
            causes=findings.CAUSES,
            proposals=findings.PROPOSALS,
        )
        stage = self.stuck.get(department.code, "")
        if stage == "draft":
            return
        note = f"Một số đồng chí gửi báo cáo sau {SAMPLE}." if report.must_explain("send") else ""
        report.perform("send", by=self.powers(head), comment=note)
        if stage == "returned":
            report.perform("return", by=self.powers(self.desk), comment="Bổ sung số liệu theo nhóm nội dung.")
        elif stage != "sent":
            self.at(clock.today() + timedelta(days=2), 9, self.pass_on, report)

    def pass_on(self, report: DepartmentReport) -> None:
        report.perform("forward", by=self.powers(self.desk))
        if self.stuck.get(report.department.code) != "forwarded":
            self.at(clock.today() + timedelta(days=2), 9, self.take_note, report)

    def take_note(self, report: DepartmentReport) -> None:
        member = next(m for m in self.run.members if m.pk not in report.authors)
        report.perform(
            "note", by=self.powers(member), comment=f"Ghi nhận; các ban tiếp tục theo dõi kiến nghị {SAMPLE}."
        )
