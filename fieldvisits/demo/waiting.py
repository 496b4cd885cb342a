"""What waits for somebody today: requests at the head and at the committee, results being written, the year's report."""

from __future__ import annotations

from datetime import timedelta

from accounts import clock
from fieldvisits.models import AdHocRequest, ChangeRequest, HostUnit, Recommendation, Visit, VisitResult
from fieldvisits.workflow import VisitState

from .afterwards import Afterwards
from .annual import AnnualRun
from .findings import RESULTS
from .people import SAMPLE
from .runner import QuarterRun, moment


def leave_open(run: QuarterRun, over: list[Visit]) -> None:
    """Papers of each kind on each desk, as of today; ``over`` are the visits whose results are left to be written."""
    free = [u for u in run.units if u.holds_on(clock.today())]
    ask_adhoc(run, free[0])
    ask_for_changes(run, free)
    begin_results(run, over)
    writer, member = run.people["tn.daumoi"], run.people["tn.thuongtruc"]
    AnnualRun(Afterwards(run), "provisional", writer=writer, member=member, number=0).begin()


def ask_adhoc(run: QuarterRun, unit: HostUnit) -> None:
    """Ad-hoc requests: at the head, at the committee, returned, withdrawn; and one agreed to by phone, to be confirmed."""
    today, people = clock.today(), run.people
    values = {"unit": unit, "group": 2, "expected": "Ổn định việc học của học sinh sau mưa lũ"}
    for name, days, content, verb in (
        ("tn.canbo", 3, "Hỗ trợ đơn vị khắc phục hậu quả mưa lũ", ""),
        ("tn.yen", 4, "Phối hợp tuyên truyền đột xuất theo yêu cầu của Tỉnh ủy", "endorse"),
        ("tn.phoban", 5, "Nắm tình hình đột xuất tại đơn vị", "return"),
        ("tn.canbo", 6, "Nắm tình hình đột xuất tại đơn vị", "withdraw"),
    ):
        officer, day = people[name], today + timedelta(days=days)
        request = AdHocRequest.objects.ask(
            officer, by=officer.powers, starts=day, ends=day, content=f"{content} {SAMPLE}", **values
        )
        if verb:
            by = {"endorse": people["tn.thinh"], "withdraw": officer}.get(verb) or run.own_leader(
                request.visit
            )
            comment = "" if verb == "endorse" else "Ghi rõ yêu cầu của cấp trên và người phối hợp."
            request.perform(verb, by=by.powers, comment=comment)
    lately = max(today - timedelta(days=1), run.quarter.starts)
    AdHocRequest.objects.ask(
        people["tn.daumoi"],
        by=people["tn.daumoi"].powers,
        starts=lately,
        ends=lately,
        content=f"Dự cuộc họp đột xuất về đại hội chi đoàn {SAMPLE}",
        agreed_by=people["tn.thuongtruc"],
        agreed_at=moment(lately, 7),
        agreed_how="phone",
        **values,
    )


def ask_for_changes(run: QuarterRun, free: list[HostUnit]) -> None:
    """Changes of coming visits: one at the head, one at the committee, one returned, one refused, one withdrawn."""
    coming = run.quarter.visits.filter(
        state=VisitState.APPROVED, starts__gt=clock.today(), plan__isnull=False
    )
    found = coming.filter(changes=None).select_related("unit", "department").in_order()
    ahead = [v for v in found if run.own_leader(v) and v.ends < run.quarter.ends]
    for visit, then in zip(ahead, ("", "endorse", "return", "refuse", "withdraw"), strict=False):
        officer = run.by_pk[visit.officer_id]
        elsewhere = next(u for u in free if u.pk != visit.unit_id and u.holds_on(visit.ends))
        one = timedelta(days=0 if then == "endorse" else 1)
        request = ChangeRequest.objects.ask(
            visit,
            by=officer.powers,
            kind="reschedule",
            starts=visit.starts + one,
            ends=visit.ends + one,
            unit=elsewhere if then == "endorse" else visit.unit,
            reason=f"Đơn vị đề nghị do trùng lịch {SAMPLE}.",
        )
        if then:
            by = officer if then == "withdraw" else run.own_leader(visit)
            request.perform(then, by=by.powers, comment="Đề nghị trao đổi lại với đơn vị.")


def just_over(run: QuarterRun) -> list[Visit]:
    """The last three visits of the quarter that are over and whose department has somebody to decide on their results."""
    over = run.quarter.visits.owed().filter(result=None).select_related("unit", "department").in_order()
    return [v for v in over if run.own_leader(v)][-3:]


def begin_results(run: QuarterRun, visits: list[Visit]) -> None:
    """Their results: one is being written, one has come back, one lies at the head."""
    for visit, state in zip(reversed(visits), ("draft", "returned", "submitted"), strict=False):
        officer, leader = run.by_pk[visit.officer_id], run.own_leader(visit)
        result = VisitResult.objects.start(visit, by=officer.powers)
        Recommendation.objects.create(
            result=result,
            unit=visit.unit,
            department_id=visit.department_id,
            text=f"Hỗ trợ đơn vị mở lớp kỹ năng cho thiếu nhi {SAMPLE}.",
            addressee="province",
        )
        if state == "draft":
            continue
        before, activity, after, _difficulties = RESULTS[visit.group][0]
        members = {"members_present": 18, "members_total": 25} if visit.group == 4 else {}
        texts = {"helped_before": before, "activity": f"{activity} {SAMPLE}.", "review_after": after}
        result.write(by=officer.powers, **texts, **members)
        result.perform("submit", by=officer.powers)
        if state == "returned" and leader is not None:
            result.perform("return", by=leader.powers, comment="Bổ sung số liệu, ảnh minh chứng.")
