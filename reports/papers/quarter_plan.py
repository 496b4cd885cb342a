"""The province's quarter plan as the Standing Committee approved it (step 3), by department and officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects

from accounts.models import User
from fieldvisits.models import Decision, LineDecision, Verdict
from fieldvisits.pages.agenda import Minutes
from fieldvisits.quota import each_day

from .plan_lines import PlannedVisit, PlanOfOfficer, names_of, put_table
from .signers import committee_signature
from .words import Signature, Writer, printable, union_of


@dataclass(frozen=True)
class QuarterPlanFacts:
    """What the approved plan says. ``number`` is that of the conclusion it rests on, not of the plan, whose own stays open.

    ``is_extract``: the reader may not read everything that was decided.
    """

    province: str
    document_code: str
    quarter: str
    departments: tuple[tuple[str, tuple[PlanOfOfficer, ...]], ...]
    signature: Signature
    met_on: date | None = None
    number: str = ""
    conclusion: str = ""
    is_extract: bool = False
    legal_basis: tuple[str, ...] = ()

    @property
    def officers(self) -> list[PlanOfOfficer]:
        return [officer for _name, officers in self.departments for officer in officers]


def facts_of(decision: Decision, reader: User) -> QuarterPlanFacts:
    minutes = Minutes(decision, reader)
    prefetch_related_objects(minutes.marks, "visit__unit", "visit__companions")
    quarter = decision.quarter
    departments = []
    for name, people in minutes.departments:
        plans = tuple(
            _plan_of(officer, [mark for mark in marks if mark.verdict != Verdict.STRIKE], minutes)
            for officer, marks in people
        )
        if any(plan.visits for plan in plans):
            departments.append((str(name), tuple(plan for plan in plans if plan.visits)))
    return QuarterPlanFacts(
        quarter.province.name,
        quarter.province.document_code,
        str(quarter),
        tuple(departments),
        committee_signature(quarter.province),
        decision.meeting_on,
        decision.number,
        decision.conclusion,
        minutes.is_partial,
        tuple(quarter.rule.legal_basis.splitlines()),
    )


def _plan_of(officer: User, marks: list[LineDecision], minutes: Minutes) -> PlanOfOfficer:
    visits = tuple(_approved(mark, mark.visit_id in minutes.readable) for mark in marks)
    spans = [(visit.first, visit.last) for visit in visits if visit.first and visit.last]
    window = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
    days = len(each_day(spans, window)) if window else 0
    return PlanOfOfficer(officer.full_name, officer.post, days, visits)


def _approved(mark: LineDecision, is_readable: bool) -> PlannedVisit:
    """The line as it was approved: as registered, or with the days and the unit of the decision."""
    amended = mark.verdict == Verdict.AMEND
    first, last, unit = (
        (mark.starts, mark.ends, mark.unit) if amended else (mark.was_starts, mark.was_ends, mark.was_unit)
    )
    line = mark.visit
    return PlannedVisit(
        first,
        last,
        unit.name if unit else "",
        str(unit.get_level_display()) if unit else "",
        str(line.get_group_display()) if line.group else "",
        line.content if is_readable else "",
        names_of(line.companions.all()) if is_readable else "",
        line.expected if is_readable else "",
        "Thường trực điều chỉnh" if amended else "",
    )


def write(writer: type[Writer], facts: QuarterPlanFacts) -> bytes:
    union = union_of(facts.province)
    paper = writer(facts.province, f"KH/{facts.document_code}", landscape=True)
    extract = " (bản trích)" if facts.is_extract else ""
    paper.subject(
        "Kế hoạch", f"Đi công tác cơ sở của cán bộ {union} theo chủ trương “1+2”, {facts.quarter}{extract}"
    )
    number = f" số {facts.number}" if facts.number else ""
    met = f" ngày {printable(facts.met_on)}" if facts.met_on else ""
    paper.basis([*facts.legal_basis, f"Kết luận{number} của Thường trực {union} tại cuộc họp{met}"])
    officers = facts.officers
    visits = sum(len(officer.visits) for officer in officers)
    if visits:
        paper.text(
            f"Thường trực {union} phê duyệt kế hoạch đi công tác cơ sở {facts.quarter} của {len(officers)} cán bộ với "
            f"{visits} chuyến công tác, {sum(officer.days for officer in officers)} ngày, cụ thể như sau:"
        )
        put_table(paper, [_with_department(o, name) for name, people in facts.departments for o in people])
    else:
        paper.text(f"Không có chuyến công tác cơ sở nào được phê duyệt trong {facts.quarter}.")
    if facts.conclusion:
        paper.heading("Kết luận của Thường trực")
        paper.text(facts.conclusion)
    paper.text(
        "Yêu cầu các ban, Văn phòng và cán bộ có tên trong kế hoạch nghiêm túc thực hiện; việc thay đổi, bổ sung phải được "
        f"Thường trực {union} đồng ý trước khi đi"
    )
    paper.sign(
        facts.signature,
        receivers=[f"Thường trực {union}", f"Các ban, Văn phòng {union}", "Lưu: VP"],
    )
    return paper.as_bytes()


def _with_department(officer: PlanOfOfficer, department: str) -> PlanOfOfficer:
    post = ", ".join(filter(None, [officer.post, department]))
    return PlanOfOfficer(officer.name, post, officer.days, officer.visits, officer.remark)
